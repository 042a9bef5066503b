import { ConfigFault } from "../../model/define.ts";

/** A RESTful path template, made ready to match paths and to be advertised. */
export interface PathTemplate {
  /** As configured, with single braces. */
  readonly text: string;
  /** Names of the dimensions it has, as spelled there. */
  readonly dimensions: readonly string[];
  /** What the path says, or `undefined` if it is no such path. */
  match(path: string): PathValues | undefined;
}

/** Values by variable (dimensions in lower case). */
export interface PathValues {
  get(name: string): string | undefined;
}

/** Longest path that is compared with templates: beyond it no configured name can be meant. */
const PATH_LIMIT = 2048;

// Letters of any script may stand in names, as in the reference.
const NAME = "[\\w\\u0080-\\uffff.:-]+";
const PATTERNS: Readonly<Record<string, string>> = {
  Layer: NAME,
  Style: NAME,
  TileMatrixSet: NAME,
  TileMatrix: "\\d+",
  TileRow: "-?\\d+",
  TileCol: "-?\\d+",
  I: "\\d+",
  J: "\\d+",
  Format: "\\w+",
  InfoFormat: "\\w+",
};
const DIMENSION = "[\\w\\u0080-\\uffff.,:-]+";

const TILE_VARIABLES = ["Layer", "TileCol", "TileMatrix", "TileMatrixSet", "TileRow"];

/** What is special about one template. */
export interface TemplateOptions {
  /** The option it stands in, for faults. */
  readonly option: string;
  /** Variables needed besides those of every tile. */
  readonly needs: readonly string[];
  /** Whether levels have names of their own; they are whole numbers otherwise. */
  readonly namedLevels: boolean;
  /** Told about deprecated spelling. */
  warn(message: string): void;
}

/**
 * Reads a path template such as `/{Layer}/{TileMatrixSet}/{TileMatrix}/{TileCol}/{TileRow}.{Format}`.
 *
 * The template matches the beginning of a path: what follows is not looked at. Variables that WMTS
 * does not know are dimensions.
 *
 * @throws ConfigFault if a variable is missing or stands there twice
 */
export function parseTemplate(configured: string, o: TemplateOptions): PathTemplate {
  let text = configured;
  if (text.includes("{{")) {
    o.warn(`double braces in WMTS ${o.option} are deprecated {{x}} -> {x}`);
    text = text.replaceAll("{{", "{").replaceAll("}}", "}");
  }
  const names: string[] = [];
  const pattern = text
    .split(/\{(\w+)\}/)
    .map((part, index) => {
      if (index % 2 === 0) return part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
      if (names.includes(part)) {
        throw new ConfigFault(o.option, `Cannot use variable "${part}" twice`);
      }
      names.push(part);
      if (part === "TileMatrix" && o.namedLevels) return `(${NAME})`;
      return `(${PATTERNS[part] ?? DIMENSION})`;
    })
    .join("");
  const missing = [...TILE_VARIABLES, ...o.needs].filter((name) => !names.includes(name));
  if (missing.length > 0) {
    const list = missing.map((name) => `'${name}'`).join(", ");
    throw new ConfigFault(
      o.option,
      `missing required variables in WMTS restful template: {${list}}`,
    );
  }
  const regExp = new RegExp(`^${pattern}`);
  const places = new Map(
    names.map((name, i) => [name in PATTERNS ? name : name.toLowerCase(), i + 1]),
  );
  return {
    text,
    dimensions: names.filter((name) => !(name in PATTERNS)),
    match(path) {
      if (path.length > PATH_LIMIT) return undefined;
      const found = regExp.exec(path);
      return found ? { get: (name) => found[places.get(name) ?? -1] } : undefined;
    },
  };
}

/** Fills the given variables in; the others stay for the client. */
export function fillTemplate(text: string, values: Readonly<Record<string, string>>): string {
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}
