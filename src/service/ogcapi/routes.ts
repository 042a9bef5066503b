import { collectionDocument, collectionsDocument } from "./collections.ts";
import { conformanceDocument } from "./conformance.ts";
import { answerDocument, type DocumentKind } from "./document.ts";
import { landingDocument } from "./landing.ts";
import { answerMap } from "./map.ts";
import { matrixSetDocument, matrixSetsDocument } from "./matrix-sets.ts";
import { openApiDocument } from "./openapi.ts";
import type { OgcApiSettings } from "./settings.ts";
import type { ApiRequest, ApiState } from "./state.ts";
import { checkStyle, styleDocument, stylesDocument } from "./styles.ts";
import { answerTile } from "./tile.ts";
import { tilesetDocument, tilesetsDocument } from "./tilesets.ts";

/** What a path stands for. */
export type Operation = (asked: ApiRequest, state: ApiState) => Promise<Response>;

const PATH_LIMIT = 2048;

/**
 * The operation of a path below the service, slashes at its ends aside.
 *
 * @returns `undefined` if there is none
 */
export function findOperation(path: string, settings: OgcApiSettings): Operation | undefined {
  if (path.length > PATH_LIMIT) return undefined;
  const parts = trimSlashes(path).split("/");
  const [first = "", second, ...others] = parts;
  if (parts.length === 1 && first === "") return document({ write: landingDocument });
  if (parts.some((part) => part === "")) return undefined;
  if (first === "collections" && second !== undefined) {
    if (others[0] === "styles") return styleOperation(second, others.slice(1), settings);
    if (others.length > 0) return mapOperation(second, others, settings);
    return document({ write: (context) => collectionDocument(second, context) });
  }
  if (first === "styles" && settings.dataset) {
    return styleOperation(undefined, parts.slice(1), settings);
  }
  if (first === "tileMatrixSets" && settings.hasTiles && second !== undefined) {
    if (others.length > 0) return undefined;
    return document({ write: (context) => matrixSetDocument(second, context) });
  }
  return plainDocument(parts, settings) ?? mapOperation(undefined, parts, settings);
}

/** Documents whose paths are a single word. */
function plainDocument(
  [word = "", ...others]: readonly string[],
  { hasTiles }: OgcApiSettings,
): Operation | undefined {
  if (others.length > 0) return undefined;
  switch (word) {
    case "conformance":
      return document({ write: conformanceDocument });
    case "api":
      return document({ parameters: ["f", "ui"], write: openApiDocument });
    case "collections":
      return document({ write: collectionsDocument });
    case "tileMatrixSets":
      return hasTiles ? document({ write: matrixSetsDocument }) : undefined;
    default:
      return undefined;
  }
}

/** `map`, `map/tiles` and what lies below, of one collection or of the whole (`undefined`). */
function mapOperation(
  collection: string | undefined,
  parts: readonly string[],
  { hasMaps, hasTiles }: Pick<OgcApiSettings, "hasMaps" | "hasTiles">,
): Operation | undefined {
  const [map = "", tiles, matrixSet, level, row, file = "", ...others] = parts;
  if (parts.length === 1) {
    const [, extension] = /^map(?:\.(png|jpe?g))?$/.exec(map) ?? [];
    const isMap = map === "map" || extension !== undefined;
    if (!hasMaps || !isMap) return undefined;
    return (asked, state) => answerMap({ collection, extension }, asked, state);
  }
  if (!hasTiles || map !== "map" || tiles !== "tiles") return undefined;
  if (matrixSet === undefined) {
    return document({ write: (context) => tilesetsDocument(collection, context) });
  }
  if (level === undefined) {
    return document({ write: (context) => tilesetDocument(collection, matrixSet, context) });
  }
  if (row === undefined || file === "" || others.length > 0) return undefined;
  const [, column = "", extension] = /^(.*?)(?:\.(\w+))?$/.exec(file) ?? [];
  const path = { collection, matrixSet, level, row, column, extension };
  return (asked, state) => answerTile(path, asked, state);
}

/** `styles` of a collection, or of the whole (`undefined`), and what lies below. */
function styleOperation(
  collection: string | undefined,
  [style, map, ...others]: readonly string[],
  { hasMaps }: OgcApiSettings,
): Operation | undefined {
  if (!hasMaps || others.length > 0) return undefined;
  if (style === undefined) {
    return document({ write: (context) => stylesDocument(collection, context) });
  }
  if (map === undefined) {
    return document({ write: (context) => styleDocument(collection, style, context) });
  }
  const draw = mapOperation(collection, [map], { hasMaps, hasTiles: false });
  return (
    draw &&
    (async (asked, state) => {
      checkStyle(style);
      return await draw(asked, state);
    })
  );
}

function document(kind: DocumentKind): Operation {
  return (asked, state) => answerDocument(kind, asked, state);
}

function trimSlashes(path: string): string {
  return path.replace(/^\/+/, "").replace(/\/+$/, "");
}
