import { GLYPHS, MARKS, UNKNOWN_GLYPH } from "./glyphs.ts";

/** How much of each pixel is covered by ink: 0 to 255, row-major without gaps. */
export interface Ink {
  readonly width: number;
  readonly height: number;
  readonly coverage: Uint8Array;
}

/** Units from the top of a line to the top of its capitals: room for their accents. */
const ASCENT = 3;

/** Units from the top of the capitals to the end of descenders, pen included. */
const BODY = 9;

/** Units between the pens of two letters; the pen itself is one wide. */
const LETTER_GAP = 2;

const SPACE_WIDTH = 3;

/** Units a pixel for a font of one pixel; a font of 10 px has letters 7 px high. */
const UNITS = 0.104;

/** Straight parts that a curve is drawn with. */
const CURVE_STEPS = 6;

/** Half units that marks over capitals are moved up. */
const CAPITAL_SHIFT = -6;

type Segment = readonly [x0: number, y0: number, x1: number, y1: number];

interface Glyph {
  readonly segments: readonly Segment[];
  /** Units to the next letter. */
  readonly advance: number;
}

/**
 * Draws one line of text, anti-aliased, in Rhumb's own font: Latin letters with their accents; other letters
 * become boxes.
 *
 * @param size nominal height of the font in pixels
 */
export function drawLine(text: string, size: number): Ink {
  const scale = scaleOf(size);
  const glyphs = Array.from(text.normalize("NFC"), glyphOf);
  const units = glyphs.reduce((sum, glyph) => sum + glyph.advance, 0);
  const width = Math.ceil(Math.max(0, units - 1) * scale) + 1;
  const height = lineHeight(size);
  const coverage = new Uint8Array(width * height);
  let x = 0;
  for (const { segments, advance } of glyphs) {
    for (const segment of segments) {
      // Letters begin at whole pixels, so that small ones are crisp.
      stroke({ width, height, coverage }, segment, { x: Math.round(x), scale });
    }
    x += advance * scale;
  }
  return { width, height, coverage };
}

/** Height of a line of text in pixels, without the gap to the next. */
export function lineHeight(size: number): number {
  return Math.ceil((ASCENT + BODY) * scaleOf(size));
}

/** Pixels a unit: quarters, so that strokes of small fonts fill whole pixels. */
function scaleOf(size: number): number {
  return Math.max(1, Math.round(size * UNITS * 4)) / 4;
}

function glyphOf(letter: string): Glyph {
  if (/\s/.test(letter)) return { segments: [], advance: SPACE_WIDTH };
  const known = GLYPHS[letter];
  const [base = "", ...marks] = letter.normalize("NFD");
  // Dots of i and j give way to other marks.
  const bare = base === "i" && marks.length > 0 ? "ı" : base;
  const strokes = (known ?? GLYPHS[bare] ?? UNKNOWN_GLYPH).split(", ").map(parseStroke);
  const body = strokes.flat().reduce((most, [x0, , x1]) => Math.max(most, x0, x1), 0);
  if (known === undefined) {
    for (const mark of marks) strokes.push(...placeMark(MARKS[mark], mark, { base, body }));
  }
  return { segments: strokes.flat(), advance: body + LETTER_GAP };
}

function placeMark(
  path: string | undefined,
  mark: string,
  { base, body }: { base: string; body: number },
): Segment[][] {
  if (path === undefined) return [];
  const isBelow = mark === "\u0327" || mark === "\u0328";
  const isCapital = base !== base.toLowerCase();
  const dx = (body - 3) / 2;
  const dy = isCapital && !isBelow ? CAPITAL_SHIFT / 2 : 0;
  const move = ([x0, y0, x1, y1]: Segment): Segment => [x0 + dx, y0 + dy, x1 + dx, y1 + dy];
  return path.split(", ").map((stroke) => parseStroke(stroke).map(move));
}

/** Straight parts of one stroke, in units. */
function parseStroke(path: string): Segment[] {
  const segments: Segment[] = [];
  let last: readonly [number, number] | undefined;
  let control: readonly [number, number] | undefined;
  for (const word of path.split(" ")) {
    const digits = word.replace("~", "");
    const point = [
      Number.parseInt(digits[0]!, 36) / 2,
      Number.parseInt(digits[1]!, 36) / 2,
    ] as const;
    if (word.startsWith("~")) {
      control = point;
      continue;
    }
    if (last && control) segments.push(...curve(last, control, point));
    else if (last) segments.push([...last, ...point]);
    last = point;
    control = undefined;
  }
  // A single point is a dot.
  if (segments.length === 0 && last) segments.push([...last, ...last]);
  return segments;
}

function curve(
  a: readonly [number, number],
  b: readonly [number, number],
  c: readonly [number, number],
): Segment[] {
  const at = (axis: 0 | 1, t: number) =>
    (1 - t) * (1 - t) * a[axis] + 2 * t * (1 - t) * b[axis] + t * t * c[axis];
  return Array.from({ length: CURVE_STEPS }, (_, i) => {
    const t0 = i / CURVE_STEPS;
    const t1 = (i + 1) / CURVE_STEPS;
    return [at(0, t0), at(1, t0), at(0, t1), at(1, t1)] as const;
  });
}

/** Inks the pixels near a segment, by their distance from it. */
function stroke(
  { width, height, coverage }: Ink,
  [ax, ay, bx, by]: Segment,
  { x, scale }: { x: number; scale: number },
): void {
  const pen = scale / 2;
  const [x0, x1] = [x + (ax + 0.5) * scale, x + (bx + 0.5) * scale];
  const [y0, y1] = [(ASCENT + ay + 0.5) * scale, (ASCENT + by + 0.5) * scale];
  const left = Math.max(0, Math.floor(Math.min(x0, x1) - pen - 1));
  const right = Math.min(width - 1, Math.ceil(Math.max(x0, x1) + pen + 1));
  const top = Math.max(0, Math.floor(Math.min(y0, y1) - pen - 1));
  const bottom = Math.min(height - 1, Math.ceil(Math.max(y0, y1) + pen + 1));
  const [dx, dy] = [x1 - x0, y1 - y0];
  const squared = dx * dx + dy * dy;
  for (let py = top; py <= bottom; py++) {
    for (let px = left; px <= right; px++) {
      const [vx, vy] = [px + 0.5 - x0, py + 0.5 - y0];
      const t = squared > 0 ? Math.max(0, Math.min(1, (vx * dx + vy * dy) / squared)) : 0;
      const distance = Math.hypot(vx - t * dx, vy - t * dy);
      const ink = Math.max(0, Math.min(1, pen + 0.5 - distance)) * 255;
      const at = py * width + px;
      if (ink > coverage[at]!) coverage[at] = ink;
    }
  }
}
