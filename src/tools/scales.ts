import { evaluate } from "../core/arithmetic.ts";
import { UsageError } from "../core/command-line.ts";
import { defineTool, type ToolDeps } from "./tool.ts";

/** Pixels an inch of OGC's standard display: 0.28 mm a pixel (OGC 06-042, 7.2.4.6.9). */
const OGC_DPI = 2.54 / (0.00028 * 100);

/** Metres of a degree along the equator. */
const METRES_PER_DEGREE = 111319.4907932736;

/** `rhumb util scales`: scale denominators to resolutions and back, as lines or as a `res` list. */
export const scales = defineTool({
  name: "scales",
  usage: "[options] VALUE [VALUE …]\n\n  A first value - reads them from the standard input.",
  options: {
    levels: {
      short: "l",
      value: "N",
      type: "integer",
      about: "number of lines; the last value is halved for those that follow",
      default: "1",
    },
    dpi: {
      short: "d",
      value: "DPI",
      about: "pixels an inch; OGC is 0.28 mm a pixel",
      default: "OGC",
    },
    unit: {
      value: "m|d",
      choices: ["m", "d"],
      about: "resolutions in metres or degrees",
      default: "m",
    },
    eval: { about: "values are expressions such as 360/256" },
    repeat: { about: "repeat all values, a tenth of the last round each time" },
    "res-to-scale": { about: "values are resolutions, wanted are scales" },
    "as-res-config": { about: "as the res list of a grid" },
  },
  async run({ options, words, help }, deps) {
    if (words.length === 0) {
      deps.terminal.out(help);
      return 1;
    }
    const dpi = options.dpi === undefined || options.dpi === "OGC" ? OGC_DPI : Number(options.dpi);
    if (!(dpi > 0 && Number.isFinite(dpi))) {
      throw new UsageError(`option --dpi: expected a number above 0 or OGC, not '${options.dpi}'`);
    }
    const texts = words[0] === "-" ? await readValues(deps) : words;
    const values = texts.map((text) => readValue(text, options.eval)).sort((a, b) => b - a);
    const levels = Number(options.levels ?? 1);
    const list = options.repeat ? repeated(values, levels) : halved(values, levels);

    const metresPerPixel = 2.54 / (dpi * 100);
    const unit = options.unit === "d" ? METRES_PER_DEGREE : 1;
    const convert = options["res-to-scale"]
      ? (resolution: number) => (resolution / metresPerPixel) * unit
      : (scale: number) => (scale * metresPerPixel) / unit;
    const mark = options["as-res-config"] ? ", #" : " #";
    const lines = list.map(
      (value, i) =>
        `${fixed(convert(value), 10)}${mark} ${String(i).padStart(2)} ${fixed(value, 8)}`,
    );
    for (const line of options["as-res-config"] ? asConfig(lines, dpi) : lines) {
      deps.terminal.out(line);
    }
    return 0;
  },
});

/** One number a line, up to the first line that is empty or holds a comment only. */
async function readValues({ input }: ToolDeps): Promise<string[]> {
  const values: string[] = [];
  for (const line of (await input()).split(/\r?\n/)) {
    const value = line.split("#")[0]!.trim(); // split gives at least one part
    if (value === "") break;
    values.push(value);
  }
  return values;
}

function readValue(text: string, isExpression: boolean): number {
  if (isExpression) {
    try {
      return evaluate(text);
    } catch (error) {
      throw new UsageError((error as Error).message);
    }
  }
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) {
    throw new UsageError(`'${text}' is not a number (use --eval for expressions)`);
  }
  return value;
}

/** The values in turn, a tenth in each round, to `count` or at least all of them once. */
function repeated(values: readonly number[], count: number): number[] {
  const list: number[] = [...values];
  while (list.length < count && values.length > 0) {
    list.push(list[list.length - values.length]! / 10); // the same value of the round before
  }
  return list;
}

/**
 * The values, then halves of the last. Where there are more than one the reference adds `count - 1`
 * lines to them, not as many as are missing; so do we, as outputs of both are compared.
 */
function halved(values: readonly number[], count: number): number[] {
  const list = [...values];
  if (list.length === 0 || list.length >= count) return list;
  for (let i = 1; i < count; i++) list.push(list.at(-1)! / 2); // never empty
  return list;
}

function asConfig(lines: readonly string[], dpi: number): string[] {
  return [
    "    res: [",
    `         #  res            level     scale @${dpi.toFixed(1)} DPI`,
    ...lines.map((line) => `    ${line}`),
    "    ]",
  ];
}

function fixed(value: number, digits: number): string {
  return value.toFixed(digits).padStart(20);
}
