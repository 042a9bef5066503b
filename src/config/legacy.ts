import { redactUrl } from "../http/url.ts";
import type { Finding } from "./finding.ts";
import {
  child,
  childMap,
  emptyMap,
  isMap,
  type Marks,
  type Path,
  type Plain,
  type PlainMap,
  plainText,
  setMark,
} from "./plain.ts";

const OLD_LAYERS =
  "old layer configuration syntax is deprecated since 1.4.0. use list of dictionaries as documented";

/**
 * Replaces old spellings, in place, so that the steps behind know only the new ones; each is a
 * warning that names the new one.
 */
export function replaceLegacy(root: PlainMap, marks: Marks): Finding[] {
  const findings: Finding[] = [];
  const warn = (path: Path, message: string): void => {
    findings.push({ path, message, severity: "warning" });
  };
  replaceLayers(root, marks, warn);
  replaceImageOptions(root, warn);
  replaceSourceOptions(root, warn);
  replaceTemplates(root, marks, warn);
  moveServiceGlobals(root, marks, warn);
  warnOfCoverages(root, warn);
  warnOfMissing(root, warn);
  return findings;
}

type Warn = (path: Path, message: string) => void;

/** Three forms of `layers` from before there were lists of layers. */
function replaceLayers(root: PlainMap, marks: Marks, warn: Warn): void {
  const layers = child(root, "layers");
  let named: [string, Plain, object][] | undefined;
  if (Array.isArray(layers)) {
    const [first] = layers;
    // a single layer with nothing but a title is no mapping of one name to a layer
    if (!isMap(first) || Object.keys(first).length !== 1 || !isMap(Object.values(first)[0])) return;
    named = layers.flatMap((layer) =>
      isMap(layer)
        ? Object.entries(layer).map(([k, v]): [string, Plain, object] => [k, v, layer])
        : [],
    );
  } else if (isMap(layers)) {
    const known = ["layers", "name", "title", "sources"].filter((key) =>
      Object.hasOwn(layers, key),
    );
    if (known.length >= 2) {
      warn(["layers"], OLD_LAYERS);
      const list = [layers];
      setMark(marks, list, 0, marks.get(root)?.get("layers"));
      root.layers = list;
      return;
    }
    named = Object.entries(layers).map(([key, value]) => [key, value, layers]);
  }
  if (!named) return;
  warn(["layers"], OLD_LAYERS);
  const list: Plain[] = [];
  for (const [name, options, holder] of named) {
    const layer = Object.assign(emptyMap(), { name }, isMap(options) ? options : {});
    const own = isMap(options) ? marks.get(options) : undefined;
    if (own) marks.set(layer, own);
    setMark(marks, list, list.length, marks.get(holder)?.get(name));
    list.push(layer);
  }
  root.layers = list;
}

/** `merge_method` never had a successor. */
function replaceImageOptions(root: PlainMap, warn: Warn): void {
  const drop = (image: PlainMap | undefined, path: Path): void => {
    if (!image || !Object.hasOwn(image, "merge_method")) return;
    warn([...path, "merge_method"], "merge_method is deprecated and ignored: leave it out");
    delete image.merge_method;
  };
  const globals = childMap(childMap(root, "globals"), "image");
  drop(globals, ["globals", "image"]);
  for (const [name, format] of entries(childMap(globals, "formats"))) {
    drop(format, ["globals", "image", "formats", name]);
  }
  for (const section of ["caches", "sources"]) {
    for (const [name, part] of entries(childMap(root, section))) {
      drop(childMap(part, "image"), [section, name, "image"]);
    }
  }
}

function replaceSourceOptions(root: PlainMap, warn: Warn): void {
  for (const [name, source] of entries(childMap(root, "sources"))) {
    const type = child(source, "type");
    if (type === "tile" && Object.hasOwn(source, "origin")) {
      const message =
        "origin for tile sources is deprecated since 1.3.0 and will be ignored. use grid with correct origin.";
      warn(["sources", name, "origin"], message);
      delete source.origin;
    }
    if (type === "mapnik" && Object.hasOwn(source, "use_mapnik2")) {
      warn(["sources", name, "use_mapnik2"], "use_mapnik2 is deprecated and ignored: leave it out");
      delete source.use_mapnik2;
    }
  }
}

/** Templates of WMTS had double braces once; the name of one of them was never settled. */
function replaceTemplates(root: PlainMap, marks: Marks, warn: Warn): void {
  const wmts = childMap(childMap(root, "services"), "wmts");
  if (!wmts) return;
  const [old, current] = ["restful_fi_template", "restful_featureinfo_template"];
  const path = ["services", "wmts"];
  if (Object.hasOwn(wmts, old)) {
    warn([...path, old], `Use "${current}" in place of "${old}"`);
    if (!Object.hasOwn(wmts, current)) {
      wmts[current] = wmts[old]!; // own key
      setMark(marks, wmts, current, marks.get(wmts)?.get(old));
    }
    delete wmts[old];
  }
  for (const key of ["restful_template", current]) {
    const template = child(wmts, key);
    if (typeof template !== "string" || !template.includes("{{")) continue;
    warn([...path, key], `double braces in WMTS ${key} are deprecated {{x}} -> {x}`);
    wmts[key] = template.replaceAll("{{", "{").replaceAll("}}", "}");
  }
}

/** `globals.wms.srs` is honoured where `services.wms` does not say otherwise. */
function moveServiceGlobals(root: PlainMap, marks: Marks, warn: Warn): void {
  const globals = childMap(root, "globals");
  const services = childMap(root, "services");
  for (const service of ["wms", "ogcapi"]) {
    const shared = childMap(globals, service);
    if (!globals || !shared) continue;
    delete globals[service];
    for (const key of Object.keys(shared)) {
      warn(
        ["globals", service],
        `Use services.${service}.${key} in place of globals.${service}.${key}`,
      );
      if (!services || !Object.hasOwn(services, service)) continue;
      const options = childMap(services, service) ?? emptyMap();
      services[service] = options;
      if (child(options, key) === undefined || child(options, key) === null) {
        options[key] = shared[key]!; // own key
        setMark(marks, options, key, marks.get(shared)?.get(key));
      }
    }
  }
}

/** Spellings from before `datasource`; they still work. */
const OLD_COVERAGE: Readonly<Record<string, string>> = {
  polygons: "datasource",
  polygons_srs: "srs",
  ogr_datasource: "datasource",
  ogr_srs: "srs",
  ogr_where: "where",
  bbox_srs: "srs",
};

function warnOfCoverages(root: PlainMap, warn: Warn): void {
  const look = (coverage: Plain | undefined, path: Path): void => {
    if (!isMap(coverage)) return;
    for (const [old, current] of Object.entries(OLD_COVERAGE)) {
      if (Object.hasOwn(coverage, old))
        warn([...path, old], `Use "${current}" in place of "${old}"`);
    }
    for (const key of ["union", "difference", "intersection"]) {
      const parts = child(coverage, key);
      if (Array.isArray(parts)) parts.forEach((part, i) => void look(part, [...path, key, i]));
    }
  };
  for (const [name, source] of entries(childMap(root, "sources"))) {
    look(child(source, "coverage"), ["sources", name, "coverage"]);
  }
  for (const [name, cache] of entries(childMap(root, "caches"))) {
    look(child(child(cache, "cache"), "coverage"), ["caches", name, "cache", "coverage"]);
  }
}

/** Options whose default surprises, and will change in the program this file may come from. */
function warnOfMissing(root: PlainMap, warn: Warn): void {
  const services = Object.keys(childMap(root, "services") ?? {});
  if (!Object.hasOwn(root, "services")) {
    warn([], "'services' is a required property in root: without it nothing is served");
  } else if (!Object.hasOwn(root, "layers") && services.some((name) => name !== "demo")) {
    warn([], "'layers' is a required property in root: without it there is nothing to serve");
  }
  for (const [name, cache] of entries(childMap(root, "caches"))) {
    if (Object.hasOwn(cache, "grids")) continue;
    const message = `cache ${name} does not have any grids. default will change from [GLOBAL_MERCATOR] to [GLOBAL_WEBMERCATOR] with MapProxy 2.0`;
    warn(["caches", name], `${message}: say which with "grids"`);
  }
  for (const [name, source] of entries(childMap(root, "sources"))) {
    if (child(source, "type") !== "tile" || Object.hasOwn(source, "grid")) continue;
    const url = redactUrl(plainText(child(source, "url")));
    const message = `tile source for ${url} does not have a grid configured and defaults to GLOBAL_MERCATOR. default will change with MapProxy 2.0`;
    warn(["sources", name], `${message}: say which with "grid"`);
  }
  const grids = childMap(root, "grids");
  for (const [name, grid] of entries(grids)) {
    if (hasOrigin(grid, grids)) continue;
    const message = `grid ${name} does not have an origin. default origin will change from sw (south/west) to nw (north-west) with MapProxy 2.0`;
    warn(["grids", name], `${message}: say which with "origin"`);
  }
}

/** Whether a grid, or one that it is based on, says where its tiles begin; those that come with Rhumb do. */
function hasOrigin(grid: PlainMap, grids: PlainMap | undefined): boolean {
  const seen = new Set<PlainMap>();
  let at: PlainMap | undefined = grid;
  while (at && !seen.has(at)) {
    if (Object.hasOwn(at, "origin")) return true;
    seen.add(at);
    const base = child(at, "base");
    if (typeof base !== "string") return false;
    at = childMap(grids, base);
  }
  return at === undefined;
}

/** The entries of a mapping that are mappings themselves. */
function entries(map: PlainMap | undefined): [string, PlainMap][] {
  return Object.entries(map ?? {}).filter((entry): entry is [string, PlainMap] => isMap(entry[1]));
}
