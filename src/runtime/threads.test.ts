import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { imageOptions } from "../../test/pictures.ts";
import { encodeSomewhere } from "../image/paint.ts";
import { encodePng } from "../image/png-encode.ts";
import { newView } from "../image/view.ts";
import { spareCores, workerThreads } from "./threads.ts";

describe("spareCores()", () => {
  it("divides the cores among the processes, and leaves each a thread", () => {
    assert.equal(spareCores(1, 8), 7);
    assert.equal(spareCores(4, 8), 1);
    assert.equal(spareCores(3, 16), 4);
    assert.equal(spareCores(2, 2), 1);
    assert.equal(spareCores(8, 2), 1);
  });
});

describe("workerThreads()", () => {
  const view = newView([600, 600], 3);
  for (let i = 0; i < view.data.length; i++) view.data[i] = (i >> 6) & 255;
  const drawing = { kind: "file", bytes: encodePng(view), size: [600, 600] } as const;
  const job = { drawing, wanted: imageOptions({ format: "jpeg" }), geo: undefined };

  it("draws in a thread what is drawn here, several at a time", async () => {
    const threads = workerThreads(2);
    const here = await encodeSomewhere(job, undefined);
    const there = await Promise.all(Array.from({ length: 6 }, () => encodeSomewhere(job, threads)));
    for (const { bytes, format } of there) {
      assert.equal(format, "jpeg");
      assert.ok(Buffer.from(bytes).equals(here.bytes));
    }
  });

  it("fails a task whose input makes the thread throw, and goes on", async () => {
    const threads = workerThreads(1);
    await assert.rejects(threads.run("paint", {}), /Cannot finish in a thread/);
    assert.equal((await encodeSomewhere(job, threads)).format, "jpeg");
  });
});
