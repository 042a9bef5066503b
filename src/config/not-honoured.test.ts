import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { loadText } from "../../test/config.ts";

const text = (globals: string) => `
services: {wms: {}}
layers: [{name: a, title: A, sources: [s]}]
sources: {s: {type: debug}}
globals: ${globals}
`;

describe("options that have no effect", () => {
  for (const [option, globals] of Object.entries({
    "globals.srs.axis_order_ne": "{srs: {axis_order_ne: ['EPSG:31467']}}",
    "globals.srs.axis_order_en": "{srs: {axis_order_en: ['EPSG:4326']}}",
    "globals.image.font_dir": "{image: {font_dir: /x}}",
  })) {
    it(`${option} is told of`, async () => {
      const { warnings } = await loadText(text(globals));
      assert.deepEqual(
        warnings.map(({ path }) => path),
        [option],
      );
      assert.match(warnings[0]?.message ?? "", /Has no effect/);
    });
  }

  it("are not told of where they are not set", async () => {
    assert.deepEqual((await loadText(text("{}"))).warnings, []);
  });
});
