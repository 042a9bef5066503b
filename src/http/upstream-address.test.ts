import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { silentLog, testContext, testPlatform } from "../../test/platform.ts";
import { ConfigError, SourceError } from "../core/errors.ts";
import { createHttpClient } from "./create.ts";

/** What names stand for, and what was asked. */
function clientOf(allowed: readonly string[] | undefined, names: Record<string, string[]>) {
  const asked: string[] = [];
  const logged: string[] = [];
  const platform = testPlatform({
    fetch: (async (url: unknown) => {
      asked.push(String(url));
      return new Response("x");
    }) as typeof fetch,
    resolveHost: async (host) => {
      const addresses = names[host] ?? (/^[\d.:a-f]+$/.test(host) ? [host] : undefined);
      if (!addresses) throw new Error("ENOTFOUND");
      return addresses;
    },
  });
  const options = { upstream_networks: allowed, hide_error_details: false };
  const client = createHttpClient(options, platform, "s");
  const ctx = { ...testContext(), log: silentLog };
  return { asked, logged, names, get: (url: string) => client.request(url, {}, ctx) };
}

const refused = (error: unknown) =>
  error instanceof SourceError && /http\.upstream_networks does not allow/.test(error.detail);

describe("threats T1: http.upstream_networks", () => {
  it("allows servers by their addresses, whatever their names are", async () => {
    const { get, asked } = clientOf(["10.1.0.0/16", "2001:db8::/32"], {
      "maps.example": ["10.1.2.3"],
      "six.example": ["2001:db8::1"],
      "inside.example": ["169.254.169.254"],
      "both.example": ["10.1.2.3", "127.0.0.1"],
    });
    await get("http://maps.example/wms");
    await get("http://six.example/wms");
    await get("http://10.1.255.1/wms");
    assert.equal(asked.length, 3);
    for (const host of [
      ...["inside.example", "both.example", "127.0.0.1", "0x7f.1", "2130706433", "[::1]"],
      "[::ffff:127.0.0.1]",
    ]) {
      await assert.rejects(get(`http://${host}/wms`), refused, host);
    }
    assert.equal(asked.length, 3);
  });

  it("notices that a name means another address than before (DNS rebinding)", async () => {
    const client = clientOf(["10.0.0.0/8"], { "maps.example": ["10.1.2.3"] });
    await client.get("http://maps.example/");
    client.names["maps.example"] = ["127.0.0.1"];
    await assert.rejects(client.get("http://maps.example/"), refused);
    assert.equal(client.asked.length, 1);
  });

  it("a name without an address is a server that does not answer", async () => {
    const { get } = clientOf(["*"], {});
    await assert.rejects(get("http://nowhere.example/"), /No response from URL.*ENOTFOUND/);
  });

  it("allows any address where nothing is configured, and looks nothing up", async () => {
    const { get, asked } = clientOf(undefined, {});
    await get("http://anything.example/");
    assert.equal(asked.length, 1);
  });

  it("is a fault where the runtime does not tell addresses", () => {
    const { resolveHost: _, ...platform } = testPlatform();
    assert.throws(
      () => createHttpClient({ upstream_networks: ["*"] }, platform as never, "s"),
      ConfigError,
    );
  });
});
