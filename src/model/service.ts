import type { Context, Incoming } from "../core/context.ts";
import type { ImageOptions } from "../image/options.ts";
import type { Picture } from "../image/picture.ts";
import type { Extent } from "../srs/extent.ts";

/** One request as a service gets it. */
export interface ServiceRequest extends Incoming {
  readonly ctx: Context;
  /** Public URL of the mount without trailing slash: `https://example.org/proxy`. */
  readonly scriptUrl: string;
  /** Public URL of the request without its query: `scriptUrl` with the encoded path. */
  readonly baseUrl: string;
  /**
   * Body of a POST of type `application/x-www-form-urlencoded`, undecoded, within the limits of the
   * application; `undefined` for any other request.
   */
  readonly form?: () => Promise<string | undefined>;
  /** Another path of the same application, answered in the same process. */
  dispatch(pathAndQuery: string): Promise<Response>;
}

/** `undefined`: no such path. */
export type Handler = (request: ServiceRequest) => Promise<Response | undefined>;

/** A running service: which paths it owns, and how it answers. */
export interface Service {
  /** Operations behind `/service?SERVICE=…`, with the lower-case value of SERVICE. */
  readonly ows?: { readonly name: string; readonly handle: Handler };
  /** Handlers by first path segment: `wmts`, `tms`, `demo`. */
  readonly routes: Readonly<Record<string, Handler>>;
  /** Answers the root of the mount in place of the plain welcome page. */
  readonly home?: Handler;
  close?(): Promise<void>;
}

/** What a plug-in adds to the demo: HTML as it is, for whoever may see the demo. */
export interface DemoExtension {
  /** Stands before what the overview says of the services. */
  readonly before?: (request: ServiceRequest) => Awaitable<string>;
  /** Stands after it. */
  readonly after?: (request: ServiceRequest) => Awaitable<string>;
  /**
   * A page for a request below `/demo/`; of several plug-ins the first that has one answers, before the pages of
   * Rhumb itself. `undefined`: none.
   */
  readonly page?: (request: ServiceRequest) => Awaitable<string | undefined>;
}

type Awaitable<T> = T | Promise<T>;

/** Changes a picture on its way out: stamps, greys, signs. Nothing of it is stored. */
export type Decorator = (
  picture: Picture,
  about: {
    readonly service: "wms.map" | "tms" | "wmts" | "kml" | "ogcapi.map";
    readonly layers: readonly string[];
    readonly extent: Extent;
    readonly options: ImageOptions;
    readonly size: readonly [width: number, height: number];
  },
  ctx: Context,
) => Promise<Picture>;
