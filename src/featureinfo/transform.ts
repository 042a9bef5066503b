import type { InfoDocument } from "../model/source.ts";

/**
 * Applies a stylesheet (XSLT 1.0) to a document about features.
 *
 * The library is loaded with the first stylesheet that is used. It fetches nothing: stylesheets that
 * import others are refused by it.
 *
 * @param stylesheet its text
 * @param outFormat what the result is
 * @throws Error if the stylesheet or the document cannot be read
 */
export async function transformInfo(
  document: InfoDocument,
  stylesheet: string,
  outFormat: "xml" | "html",
): Promise<InfoDocument> {
  const { Xslt, XmlParser } = await import("xslt-processor");
  const parser = new XmlParser();
  const xslt = new Xslt({ outputMethod: outFormat });
  const text = await xslt.xsltProcess(parser.xmlParse(document.text), parser.xmlParse(stylesheet));
  return { type: outFormat, text };
}
