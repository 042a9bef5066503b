import { SourceError } from "../core/errors.ts";
import type { InfoDocument } from "../model/source.ts";
import { readHtml } from "./html-tree.ts";
import { parseXml, writeXml } from "./tree.ts";

/**
 * Applies a stylesheet (XSLT 1.0) to a document about features.
 *
 * Nothing is fetched on its behalf: stylesheets that import others fail, and documents with a
 * document type are not read at all.
 *
 * @param stylesheet its text
 * @param outFormat what the result is
 * @throws SourceError if the document is no XML, or too large HTML, or the stylesheet cannot be applied to it
 */
export async function transformInfo(
  document: InfoDocument,
  stylesheet: string,
  outFormat: "xml" | "html",
): Promise<InfoDocument> {
  const root = document.type === "html" ? readHtml(document.text) : parseXml(document.text);
  if (!root) throw fault("the document is no XML or HTML that could be read");
  // The library is large and used by few: it is loaded with the first stylesheet that is applied.
  const { Xslt, XmlParser } = await import("xslt-processor");
  const parser = new XmlParser();
  const xslt = new Xslt({
    outputMethod: outFormat,
    // Off unless said: text of the document would come out as markup.
    escape: true,
    fetchFunction: (uri) => Promise.reject(new Error(`stylesheets may not load ${uri}`)),
  });
  try {
    const text = await xslt.xsltProcess(
      parser.xmlParse(writeXml(root)),
      parser.xmlParse(stylesheet),
    );
    return { type: outFormat, text };
  } catch (cause) {
    throw fault((cause as Error).message, cause);
  }
}

function fault(detail: string, cause?: unknown): SourceError {
  const message = "Cannot transform feature information (see logs for the reason).";
  return new SourceError("featureinfo_xslt", message, { url: "", detail, cause });
}
