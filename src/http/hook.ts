import { within } from "../core/async.ts";
import { concat } from "../core/bytes.ts";
import type { Platform } from "../platform/platform.ts";

export interface HookCall {
  /** Of the service; trusted, it comes from the configuration. */
  readonly url: string;
  /** Sent as JSON. */
  readonly body: unknown;
  /** ms for all of it: a service that hangs is no answer. */
  readonly timeout: number;
  /** Longest answer in bytes. */
  readonly maxBytes: number;
  /** Aborts when the client of the request has gone. */
  readonly signal: AbortSignal;
}

/**
 * Asks a service of the operator: POST of JSON.
 *
 * @throws Error if there is no answer in time, or it is too long; redirects are not followed
 */
export async function callHook(
  { url, body, timeout, maxBytes, signal }: HookCall,
  { fetch }: Pick<Platform, "fetch">,
): Promise<{ readonly status: number; readonly bytes: Uint8Array }> {
  const limit = AbortSignal.any([signal, AbortSignal.timeout(timeout)]);
  return await within(limit, async () => {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify(body),
      redirect: "error",
      signal: limit,
    });
    const parts: Uint8Array[] = [];
    let length = 0;
    for await (const part of response.body ?? []) {
      length += part.length;
      // leaving the loop cancels the body
      if (length > maxBytes) throw new Error(`the answer is longer than ${maxBytes} bytes`);
      parts.push(part);
    }
    return { status: response.status, bytes: concat(parts) };
  });
}
