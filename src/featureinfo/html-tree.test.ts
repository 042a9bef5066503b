import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { readHtml } from "./html-tree.ts";
import { writeXml } from "./tree.ts";

const read = (text: string) => {
  const root = readHtml(text);
  return root && writeXml(root);
};

describe("readHtml()", () => {
  it("completes what is missing", () => {
    assert.equal(read("info"), "<html><body>info</body></html>");
    assert.equal(
      read("<body><h1>Hello<p>Bar3"),
      "<html><body><h1>Hello</h1><p>Bar3</p></body></html>",
    );
    assert.equal(
      read(
        "<!DOCTYPE html><HTML><head><title>a &amp; b</title></head><BODY class=x>c<br>d</BODY></HTML>",
      ),
      '<html><head><title>a &amp; b</title></head><body class="x">c<br/>d</body></html>',
    );
  });

  it("ends rows, cells and items by the next ones, but not those of a table around", () => {
    assert.equal(
      read("<table><tr><td>1<td><table><tr><td>2</table><tr><td>3</table>"),
      "<html><body><table><tr><td>1</td><td><table><tr><td>2</td></tr></table></td></tr><tr><td>3</td></tr></table></body></html>",
    );
    assert.equal(
      read("<ul><li>a<ul><li>b</ul><li>c</ul>"),
      "<html><body><ul><li>a<ul><li>b</li></ul></li><li>c</li></ul></body></html>",
    );
  });

  it("reads attributes in all spellings, entities, comments and scripts", () => {
    assert.equal(
      read(
        `<a HREF='x?a&amp;b' title="&lt;" rel=y disabled xmlns="z">&#65;&#x42;&nope;</a><!-- <p> --><script>1 < 2</script>`,
      ),
      '<html><body><a href="x?a&amp;b" title="&lt;" rel="y" disabled="">AB&amp;nope;</a><script>1 &lt; 2</script></body></html>',
    );
  });

  it("T2: is bounded in depth and size, and takes time in proportion", () => {
    for (const piece of [
      "<div>",
      "<p",
      "<a b='",
      "</div>",
      "<!--",
      "<script>",
      "&#x",
      "<a =",
      "<li><p>",
    ]) {
      const root = readHtml(piece.repeat(50_000));
      assert.ok(root === undefined || writeXml(root).length > 0, piece);
    }
    assert.equal(readHtml("<i>".repeat(200_001)), undefined);
  });
});
