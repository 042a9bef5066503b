import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { gate, locksContract } from "../../../test/contract/locks.ts";
import type { DurableObjectNamespace } from "../edge/bindings.ts";
import { durableObjectLocks, TileLock } from "./durable-object.ts";

/** A namespace in memory: one object a name, reached by fetch as in a Worker. */
function namespace(lose: (path: string) => boolean = () => false): DurableObjectNamespace {
  const objects = new Map<string, TileLock>();
  return {
    idFromName: (name) => name,
    get(id) {
      const name = id as string;
      const object = objects.get(name) ?? new TileLock();
      objects.set(name, object);
      return {
        async fetch(input, init) {
          const request = new Request(input, init);
          if (lose(new URL(request.url).pathname)) throw new Error("Durable Object reset");
          return await object.fetch(request);
        },
      };
    },
  };
}

locksContract("durableObjectLocks()", async () => {
  const shared = namespace();
  return [durableObjectLocks(shared), durableObjectLocks(shared)];
});

describe("durableObjectLocks()", () => {
  it("does the work without a lock where the object is out of reach", async () => {
    const locks = durableObjectLocks(namespace(() => true));
    assert.equal(await locks.withLock("a", 1000, async () => 7), 7);
  });

  it("asks once more when the object was evicted while we waited", async () => {
    let losses = 0;
    const shared = namespace((path) => path === "/acquire" && ++losses === 1);
    const [one, other] = [durableObjectLocks(shared), durableObjectLocks(shared)];
    const inside = gate();
    const order: string[] = [];
    const first = one.withLock("a", 1000, async () => {
      inside.open();
      await new Promise((done) => setTimeout(done, 20));
      order.push("first");
    });
    await inside.opened;
    await other.withLock("a", 1000, async () => void order.push("second"));
    await first;
    assert.deepEqual(order, ["first", "second"]);
  });

  it("keeps the answer of the work when the lock cannot be given back", async () => {
    const locks = durableObjectLocks(namespace((path) => path === "/release"));
    assert.equal(await locks.withLock("a", 1000, async () => 7), 7);
  });
});

describe("TileLock", () => {
  const post = (object: TileLock, path: string) =>
    object.fetch(new Request(`https://lock${path}`, { method: "POST" }));

  it("gives the lock on when the owner does not renew its lease", async () => {
    const object = new TileLock();
    const gone = await post(object, "/acquire?wait=0&lease=10");
    const next = await post(object, "/acquire?wait=5000&lease=1000");
    assert.equal(next.status, 200);
    const token = await gone.text();
    assert.equal((await post(object, `/renew?token=${token}&lease=1000`)).status, 410);
    await post(object, `/release?token=${token}`);
    const third = await post(object, "/acquire?wait=0&lease=1000");
    assert.equal(third.status, 409, "the late owner has not released the lock of another");
    await post(object, `/release?token=${await next.text()}`);
  });

  it("keeps a lock that is renewed", async () => {
    const object = new TileLock();
    const token = await (await post(object, "/acquire?wait=0&lease=40")).text();
    for (let i = 0; i < 4; i++) {
      await new Promise((done) => setTimeout(done, 15));
      assert.equal((await post(object, `/renew?token=${token}&lease=40`)).status, 204);
    }
    assert.equal((await post(object, "/acquire?wait=0&lease=40")).status, 409);
    await post(object, `/release?token=${token}`);
  });
});
