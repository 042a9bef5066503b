/**
 * Documents against the official DTDs and schemas, offline. They are not copied: Debian's package
 * `python3-mapproxy`, which `mapproxy` brings, has them among its tests.
 */
import { access, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { needs, run, scratch } from "./programs.ts";

export const SCHEMAS = "/usr/share/python3-mapproxy/test/schemas";

/** Every URL that documents name, to a file. */
const CATALOG = `<?xml version="1.0"?>
<catalog xmlns="urn:oasis:names:tc:entity:xmlns:xml:catalog">
  <system systemId="http://schemas.opengis.net/wms/1.0.0/WMS_MS_Capabilities.dtd" uri="file://${SCHEMAS}/wms/1.0.0/capabilities_1_0_0.dtd"/>
  <rewriteSystem systemIdStartString="http://schemas.opengis.net/" rewritePrefix="file://${SCHEMAS}/"/>
  <rewriteURI uriStartString="http://schemas.opengis.net/" rewritePrefix="file://${SCHEMAS}/"/>
  <rewriteURI uriStartString="http://inspire.ec.europa.eu/schemas/" rewritePrefix="file://${SCHEMAS}/inspire/"/>
</catalog>`;

/** What `describe` needs to skip a suite; in CI nothing is skipped. */
export async function needsSchemas(): Promise<{ skip: string | false }> {
  const hasSchemas = await access(SCHEMAS).then(
    () => true,
    () => !!process.env.CI,
  );
  return hasSchemas ? await needs("xmllint") : { skip: "no schemas: install mapproxy" };
}

/** Checks documents; each check fails with what xmllint says. */
export interface Linter {
  /** Against the DTD that the document names. */
  byDtd(document: string): Promise<void>;
  /** @param schema its path, relative to {@linkcode SCHEMAS} unless it is absolute */
  bySchema(document: string, schema: string): Promise<void>;
  /** Path of a file of one's own, for schemas that import others. */
  write(name: string, text: string): Promise<string>;
  dispose(): Promise<void>;
}

/** Starts nothing yet: xmllint runs once a document. */
export async function linter(): Promise<Linter> {
  const folder = await scratch();
  const write = async (name: string, text: string): Promise<string> => {
    const path = join(folder.path, name);
    await writeFile(path, text);
    return path;
  };
  const catalog = await write("catalog.xml", CATALOG);
  const lint = async (document: string, options: readonly string[]): Promise<void> => {
    const file = await write("document.xml", document);
    await run("xmllint", ["--noout", "--nonet", ...options, file], { XML_CATALOG_FILES: catalog });
  };
  return {
    byDtd: (document) => lint(document, ["--valid"]),
    bySchema: (document, schema) =>
      lint(document, ["--schema", schema.startsWith("/") ? schema : join(SCHEMAS, schema)]),
    write,
    dispose: folder.dispose,
  };
}
