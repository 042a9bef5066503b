import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { InfoDocument } from "../model/source.ts";
import { documentType, mergeInfo } from "./merge.ts";
import { parseXml } from "./tree.ts";

const merged = (type: InfoDocument["type"], ...texts: string[]) =>
  mergeInfo(texts.map((text) => ({ type, text }))).document.text;

describe("mergeInfo()", () => {
  it("services-wms 47: joins text by line breaks, without empty ones", () => {
    assert.equal(merged("text", "a", " ", "b"), "a\nb");
  });
  it("services-wms 47: puts what later XML holds into the first root", () => {
    assert.equal(
      merged("xml", "<a><b/></a>", '<x><c d="1">t &amp; u</c></x>'),
      '<a><b/><c d="1">t &amp; u</c></a>',
    );
  });
  it("leaves XML out that cannot be read", () => {
    assert.equal(merged("xml", "<a/>", "<b", "<c><d/></c>"), "<a><d/></a>");
  });
  it("services-wms 47: completes HTML and joins the bodies", () => {
    assert.equal(
      merged("html", "<p>one</p>", "<html><body><p>two</p></body></html>", "three"),
      "<html><body><p>one</p><p>two</p>three</body></html>",
    );
  });
  it("services-wms 47: merges JSON deeply", () => {
    assert.equal(
      merged("json", '{"a": [1], "b": {"c": 1}}', "{}", '{"a": [2], "b": {"d": "é"}}'),
      '{"a": [1, 2], "b": {"c": 1, "d": "\\u00e9"}}',
    );
  });
  it("is an empty object where no JSON says anything", () =>
    assert.equal(merged("json", "null", "{}"), "{}"));
  it("sources 52, services-wms 48: documents of different types become text", () => {
    const { document, isMixed } = mergeInfo([
      { type: "text", text: "a" },
      { type: "html", text: "<p>b</p>" },
    ]);
    assert.deepEqual([document, isMixed], [{ type: "text", text: "a\n<p>b</p>" }, true]);
  });
});

describe("documentType()", () => {
  it("does not look at parameters", () =>
    assert.equal(documentType("text/HTML; charset=utf-8"), "html"));
  it("knows GML", () => assert.equal(documentType("application/vnd.ogc.gml"), "xml"));
});

describe("parseXml()", () => {
  it("T2: refuses document types, so that no entity is ever expanded", () => {
    const bomb = '<!DOCTYPE a [<!ENTITY b "bb"><!ENTITY c "&b;&b;">]><a>&c;</a>';
    assert.equal(parseXml(bomb), undefined);
    assert.equal(parseXml('<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>'), undefined);
  });
  it("T2: refuses endless nesting", () => assert.equal(parseXml("<a>".repeat(100_000)), undefined));
});
