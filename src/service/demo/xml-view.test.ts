import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { xml } from "../../core/xml.ts";
import { xmlView } from "./xml-view.ts";

const shown = (document: string) => xml`${xmlView(document)}`.text;
const plain = (document: string) => shown(document).replace(/<\/?span.*?>/g, "");

describe("xmlView()", () => {
  it("shows each line as far in as its element is deep", () => {
    const document = `<?xml version="1.0"?>
<!DOCTYPE a SYSTEM "a.dtd">
<a>
<b/>
      <c x="1">text</c>

<d><e><f/>
</e></d>
<!-- end -->
</a>
`;
    const expected = `<?xml version="1.0"?>
<!DOCTYPE a SYSTEM "a.dtd">
<a>
  <b/>
  <c x="1">text</c>
  <d><e><f/>
  </e></d>
  <!-- end -->
</a>`;
    assert.equal(plain(document), xml`${expected}`.text);
  });

  it("T7: escapes all of the document, and colours its tags", () => {
    assert.equal(
      shown("<a>&lt;script&gt;</a>"),
      '<span class="tag">&lt;a&gt;</span>&amp;lt;script&amp;gt;<span class="tag">&lt;/a&gt;</span>',
    );
  });

  it("shows what is no XML, or broken, as it is", () => {
    assert.equal(plain("internal error\n  at x"), "internal error\n  at x");
    assert.equal(plain("</a>\n</b>\n<c>"), xml`${"</a>\n</b>\n<c>"}`.text);
    assert.equal(plain("<a\n<b"), xml`${"<a\n<b"}`.text);
  });

  it("T10: takes linear time", () => {
    for (const part of ["<", "<a", "<a>", "</a>", "\n", "<a>\n", " "]) {
      const long = `<${part.repeat(100_000)}`;
      assert.ok(shown(long).length > 0);
    }
  });
});
