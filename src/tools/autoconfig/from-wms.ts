import { emptyMap, isMap, type Plain, type PlainMap } from "../../config/plain.ts";
import { knownSrs, type WmsCapabilities, type WmsLayer } from "../capabilities.ts";
import type { Sections } from "./sections.ts";

/**
 * Sections of a configuration for all layers of a WMS.
 *
 * @param grids names of grids by the code of their reference system; caches are made for these
 * @param warn is told the codes that nobody here knows, once each
 */
export function sectionsFromWms(
  capabilities: WmsCapabilities,
  grids: ReadonlyMap<string, string>,
  warn: (code: string) => void,
): Sections {
  const { title, root, version } = capabilities;
  return {
    services: () => ({ wms: { md: { title: title ?? null } } }),
    sources: () => sourcesOf(root, version, warn),
    caches: (sources) => cachesOf(sources, grids),
    layers: (caches) => [layerOf(root, caches)],
  };
}

function sourcesOf(
  root: WmsLayer,
  version: WmsCapabilities["version"],
  warn: (code: string) => void,
): PlainMap {
  const unknown = new Set<string>();
  const sources = emptyMap();
  const visit = (layer: WmsLayer): void => {
    for (const code of layer.srs) if (!knownSrs(code)) unknown.add(code);
    if (layer.name !== undefined) sources[`${layer.name}_wms`] = sourceOf(layer, version);
    for (const child of layer.layers) visit(child);
  };
  visit(root);
  for (const code of unknown) warn(code);
  return sources;
}

function sourceOf(layer: WmsLayer, version: WmsCapabilities["version"]): PlainMap {
  const { name = null, url = null, llbbox, resolutions } = layer;
  const options: PlainMap = {
    ...(version === "1.1.1" ? {} : { version }),
    ...(layer.queryable ? { featureinfo: true } : {}),
    ...(layer.legendUrl === undefined ? {} : { legendurl: layer.legendUrl }),
  };
  return {
    type: "wms",
    req: { url, layers: name, ...(layer.opaque ? {} : { transparent: true }) },
    ...(Object.keys(options).length > 0 ? { wms_opts: options } : {}),
    supported_srs: layer.srs.filter((code) => knownSrs(code)),
    ...(llbbox ? { coverage: { srs: "EPSG:4326", bbox: [...llbbox] } } : {}),
    // 0 is no limit
    ...(resolutions && resolutions.min > 0 ? { min_res: resolutions.min } : {}),
    ...(resolutions && resolutions.max > 0 ? { max_res: resolutions.max } : {}),
  };
}

function cachesOf(sources: PlainMap, grids: ReadonlyMap<string, string>): PlainMap {
  const caches = emptyMap();
  for (const [name, source] of Object.entries(sources)) {
    const codes = isMap(source) && Array.isArray(source.supported_srs) ? source.supported_srs : [];
    const names = codes.flatMap((code: Plain) => grids.get(String(code)) ?? []);
    if (names.length > 0)
      caches[name.replace(/_wms$/, "_cache")] = { sources: [name], grids: names };
  }
  return caches;
}

function layerOf(layer: WmsLayer, caches: PlainMap): PlainMap {
  const { name, abstract, layers } = layer;
  const cache = `${name}_cache`;
  return {
    title: layer.title ?? name ?? "",
    ...(name === undefined
      ? {}
      : { name, sources: [Object.hasOwn(caches, cache) ? cache : `${name}_wms`] }),
    ...(abstract === undefined ? {} : { md: { abstract } }),
    ...(layers.length > 0 ? { layers: layers.map((child) => layerOf(child, caches)) } : {}),
  };
}
