import { Float, type Literal, pythonFloat, pythonLiteral } from "../core/python.ts";
import { decodeXml, readXml, XmlFault } from "../core/xml-tree.ts";
import { CapabilitiesFault, parseWmsCapabilities, type WmsLayer } from "./capabilities.ts";
import { download, downloadReason, withParameters } from "./download.ts";
import { defineTool, ToolFailure } from "./tool.ts";

/** `rhumb util wms-capabilities`: the layers of a WMS in the words of a configuration. */
export const wmsCapabilities = defineTool({
  name: "wms-capabilities",
  usage: "[options] URL",
  options: {
    host: { value: "URL", about: "the WMS" },
    version: {
      value: "1.1.1|1.3.0",
      choices: ["1.1.1", "1.3.0"],
      about: "version to ask for",
      default: "1.1.1",
    },
  },
  async run({ options, words, help }, { platform, terminal }) {
    const url = options.host ?? words[0];
    if (url === undefined) {
      terminal.out(help);
      return 2;
    }
    const version = options.version ?? "1.1.1";
    const asked = withParameters(url, { service: "WMS", version, request: "GetCapabilities" });
    let bytes: Uint8Array;
    try {
      bytes = await download(asked, platform);
    } catch (error) {
      const reason = downloadReason(error);
      if (reason === undefined) throw error;
      throw new ToolFailure(1, `ERROR: ${reason}`);
    }
    const { root } = readDocument(decodeXml(bytes));
    terminal.out("# Note: This is not a valid MapProxy configuration!");
    terminal.out(`Capabilities Document Version ${version}`);
    terminal.out("Root-Layer:");
    for (const line of root.layers.flatMap((layer) => layerLines(layer, 4))) terminal.out(line);
    return 0;
  },
});

function readDocument(text: string) {
  try {
    return parseWmsCapabilities(readXml(text, { doctype: true }));
  } catch (error) {
    if (error instanceof CapabilitiesFault && error.kind === "attribute") {
      throw new ToolFailure(1, error.message);
    }
    if (error instanceof CapabilitiesFault) {
      throw new ToolFailure(1, framed(text, `Not a capabilities document: ${error.message}`));
    }
    if (error instanceof XmlFault) {
      throw new ToolFailure(1, framed(text, `Could not parse the document: ${error.message}`));
    }
    throw error;
  }
}

function framed(text: string, verdict: string): string {
  const line = "-".repeat(80);
  return `Received document:\n${line}\n${text}\n${line}\n${verdict}`;
}

/** @param indent columns of the keys; the mark of a new layer stands two before it */
function layerLines(layer: WmsLayer, indent: number): string[] {
  const legend = layer.legendUrl;
  const bboxes = Object.fromEntries([...layer.bboxes].map(([code, bbox]) => [code, floats(bbox)]));
  const hint = layer.resolutions;
  const always: [string, string][] = [
    ["queryable", pythonLiteral(layer.queryable)],
    ["opaque", pythonLiteral(layer.opaque)],
    ["abstract", layer.abstract ?? ""],
    ["res_hint", hint ? `(${pythonFloat(hint.min)}, ${pythonFloat(hint.max)})` : ""],
    ["bbox_srs", pythonLiteral(bboxes)],
    ["legend", legend === undefined ? "" : pythonLiteral({ url: legend })],
  ];
  const known: [string, string | undefined][] = [
    ["name", layer.name],
    ["title", layer.title],
    ["url", layer.url],
    ["srs", layer.srs.length > 0 ? pythonLiteral(layer.srs) : undefined],
    ["llbbox", layer.llbbox && pythonLiteral(floats(layer.llbbox))],
  ];
  const lines = [...known.filter(([, value]) => value !== undefined), ...always].map(
    ([key, value], i) =>
      `${" ".repeat(i === 0 ? indent - 2 : indent)}${i === 0 ? "- " : ""}${key}: ${value}`,
  );
  if (layer.layers.length > 0) lines.push(`${" ".repeat(indent)}layers: `);
  return [...lines, ...layer.layers.flatMap((child) => layerLines(child, indent + 4))];
}

function floats(bbox: readonly number[]): Literal {
  return bbox.map((value) => new Float(value));
}
