import { ConfigError } from "../core/errors.ts";
import type { Platform } from "../platform/platform.ts";
import { HttpFailure } from "./failure.ts";
import { networks } from "./networks.ts";

/**
 * Refuses servers whose addresses lie outside of some networks, whatever their names mean today (threats T1). A name is
 * looked up before each request: what it means a moment later, when the runtime connects, may be something else.
 *
 * @param allowed `undefined`: any address
 * @returns throws HttpFailure for a server that may not be asked; `undefined`: all may
 * @throws ConfigError if the runtime does not tell addresses
 */
export function addressCheck(
  allowed: readonly string[] | undefined,
  { name, resolveHost }: Pick<Platform, "name" | "resolveHost">,
): ((target: URL) => Promise<void>) | undefined {
  if (allowed === undefined) return undefined;
  if (!resolveHost) {
    const message = `Cannot look at the addresses of servers on ${name}`;
    throw new ConfigError([{ path: "http.upstream_networks", message, severity: "error" }]);
  }
  const isAllowed = networks(allowed);
  return async ({ hostname }) => {
    const host = hostname.replace(/^\[|\]$/g, "");
    const addresses = await resolveHost(host).catch((error) => {
      throw new HttpFailure("network", `${host} has no address: ${(error as Error).message}`);
    });
    const wrong = addresses.find((address) => !isAllowed(address));
    if (wrong !== undefined) {
      const reason = `${host} has the address ${wrong}, which http.upstream_networks does not allow`;
      throw new HttpFailure("network", reason);
    }
  };
}
