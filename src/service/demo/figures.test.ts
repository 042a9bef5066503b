import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { countCell, scaleCell, sizeCell } from "./figures.ts";

describe("cells of tables", () => {
  it("show six digits of a size, and tell the whole number", () => {
    assert.equal(
      sizeCell(156543.03392804097).text,
      '<td class="number" title="156543.03392804097">156543</td>',
    );
    assert.match(sizeCell(78271.51696402048).text, />78271\.5</);
    assert.match(sizeCell(0.000002682209014892578).text, />2\.68221e-6</);
    assert.match(sizeCell(0.703125).text, />0\.703125</);
  });

  it("group the digits of scales and counts", () => {
    assert.match(scaleCell(559082264.0287178).text, />559\u202f082\u202f264</);
    assert.match(scaleCell(0.5).text, />0\.5</);
    assert.match(countCell([1, 524288]).text, />1 × 524\u202f288</);
  });
});
