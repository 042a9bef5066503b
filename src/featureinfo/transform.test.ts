import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { SourceError } from "../core/errors.ts";
import { transformInfo } from "./transform.ts";
import { joinXml } from "./tree.ts";

const sheet = (body: string, before = "") =>
  `<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">${before}<xsl:template match="/">${body}</xsl:template></xsl:stylesheet>`;

describe("transformInfo()", () => {
  it("services-wms 48: makes XML or HTML of XML", async () => {
    const document = { type: "xml", text: "<a><b>1 &lt; 2</b></a>" } as const;
    const body = '<p><xsl:value-of select="/a/b"/></p>';
    for (const type of ["xml", "html"] as const) {
      const result = await transformInfo(document, sheet(body), type);
      assert.deepEqual(result, { type, text: "<p>1 &lt; 2</p>" });
    }
  });

  it("T7: text of the document never becomes markup", async () => {
    const document = { type: "xml", text: "<a>&lt;script&gt;x()&lt;/script&gt;</a>" } as const;
    const { text } = await transformInfo(
      document,
      sheet('<p><xsl:value-of select="/a"/></p>'),
      "html",
    );
    assert.ok(!text.includes("<script"), text);
  });

  it("T1: a stylesheet loads nothing", async () => {
    const document = { type: "xml", text: "<a/>" } as const;
    const before = '<xsl:import href="http://169.254.169.254/latest"/>';
    await assert.rejects(transformInfo(document, sheet("<p/>", before), "xml"), SourceError);
  });

  it("T2: a document with a document type is not read", async () => {
    const text = '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>';
    await assert.rejects(transformInfo({ type: "xml", text }, sheet("<p/>"), "xml"), SourceError);
  });
});

describe("joinXml()", () => {
  it("services-wms 47: re-serialises without declaration, and moves namespaces along", () => {
    const texts = [
      '<?xml version="1.0"?><r xmlns="u" xmlns:a="1"><a:x/></r>',
      '<q xmlns:a="2" xmlns:b="3"><a:y/><b:z n="&quot;"/></q>',
    ];
    assert.equal(
      joinXml(texts),
      '<r xmlns="u" xmlns:a="1"><a:x/><a:y xmlns:a="2" xmlns:b="3" xmlns=""/><b:z xmlns:a="2" xmlns:b="3" xmlns="" n="&quot;"/></r>',
    );
    assert.equal(joinXml(["", "<a", "<b><![CDATA[<c>]]></b>"]), "<b>&lt;c&gt;</b>");
    assert.equal(joinXml(["nothing"]), "");
  });
});
