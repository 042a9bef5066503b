import { defineGrid } from "../src/grid/define.ts";
import { PREDEFINED_GRIDS } from "../src/grid/well-known.ts";
import { createHttpClient, type HttpOptions } from "../src/http/create.ts";
import type { RasterView } from "../src/image/picture.ts";
import { encodePng } from "../src/image/png-encode.ts";
import { resolveImageOptions } from "../src/image/resolve.ts";
import type { SourceDeps } from "../src/model/define.ts";
import type { MapQuery } from "../src/model/source.ts";
import type { Platform } from "../src/platform/platform.ts";
import { bestSrs } from "../src/srs/preferred.ts";
import { parseSrs } from "../src/srs/srs.ts";
import { silentLog, testPlatform } from "./platform.ts";

/** What a source is told in tests: real projections and image options, HTTP by the given fetch. */
export function sourceDeps(
  fetch: typeof globalThis.fetch | undefined,
  overrides: Partial<SourceDeps> & {
    readonly httpOptions?: HttpOptions;
    readonly platformOverrides?: Partial<Platform>;
  } = {},
): SourceDeps {
  const { httpOptions, platformOverrides, ...rest } = overrides;
  const platform = testPlatform({ ...(fetch && { fetch }), ...platformOverrides });
  const shared = new Map<string, unknown>();
  const globals = { formats: {}, resampling: "nearest", paletted: false, jpegQuality: 90 } as const;
  return {
    name: "test",
    platform,
    log: silentLog,
    http: createHttpClient(httpOptions ?? {}, platform, "test"),
    requestFormat: "image/png",
    taggedLayers: undefined,
    coverage: undefined,
    resolutions: undefined,
    imageOptions: (format, local) => resolveImageOptions(format, local, globals),
    grid: (name) =>
      defineGrid(name, PREDEFINED_GRIDS[name] ?? {}, {
        srs: parseSrs,
        options: (other) => PREDEFINED_GRIDS[other],
      }),
    srs: (code) => parseSrs(code),
    bestSrs: (target, available) => bestSrs(target, available, new Map()),
    path: (configured) => (configured.startsWith("/") ? configured : `/etc/rhumb/${configured}`),
    shared<T>(key: string, make: () => T): T {
      if (!shared.has(key)) shared.set(key, make());
      return shared.get(key) as T;
    },
    global: () => undefined,
    ...rest,
  };
}

/** A query in EPSG:4326 for 5, 50, 10, 55, unless told otherwise. */
export function mapQuery(overrides: Partial<MapQuery> = {}): MapQuery {
  return {
    bbox: [5, 50, 10, 55],
    srs: parseSrs("EPSG:4326"),
    size: [256, 256],
    format: "png",
    ...overrides,
  };
}

/** A picture of one color: RGB or RGBA by the number of samples. */
export function plainView(
  [width, height]: readonly [width: number, height: number],
  color: readonly number[],
): RasterView {
  const channels = color.length as RasterView["channels"];
  const data = new Uint8Array(width * height * channels);
  for (let i = 0; i < data.length; i++) data[i] = color[i % channels] as number;
  return { width, height, channels, data, offset: 0, stride: width * channels };
}

/** A PNG file of one color. */
export function plainPng(
  size: readonly [width: number, height: number] = [256, 256],
  color: readonly number[] = [10, 20, 30],
): Uint8Array {
  return encodePng(plainView(size, color));
}

/** Samples of the pixel at column `x` and row `y`. */
export function pixelAt(view: RasterView, x: number, y: number): number[] {
  const at = view.offset + y * view.stride + x * view.channels;
  return [...view.data.subarray(at, at + view.channels)];
}
