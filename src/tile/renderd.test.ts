import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { testContext, testPlatform } from "../../test/platform.ts";
import { type Answer, upstream } from "../../test/upstream.ts";
import { LockTimeout, SourceError } from "../core/errors.ts";
import { createHttpClient } from "../http/create.ts";
import { renderd } from "./renderd.ts";

const ADDRESS = "http://daemon:8000";
const TILE = { x: 15, y: 17, level: 5 };

function setUp(answer: Answer | "refuse", seeding = false) {
  const bodies: unknown[] = [];
  const { fetch } = upstream();
  const platform = testPlatform({
    fetch: (async (url: unknown, init: RequestInit = {}) => {
      if (answer === "refuse") return fetch(String(url), init);
      bodies.push(JSON.parse(String(init.body)));
      return new Response(answer.body as BodyInit, { status: answer.status ?? 200 });
    }) as typeof globalThis.fetch,
  });
  const http = createHttpClient({}, platform, "renderd");
  return {
    daemon: renderd({ address: ADDRESS, http, seeding }, "wms_cache_GLOBAL_MERCATOR"),
    bodies,
  };
}

describe("renderd()", () => {
  it("asks for the main tile with the number that the reference gives it", async () => {
    for (const [seeding, priority] of [
      [false, 100],
      [true, 10],
    ] as const) {
      const { daemon, bodies } = setUp({ body: '{"status": "ok"}' }, seeding);
      await daemon.render(TILE, testContext());
      assert.deepEqual(bodies, [
        {
          command: "tile",
          id: "aeb52b506e4e82d0a1edf649d56e0451cfd5862c",
          tiles: [[15, 17, 5]],
          cache_identifier: "wms_cache_GLOBAL_MERCATOR",
          priority,
        },
      ]);
    }
  });

  it("says what the daemon said, and what kept it from answering", async () => {
    for (const [answer, expected] of [
      [{ body: '{"status": "error", "error_message": "barf"}' }, /^Error from renderd: barf$/],
      [{ body: '{"invalid' }, /^Error while communicating with renderd: invalid JSON$/],
      [{ body: "", status: 500 }, /^Error while communicating with renderd: HTTP Error/],
      ["refuse", /^Error while communicating with renderd: No response from URL/],
    ] as const) {
      await assert.rejects(setUp(answer).daemon.render(TILE, testContext()), (error) => {
        assert.ok(error instanceof SourceError);
        assert.match(error.message, expected);
        return true;
      });
    }
  });

  it("gives up as a lock does where the daemon could not get one", async () => {
    const { daemon } = setUp({ body: '{"status": "lock", "error_message": "busy"}' });
    await assert.rejects(daemon.render(TILE, testContext()), LockTimeout);
  });
});
