/** Base of every error Rhumb throws on purpose; anything else is a bug. */
export abstract class RhumbError extends Error {
  /** Stable, kebab-case, greppable; logged and never shown to map clients. */
  abstract readonly code: string;
  override get name(): string {
    return this.constructor.name;
  }
}

/** The client asked for something that cannot be served; becomes the protocol's exception report. */
export class RequestError extends RhumbError {
  readonly code = "bad-request";
  /**
   * Exception code of the standard, e.g. `InvalidCRS` (WMS 1.3.0) or `TileOutOfRange` (WMTS 1.0.0);
   * `undefined` where the protocol has none for the case.
   */
  readonly ows: string | undefined;
  /** Name of the parameter at fault, as the client wrote it. */
  readonly locator: string | undefined;
  /** HTTP status, where it is not the one that the protocol gives to `ows`. */
  readonly status: number | undefined;

  constructor(ows: string | undefined, message: string, locator?: string, status?: number) {
    super(message);
    this.ows = ows;
    this.locator = locator;
    this.status = status;
  }
}

/** The server says that what its picture was made of has not changed; only who asked so gets this. */
export class NotModified extends RhumbError {
  readonly code = "not-modified";
}

/** An upstream server did not give a usable answer. `message` is fit for clients: it names no URL. */
export class SourceError extends RhumbError {
  readonly code = "source-failed";
  readonly source: string;
  /** Upstream URL with secrets removed, for the log. */
  readonly url: string;
  /** HTTP status, when there was an answer at all. */
  readonly status: number | undefined;
  /** What exactly happened, for the log; secrets removed. */
  readonly detail: string;
  /** The server answered with success, but what it sent is of no use. */
  readonly isContent: boolean;

  constructor(
    source: string,
    message: string,
    at: {
      url: string;
      status?: number | undefined;
      detail?: string;
      isContent?: boolean;
      cause?: unknown;
    },
  ) {
    super(message, { cause: at.cause });
    this.source = source;
    this.url = at.url;
    this.status = at.status;
    this.detail = at.detail ?? message;
    this.isContent = at.isContent ?? false;
  }
}

/** A tile store failed; a tile that is merely absent is `undefined`, not an error. */
export class CacheError extends RhumbError {
  readonly code = "cache-failed";
  constructor(cache: string, action: string, cause: unknown) {
    super(`Cannot ${action} in cache "${cache}"`, { cause });
  }
}

/** Bytes that claim to be a picture cannot be read as one. */
export class ImageError extends RhumbError {
  readonly code = "bad-image";
}

/** A lock was not granted in time. */
export class LockTimeout extends RhumbError {
  readonly code = "lock-timeout";
  constructor(lock: string, waited: number) {
    super(`Cannot lock "${lock}": still held after ${waited} ms`);
  }
}

/** One thing that is wrong with a configuration. */
export interface Fault {
  /** Dotted path of the option, list items in brackets: `layers[0].sources[1]`. */
  readonly path: string;
  readonly message: string;
  /** `warning`: the configuration works without it being mended. */
  readonly severity: "error" | "warning";
  readonly file?: string | undefined;
  /** 1-based. */
  readonly line?: number | undefined;
}

/** The configuration cannot be used; holds every fault found, not only the first. */
export class ConfigError extends RhumbError {
  readonly code = "bad-config";
  readonly faults: readonly Fault[];
  constructor(faults: readonly Fault[]) {
    super(
      `Cannot use configuration: ${faults.length} fault(s)\n${faults.map(formatFault).join("\n")}`,
    );
    this.faults = faults;
  }
}

/** One line: `etc/rhumb.toml:14  caches.osm.meta_sise  Unknown key "meta_sise": did you mean …?` */
export function formatFault(fault: Fault): string {
  const at = fault.file ? `${fault.file}${fault.line ? `:${fault.line}` : ""}  ` : "";
  return `${at}${fault.path}  ${fault.message}`;
}
