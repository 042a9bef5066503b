import type { ServiceRequest } from "../../model/service.ts";
import type { WmtsCatalog } from "./layers.ts";

/** A tile as a WMTS request names it, by KVP or by path. */
export interface TileAddress {
  readonly layer: string;
  readonly set: string;
  readonly matrix: string;
  readonly column: string;
  readonly row: string;
  /** `png`; `undefined`: whatever the layer has. */
  readonly format: string | undefined;
  /** 2 for `…@2x.png`; 1 if absent. */
  readonly factor?: 1 | 2 | undefined;
  /** Value of a dimension, by lower-case name; `undefined` if the request has none. */
  dimension(name: string): string | undefined;
}

/** A pixel of a tile, and how the features there shall be described. */
export interface InfoAddress extends TileAddress {
  /** Pixel from the left and from the top of the tile. */
  readonly i: string;
  readonly j: string;
  /** MIME type, or the suffix that stands for one; `undefined`: the first that is configured. */
  readonly infoFormat: string | undefined;
  readonly featureCount?: string | undefined;
}

/** Which service metadata document is asked for. */
export interface MetadataQuestion {
  readonly binding: "KVP" | "RESTful";
  /** Where the other operations are: the service's URL without query. */
  readonly url: string;
  /** Sections that are wanted, in lower case; `undefined`: all. */
  readonly sections?: ReadonlySet<string> | undefined;
}

/** The three operations of WMTS (OGC 07-057r7, 7), whichever way they are asked for. */
export interface WmtsOperations {
  readonly catalog: WmtsCatalog;
  /** `strict_ogc`: mistakes are told of as the standard says. */
  readonly isStrict: boolean;
  /** @throws RequestError with an exception code of the standard */
  getTile(asked: TileAddress, request: ServiceRequest): Promise<Response>;
  /** @throws RequestError with an exception code of the standard */
  getFeatureInfo(asked: InfoAddress, request: ServiceRequest): Promise<Response>;
  /** @throws RequestError if the authorizer refuses the document */
  getCapabilities(asked: MetadataQuestion, request: ServiceRequest): Promise<Response>;
}
