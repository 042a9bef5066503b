import { ImageError } from "../core/errors.ts";
import type { Threads } from "../platform/platform.ts";
import { encodeAny, type GeoReference, toBytes } from "./codec.ts";
import { decodedTilesRoom, limitDecodedTiles } from "./decoded-tiles.ts";
import { type Drawing, drawingSize, type TileDrawing } from "./drawing.ts";
import type { ImageOptions } from "./options.ts";
import type { Encoded, Picture } from "./picture.ts";

/**
 * Pixels from which on a drawing is left to another thread. Handing over takes about 1 ms of CPU, which is worth it: while four
 * clients ask one process for maps of 800x600, half of the cached tiles take less than 1 ms; without a thread, 40 ms and
 * more (test/bench/several-cores.bench.ts).
 */
const WORTH_A_THREAD = 512 * 512;

/** What another thread needs to draw and encode a picture: plain data. */
export interface PaintJob {
  readonly drawing: Drawing;
  readonly wanted: ImageOptions;
  readonly geo: GeoReference | undefined;
  /** See {@linkcode decodedTilesRoom}. */
  readonly room: number;
}

/** What it answers. */
export interface Painted {
  readonly encoded?: Encoded;
  /** Why there is no file: the message of an ImageError. */
  readonly fault?: string;
  /** Tiles that cannot be decoded: which drawing, in the order of {@linkcode tileDrawings}, which tile, and why. */
  readonly unreadable: readonly (readonly [drawing: number, tile: number, message: string])[];
}

/**
 * The bytes of a map that is answered: as {@linkcode toBytes}, in another thread if there is one and it is worth it.
 *
 * @throws ImageError as {@linkcode toBytes}
 */
export async function answerBytes(
  result: { readonly picture: Picture; readonly options: ImageOptions },
  answer: {
    readonly wanted: ImageOptions;
    readonly size: readonly [width: number, height: number];
    readonly geo: GeoReference;
  },
  threads: Threads | undefined,
): Promise<Encoded> {
  const { wanted, size, geo } = answer;
  const { picture } = result;
  return picture.kind === "drawing"
    ? encodeSomewhere({ drawing: picture.drawing, wanted, geo }, threads)
    : toBytes(result, wanted, size, geo);
}

/**
 * Draws and encodes, in another thread if there is one and it is worth it.
 *
 * @throws ImageError if a file cannot be decoded, or nothing can be written in the format
 */
export async function encodeSomewhere(
  job: Omit<PaintJob, "room">,
  threads: Threads | undefined,
): Promise<Encoded> {
  const [width, height] = drawingSize(job.drawing);
  if (!threads || width * height <= WORTH_A_THREAD) {
    return encodeAny(job.drawing, job.wanted, job.geo);
  }
  const { drawing: packed, buffer } = pack(job.drawing);
  const painted = (await threads.run(
    "paint",
    { ...job, drawing: packed, room: decodedTilesRoom() } satisfies PaintJob,
    [buffer],
  )) as Painted;
  const drawings = [...tileDrawings(job.drawing)];
  for (const [drawing, tile, message] of painted.unreadable) {
    drawings[drawing]?.onUnreadable?.(tile, new ImageError(message));
  }
  if (!painted.encoded) throw new ImageError(painted.fault ?? "Cannot draw picture: no answer");
  return painted.encoded;
}

/** The other thread's part of {@linkcode encodeSomewhere}. */
export async function paint({ drawing, wanted, geo, room }: PaintJob): Promise<Painted> {
  limitDecodedTiles(room);
  const unreadable: [number, number, string][] = [];
  const reporting = withReporter(
    drawing,
    (index) => (tile, error) => unreadable.push([index, tile, (error as Error).message]),
  );
  try {
    return { encoded: await encodeAny(reporting, wanted, geo), unreadable };
  } catch (error) {
    if (!(error instanceof ImageError)) throw error;
    return { fault: error.message, unreadable };
  }
}

/** The drawings of tiles within a drawing, from the lowest layer up. */
function* tileDrawings(drawing: Drawing): Generator<TileDrawing> {
  if (drawing.kind === "tiles") yield drawing;
  else if (drawing.kind === "stack") {
    for (const layer of drawing.layers) yield* tileDrawings(layer.drawing);
  }
}

/** The same drawing as plain data, the files of its tiles in one buffer: a copy that can be handed over. */
function pack(drawing: Drawing): { drawing: Drawing; buffer: ArrayBuffer } {
  const isFile = (tile: unknown) => tile instanceof Uint8Array;
  const files = [...tileDrawings(drawing)].flatMap(({ tiles }) => tiles.filter(isFile));
  const buffer = new ArrayBuffer(files.reduce((sum, file) => sum + aligned(file as Uint8Array), 0));
  let end = 0;
  const place = (tile: TileDrawing["tiles"][number]) => {
    if (!(tile instanceof Uint8Array)) return tile;
    const copy = new Uint8Array(buffer, end, tile.length);
    copy.set(tile);
    end += aligned(tile);
    return copy;
  };
  const packed = renewTiles(drawing, (part) => ({
    ...part,
    tiles: part.tiles.map(place),
    onUnreadable: undefined,
  }));
  return { drawing: packed, buffer };
}

/** Bytes of a file up to the next word. */
function aligned({ length }: Uint8Array): number {
  return (length + 3) & ~3;
}

/** The same drawing that reports to others. */
function withReporter(
  drawing: Drawing,
  reporter: (index: number) => TileDrawing["onUnreadable"],
): Drawing {
  let index = 0;
  return renewTiles(drawing, (part) => ({ ...part, onUnreadable: reporter(index++) }));
}

/** A copy of a drawing with other drawings of tiles in it; they come as {@linkcode tileDrawings} gives them. */
function renewTiles(drawing: Drawing, renew: (part: TileDrawing) => TileDrawing): Drawing {
  if (drawing.kind === "tiles") return renew(drawing);
  if (drawing.kind !== "stack") return drawing;
  const layers = drawing.layers.map((layer) => ({
    ...layer,
    drawing: renewTiles(layer.drawing, renew),
  }));
  return { ...drawing, layers };
}
