/** The pages of `docs/config/options`: a table of options for each section and kind; made at build time only. */
import { configSchema } from "./schema.ts";
import { allowsNull, literals, members, type Shape, shapeOf, unwrap } from "./shape.ts";

interface Row {
  readonly key: string;
  readonly type: string;
  readonly value: string;
}

/** Mappings that are shown once, under their own heading, wherever else they stand. */
const SHARED = new Set(["coverage", "image"]);

const HEAD = "Made from the schemas in `src` by `npm run build:schema`; do not edit.";

/** Pages by file name, Markdown. */
export function optionPages(): ReadonlyMap<string, string> {
  const root = entriesOf(shapeOf(configSchema));
  const source = kindsOf(named(root, "sources"));
  const cache = unwrap(named(root, "caches"));
  const stores = kindsOf(entriesOf(cache).cache);
  const services = Object.entries(entriesOf(unwrap(root.services!)));
  const layer = unwrap(unwrap(root.layers!).item!);
  const wms = source.get("wms")!;
  return new Map([
    ["globals.md", page("globals", [["", root.globals!]])],
    ["server.md", page("server (TOML and YAML, Rhumb only)", [["", root.server!]])],
    ["grids.md", page("grids.NAME", [["", named(root, "grids")]])],
    ["layers.md", page("layers[]", [["", layer]])],
    [
      "sources.md",
      page("sources.NAME", [
        ...[...source].map(([type, shape]): Section => [`type: ${type}`, shape]),
        ["coverage", entriesOf(wms).coverage!],
        ["image", entriesOf(wms).image!],
      ]),
    ],
    [
      "caches.md",
      page("caches.NAME", [
        ["", cache],
        ...[...stores].map(([type, shape]): Section => [`cache.type: ${type}`, shape]),
      ]),
    ],
    [
      "services.md",
      page(
        "services",
        services.map(([name, shape]): Section => [name, shape]),
      ),
    ],
  ]);
}

type Section = readonly [heading: string, shape: Shape];

function page(title: string, sections: readonly Section[]): string {
  const parts = sections.map(([heading, shape]) => {
    const lines = rows(shape, "").map(
      ({ key, type, value }) => `| \`${key}\` | ${type} | ${value} |`,
    );
    const table =
      lines.length > 0
        ? ["| key | type | default |", "|---|---|---|", ...lines].join("\n")
        : "No options.";
    return heading === "" ? table : `## ${heading}\n\n${table}`;
  });
  return `# \`${title}\`\n\n${HEAD}\n\n${parts.join("\n\n")}\n`;
}

function named(root: Readonly<Record<string, Shape>>, section: string): Shape {
  return unwrap(root[section]!).value!; // sections by name are records
}

/** Members of a variant by the value of `type`. */
function kindsOf(shape: Shape | undefined): Map<string, Shape> {
  const inner = unwrap(shape!); // every kind has a section
  return new Map(members(inner).map((kind) => [literals(entriesOf(kind).type)[0]!, kind]));
}

function entriesOf(shape: Shape): Readonly<Record<string, Shape>> {
  return unwrap(shape).entries ?? {};
}

/** A row for each option; of mappings and lists of mappings one for each option in them. */
function rows(shape: Shape, prefix: string): Row[] {
  const inner = unwrap(shape);
  if (inner.type === "union") {
    const found = new Map(
      members(inner)
        .flatMap((m) => rows(m, prefix))
        .map((row) => [row.key, row]),
    );
    return [...found.values()];
  }
  return Object.entries(inner.entries ?? {}).flatMap(([name, entry]) => {
    const key = prefix + name;
    const own: Row = { key, type: typeOf(entry), value: defaultOf(entry) };
    if (SHARED.has(name)) return [own];
    const item = mappingIn(entry);
    return item ? [own, ...rows(item.shape, `${key}${item.isList ? "[]" : ""}.`)] : [own];
  });
}

/** The mapping that an option holds, itself or as the items of a list; layers hold themselves. */
function mappingIn(shape: Shape): { shape: Shape; isList: boolean } | undefined {
  if (shape.type === "lazy") return undefined;
  const inner = unwrap(shape);
  if (inner.type === "union") {
    return members(inner)
      .map(mappingIn)
      .find((found) => found !== undefined);
  }
  if (inner.type === "array" && inner.item?.type !== "lazy") {
    const item = inner.item && unwrap(inner.item);
    return item?.entries ? { shape: item, isList: true } : undefined;
  }
  return inner.entries && Object.keys(inner.entries).length > 0
    ? { shape: inner, isList: false }
    : undefined;
}

function typeOf(shape: Shape): string {
  const type = wordOf(unwrapped(shape));
  return allowsNull(shape) && !type.includes("anything") ? `${type} or empty` : type;
}

function wordOf(shape: Shape): string {
  const choices = literals(shape);
  if (choices.length > 0) return choices.map((choice) => `\`${choice}\``).join(", ");
  switch (shape.type) {
    case "string":
      return "text";
    case "number":
      return shape.pipe?.some((step) => (step as Shape).type === "integer")
        ? "whole number"
        : "number";
    case "boolean":
      return "true, false";
    case "array":
      return `list of ${shape.item ? wordOf(unwrapped(shape.item)) : "anything"}`;
    case "tuple":
      return `list of ${shape.items?.length ?? 0}`;
    case "union":
      return [...new Set(members(shape).map((member) => wordOf(unwrapped(member))))].join(" or ");
    case "unknown":
    case "any":
      return "anything";
    case "null":
      return "empty";
    case "record":
      return `mapping of names to ${shape.value ? wordOf(unwrapped(shape.value)) : "anything"}`;
    default:
      return "mapping";
  }
}

/** As `unwrap()`, but a schema that holds itself is a mapping. */
function unwrapped(shape: Shape): Shape {
  return shape.type === "lazy" ? { type: "strict_object" } : unwrap(shape);
}

function defaultOf(shape: Shape): string {
  if (!("wrapped" in shape) || !("default" in shape)) return "**required**";
  const value = typeof shape.default === "function" ? shape.default() : shape.default;
  if (value === undefined || value === null) return "";
  const text = JSON.stringify(value);
  return text === "{}" || text === "[]" ? "" : `\`${text.replaceAll("|", "\\|")}\``;
}
