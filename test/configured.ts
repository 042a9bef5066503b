import assert from "node:assert/strict";
import { loadOne } from "../src/app/one.ts";
import { convertConfig } from "../src/config/convert.ts";
import { encodePng } from "../src/image/png-encode.ts";
import { loadText } from "./config.ts";
import { silentLog, testPlatform } from "./platform.ts";
import { plain } from "./wms-service.ts";

/** A request that an upstream got. */
export interface Asked {
  readonly url: URL;
  readonly headers: Headers;
}

/** An application made of a configuration, with an upstream that draws one color. */
export interface Configured {
  readonly asked: readonly Asked[];
  readonly warnings: readonly string[];
  get(path: string): Promise<{
    readonly status: number;
    readonly headers: Headers;
    readonly bytes: Uint8Array;
    readonly text: string;
  }>;
}

/**
 * Starts what a `mapproxy.yaml` says; fails if the same in TOML says something else.
 *
 * @throws ConfigError as the application does
 */
export async function configured(yaml: string): Promise<Configured> {
  await assertSameInToml(yaml);
  const asked: Asked[] = [];
  const warnings: string[] = [];
  const platform = testPlatform({
    fetch: (async (input: RequestInfo | URL, init?: RequestInit) => {
      const url = new URL(input instanceof Request ? input.url : String(input));
      asked.push({ url, headers: new Headers(init?.headers) });
      const side = (name: string) => Number(url.searchParams.get(name) ?? 256);
      const picture = encodePng(plain([side("width"), side("height")], [50, 100, 200]));
      return new Response(picture as BodyInit, { headers: { "content-type": "image/png" } });
    }) as typeof fetch,
  });
  await platform.files.write("/etc/mapproxy.yaml", new TextEncoder().encode(yaml));
  const log = {
    ...silentLog,
    warn: (event: string, fields?: object) => void warnings.push(JSON.stringify({ event, fields })),
  };
  const app = await loadOne("/etc/mapproxy.yaml", { platform, log });
  return {
    asked,
    warnings,
    async get(path) {
      const response = await app.fetch(new Request(`http://localhost${path}`));
      const bytes = new Uint8Array(await response.arrayBuffer());
      const { status, headers } = response;
      return { status, headers, bytes, text: new TextDecoder().decode(bytes) };
    },
  };
}

/** The same configuration, whichever language it is written in. */
async function assertSameInToml(yaml: string): Promise<void> {
  const { text } = convertConfig({ path: "a.yaml", text: yaml }, "yaml");
  const meaning = async (written: string, path: string) => {
    const { file: _, ...config } = (await loadText(written, path)).config;
    return JSON.stringify(config);
  };
  assert.equal(await meaning(text, "a.toml"), await meaning(yaml, "a.yaml"));
}
