import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { getAlone, startProcess, urlOf } from "./process.ts";
import { target } from "./server.ts";

describe("/metrics", { skip: target === "workers" }, () => {
  it("adds up all workers", async () => {
    const server = startProcess(["--port", "0", "--workers", "2"]);
    try {
      const url = await urlOf(server);
      for (let i = 0; i < 20; i++) await getAlone(`${url}/proxy/`);
      const count = async (): Promise<number> => {
        const { body } = await getAlone(`${url}/metrics`);
        return Number(/requests_total\{service="home",status="200"\} (\d+)/.exec(body)?.[1]);
      };
      // Each worker writes its counts down once a second.
      while ((await count()) !== 20) await new Promise((resolve) => setTimeout(resolve, 100));
      assert.equal((await getAlone(`${url}/readyz`)).status, 200);
    } finally {
      await server.stop();
    }
  });
});
