import { ConfigError } from "../core/errors.ts";
import type { Platform } from "../platform/platform.ts";
import { HttpFailure } from "./failure.ts";

/** How connections are secured beyond the runtime's defaults. */
export interface TlsOptions {
  /** Equal for equal options. */
  readonly id: string;
  readonly verify: boolean;
  /** PEM text of the accepted authorities; `undefined`: those of the runtime. */
  readonly ca: (() => Promise<string>) | undefined;
  /** What the runtime cannot do for this source; logged when it matters. */
  readonly warning: string | undefined;
}

/** Variable by which a runtime is given more certificates when it starts. */
const CA_VARIABLE: Partial<Record<Platform["name"], string>> = {
  node: "NODE_EXTRA_CA_CERTS",
  deno: "DENO_CERT",
};

/**
 * What the runtime can do about the configured TLS options.
 *
 * @param options `ca`: absolute path of a PEM file; `undefined`: the certificates of the system
 * @throws ConfigError if certificates are configured that the runtime cannot use
 */
export function tlsOptions(
  options: { readonly ca: string | undefined; readonly verify: boolean },
  platform: Platform,
): TlsOptions {
  const { ca: path, verify } = options;
  const perRequest = platform.name === "bun" || platform.name === "test";
  const variable = CA_VARIABLE[platform.name];
  if (path !== undefined && !perRequest && !(variable && platform.env[variable])) {
    const remedy = variable
      ? `set the environment variable ${variable} to the file`
      : "the platform decides which certificates it accepts";
    throw new ConfigError([
      {
        path: "http.ssl_ca_certs",
        message: `Cannot choose certificates for single requests on ${platform.name}: ${remedy}`,
        severity: "error",
      },
    ]);
  }
  let text: string | undefined;
  const ca = async (): Promise<string> => {
    if (text === undefined) {
      const bytes = await platform.resource(path ?? "");
      if (!bytes) throw new HttpFailure("tls", `no certificates in "${path}"`);
      text = new TextDecoder().decode(bytes);
    }
    return text;
  };
  return {
    id: `${verify} ${path ?? ""}`,
    verify: verify || !perRequest,
    ca: path !== undefined && perRequest ? ca : undefined,
    warning:
      verify || perRequest
        ? undefined
        : `ssl_no_cert_checks has no effect on ${platform.name}: certificates are checked`,
  };
}
