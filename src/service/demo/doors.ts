import { type Markup, xml } from "../../core/xml.ts";
import type { DemoContent, TileDemoLayer } from "./content.ts";
import { href } from "./page.ts";
import type { Preview, Protocol } from "./preview.ts";

/** Links to the same layer through the other services, in the same reference system if they have it. */
export function doors(
  { protocol, layer, srs }: Pick<Preview, "protocol" | "layer" | "srs">,
  { wms, wmts, tms, ogcApi }: DemoContent,
): Markup {
  const systems: Readonly<Record<Protocol, readonly string[]>> = {
    WMS: wms?.layers.find(({ name }) => name === layer)?.systems.map((s) => s.srs.code) ?? [],
    WMTS: tileSystems(layer, wmts?.layers),
    TMS: tileSystems(layer, tms?.layers),
    "OGC API":
      ogcApi?.layers.find(({ name }) => name === layer)?.sets.map(({ grid }) => grid.srs.code) ??
      [],
  };
  return xml`<nav class="doors" aria-label="Services">
${Object.entries(systems).map(([name, codes]) => {
  const [first] = codes;
  if (name === protocol) return xml`<span aria-current="page">${name}</span>\n`;
  if (first === undefined) return undefined;
  const code = codes.includes(srs) ? srs : first;
  const query = new URLSearchParams({
    [`${name.toLowerCase().replace(" ", "")}_layer`]: layer,
    srs: code,
  });
  return xml`<a href="${href(`?${query}`)}">${name}</a>\n`;
})}</nav>
`;
}

function tileSystems(layer: string, shown: readonly TileDemoLayer[] | undefined): string[] {
  return (shown ?? [])
    .filter(({ tiles, isCompatible }) => isCompatible && tiles.layer.name === layer)
    .map(({ tiles }) => tiles.layer.grid.srs.code);
}
