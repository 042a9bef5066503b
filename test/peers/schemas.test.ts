/**
 * Documents of WMS against the official DTDs and schemas. They are not copied: Debian's package
 * `python3-mapproxy`, which `mapproxy` brings, has them among its tests.
 */
import { access, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { type Quarry, quarry } from "../quarry.ts";
import { capabilitiesQuery, mapQuery, richWms } from "../wms-service.ts";
import { needs, run, scratch } from "./programs.ts";

const SCHEMAS = "/usr/share/python3-mapproxy/test/schemas";

/** Every URL that documents name, to a file. */
const CATALOG = `<?xml version="1.0"?>
<catalog xmlns="urn:oasis:names:tc:entity:xmlns:xml:catalog">
  <system systemId="http://schemas.opengis.net/wms/1.0.0/WMS_MS_Capabilities.dtd" uri="file://${SCHEMAS}/wms/1.0.0/capabilities_1_0_0.dtd"/>
  <rewriteSystem systemIdStartString="http://schemas.opengis.net/" rewritePrefix="file://${SCHEMAS}/"/>
  <rewriteURI uriStartString="http://schemas.opengis.net/" rewritePrefix="file://${SCHEMAS}/"/>
  <rewriteURI uriStartString="http://inspire.ec.europa.eu/schemas/" rewritePrefix="file://${SCHEMAS}/inspire/"/>
</catalog>`;

/** Schemas that import all namespaces of a document: the elements of one stand in for those of another. */
const together = (...imports: readonly (readonly [namespace: string, file: string])[]) =>
  `<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">${imports
    .map(([name, file]) => `<xs:import namespace="${name}" schemaLocation="${SCHEMAS}/${file}"/>`)
    .join("")}</xs:schema>`;
const WMS = ["http://www.opengis.net/wms", "wms/1.3.0/capabilities_1_3_0.xsd"] as const;
const SLD = ["http://www.opengis.net/sld", "sld/1.1.0/sld_capabilities.xsd"] as const;
const VIEW = [
  "http://inspire.ec.europa.eu/schemas/inspire_vs/1.0",
  "inspire/inspire_vs/1.0/inspire_vs.xsd",
] as const;

const INSPIRE = `    inspire_md:
      type: linked
      metadata_url: {url: "http://example.org/md", media_type: "application/vnd.iso.19139+xml"}
      languages: {default: eng}`;

const hasSchemas = await access(SCHEMAS).then(
  () => true,
  () => !!process.env.CI,
);
const tools = hasSchemas ? await needs("xmllint") : { skip: "no schemas: install mapproxy" };

describe("documents against the official schemas", tools, () => {
  let folder: Awaited<ReturnType<typeof scratch>>;
  before(async () => {
    folder = await scratch();
    await writeFile(join(folder.path, "catalog.xml"), CATALOG);
    await writeFile(join(folder.path, "wms.xsd"), together(WMS, SLD));
    await writeFile(join(folder.path, "view.xsd"), together(WMS, SLD, VIEW));
  });
  after(() => folder.dispose());

  async function lint(response: Response, options: readonly string[]): Promise<void> {
    const file = join(folder.path, "document.xml");
    await writeFile(file, await response.text());
    await run("xmllint", ["--noout", "--nonet", ...options, file], {
      XML_CATALOG_FILES: join(folder.path, "catalog.xml"),
    });
  }
  const byDtd = (response: Response) => lint(response, ["--valid"]);
  const bySchema = (response: Response, schema: string) => lint(response, ["--schema", schema]);

  for (const version of ["1.0.0", "1.1.0", "1.1.1"]) {
    it(`services-wms 9: capabilities of ${version} are valid by the DTD, with legends and dimensions`, async () => {
      const { get } = await quarry("    strict_ogc: true");
      await byDtd(await get(capabilitiesQuery(version)));
    });
  }

  it("services-wms 9, 21: so are those with tile sets", async () => {
    const { get } = await quarry("    strict_ogc: true");
    for (const version of ["1.1.0", "1.1.1"]) {
      await byDtd(await get(capabilitiesQuery(version, "&TILED=true")));
    }
  });

  it("services-wms 9, cite wms130 getcapabilities:normative-schema, validate-using-schemaLocation: capabilities of 1.3.0 are valid by the schema", async () => {
    for (const options of ["", "    strict_ogc: true"]) {
      const { get } = await quarry(options);
      await bySchema(await get(capabilitiesQuery("1.3.0")), join(folder.path, "wms.xsd"));
    }
  });

  it("services-wms 9, 22: those with INSPIRE metadata are valid by the schema of view services", async () => {
    const { get } = await quarry(INSPIRE);
    await bySchema(await get(capabilitiesQuery("1.3.0")), join(folder.path, "view.xsd"));
  });

  it("services-wms 9: so are documents with all metadata that a layer can have, in every version", async () => {
    const { get } = await richWms({ strict_ogc: true });
    for (const version of ["1.0.0", "1.1.0", "1.1.1"]) {
      await byDtd(await get(capabilitiesQuery(version)));
    }
    await bySchema(await get(capabilitiesQuery("1.3.0")), join(folder.path, "wms.xsd"));
  });

  it("cite wms111 basic_elements-validate-exception, cite wms130 getmap:exceptions-xml", async () => {
    const server: Quarry = await quarry();
    for (const LAYERS of ["none", "<&>\"'"]) {
      await byDtd(await server.get(mapQuery("1.1.0", { LAYERS })));
      await byDtd(await server.get(mapQuery("1.1.1", { LAYERS })));
      const newest = await server.get(mapQuery("1.3.0", { LAYERS }));
      await bySchema(newest, `${SCHEMAS}/wms/1.3.0/exceptions_1_3_0.xsd`);
    }
  });
});
