import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { testContext } from "../../test/platform.ts";
import { mapQuery, sourceDeps } from "../../test/source-deps.ts";
import type { Source } from "../model/source.ts";
import { debugSource, debugText } from "./debug.ts";

describe("debug source", () => {
  it("sources 60: tells bbox and resolution", () => {
    assert.equal(
      debugText({ bbox: [5, 50, 10.5, 55], size: [256, 256] }),
      "bbox: (5, 50, 10.5, 55)\nres: 0.02148438(0.01953125)",
    );
  });

  it("sources 60: answers a transparent picture with some text, of the size asked for", async () => {
    const source = debugSource.create({ type: "debug" }, sourceDeps(undefined)) as Source;
    const result = await source.map?.get(mapQuery({ size: [300, 100] }), testContext());
    const picture = result?.picture;
    assert.ok(picture?.kind === "raster");
    const { width, height, data } = picture.view;
    assert.deepEqual([width, height], [300, 100]);
    const alphas = data.filter((_, i) => i % 4 === 3);
    assert.ok(alphas.some((alpha) => alpha > 0) && alphas.at(-1) === 0);
    assert.equal(source.map?.metaTiles, false);
    assert.equal(source.map?.isOpaque(mapQuery()), false);
  });
});
