import type { Lru } from "../../core/lru.ts";
import type { ServiceDeps } from "../../model/define.ts";
import type { ServiceRequest } from "../../model/service.ts";
import type { Grant } from "../permission.ts";
import type { ApiParams, DocumentFormat } from "./params.ts";
import type { OgcApiSettings } from "./settings.ts";

/** What all requests to one service share. */
export interface ApiState {
  readonly settings: OgcApiSettings;
  readonly deps: ServiceDeps;
  /** Documents for those who may see everything, by URL and form; their bytes are the cost. */
  readonly documents: Lru<string, WrittenDocument>;
}

/** A document as it is sent. */
export interface WrittenDocument {
  readonly bytes: Uint8Array;
  /** Media type. */
  readonly type: string;
  /** Further headers, lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
}

/** One request with its parameters read. */
export interface ApiRequest {
  readonly request: ServiceRequest;
  readonly params: ApiParams;
  /** Public URL of the service, without slash at the end: `https://example.org/proxy/ogcapi`. */
  readonly root: string;
}

/** What documents are written from. */
export interface DocumentContext {
  readonly settings: OgcApiSettings;
  readonly deps: ServiceDeps;
  readonly root: string;
  readonly format: DocumentFormat;
  /** What the client may see: what it may not is not named either. */
  readonly grant: Grant;
}
