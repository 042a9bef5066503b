/** Documents of WMS and WMTS against the official DTDs and schemas. */
import { after, before, describe, it } from "node:test";
import { wmtsService } from "../../src/service/wmts/index.ts";
import { type Quarry, quarry } from "../quarry.ts";
import { fakeTiles, gridOf, routed, serviceDeps, started } from "../tile-service.ts";
import { capabilitiesQuery, mapQuery, richWms } from "../wms-service.ts";
import { type Linter, linter, needsSchemas, SCHEMAS } from "./xmllint.ts";

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

const tools = await needsSchemas();

describe("WMS documents against the official schemas", tools, () => {
  let lint: Linter;
  let wms: string;
  let view: string;
  before(async () => {
    lint = await linter();
    wms = await lint.write("wms.xsd", together(WMS, SLD));
    view = await lint.write("view.xsd", together(WMS, SLD, VIEW));
  });
  after(() => lint.dispose());

  const byDtd = async (response: Response) => lint.byDtd(await response.text());
  const bySchema = async (response: Response, schema: string) =>
    lint.bySchema(await response.text(), schema);

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
      await bySchema(await get(capabilitiesQuery("1.3.0")), wms);
    }
  });

  it("services-wms 9, 22: those with INSPIRE metadata are valid by the schema of view services", async () => {
    const { get } = await quarry(INSPIRE);
    await bySchema(await get(capabilitiesQuery("1.3.0")), view);
  });

  it("services-wms 9: so are documents with all metadata that a layer can have, in every version", async () => {
    const { get } = await richWms({ strict_ogc: true });
    for (const version of ["1.0.0", "1.1.0", "1.1.1"]) {
      await byDtd(await get(capabilitiesQuery(version)));
    }
    await bySchema(await get(capabilitiesQuery("1.3.0")), wms);
  });

  it("cite wms111 basic_elements-validate-exception, cite wms130 getmap:exceptions-xml", async () => {
    const server: Quarry = await quarry();
    for (const LAYERS of ["none", "<&>\"'"]) {
      await byDtd(await server.get(mapQuery("1.1.0", { LAYERS })));
      await byDtd(await server.get(mapQuery("1.1.1", { LAYERS })));
      const newest = await server.get(mapQuery("1.3.0", { LAYERS }));
      await bySchema(newest, "wms/1.3.0/exceptions_1_3_0.xsd");
    }
  });
});

describe("WMTS documents against the official schemas", tools, () => {
  let lint: Linter;
  before(async () => {
    lint = await linter();
  });
  after(() => lint.dispose());

  const KVP = "/service?service=WMTS&request=GetCapabilities";
  const REST = "/wmts/1.0.0/WMTSCapabilities.xml";
  const METADATA = {
    title: "Tiles & more",
    abstract: "<all>",
    keyword_list: [{ vocabulary: "GEMET", keywords: ["one", "two"] }, { keywords: ["three"] }],
    fees: "none",
    access_constraints: "as you like",
    online_resource: "http://example.org/?a&b",
    contact: {
      ...{ person: "Ada", organization: "Us", position: "Head", email: "ada@example.org" },
      ...{ address: "1 Street", city: "Town", state: "State", postcode: "123", country: "XY" },
      ...{ phone: "1", fax: "2" },
    },
  };
  const infos = [
    { coverage: undefined, getInfo: async () => ({ type: "text", text: "x" }) as const },
  ];
  const dimensions = [{ name: "Time", values: ["2020", "2021"], default: "2021" }];

  for (const [name, options] of [
    ["as little as can be configured", {}],
    // the reference's attribute for vocabularies, which is kept unless strict, has no place in the schema
    [
      "all that can be described but vocabularies",
      { md: { ...METADATA, keyword_list: [{ keywords: ["one"] }] } },
    ],
    ["all that can be described, by strict_ogc", { md: METADATA, strict_ogc: true }],
  ] as const) {
    it(`services-tiles 24, cite wmts Response.XML.Well.Formed, .SchemaReferenced, .SchemaValid: capabilities with ${name} are valid`, async () => {
      const tiles = [
        fakeTiles("plain", gridOf("GLOBAL_WEBMERCATOR")),
        fakeTiles("plain", gridOf("GLOBAL_MERCATOR")),
        fakeTiles("rich", gridOf("GLOBAL_WEBMERCATOR"), { infos, dimensions }),
      ];
      const send = routed([
        await started(
          wmtsService,
          {
            kvp: true,
            restful: true,
            featureinfo_formats: [{ mimetype: "text/plain", suffix: "txt" }],
            ...options,
          },
          serviceDeps(tiles),
        ),
      ]);
      for (const target of [KVP, REST, `${KVP}&sections=Contents`]) {
        const text = await (await send(target)).text();
        await lint.bySchema(text, "wmts/1.0/wmtsGetCapabilities_response.xsd");
      }
    });
  }

  it("cite wmts 3.1: exceptions are valid", async () => {
    for (const strict_ogc of [false, true]) {
      const tiles = [fakeTiles("plain", gridOf("GLOBAL_WEBMERCATOR"))];
      const send = routed([await started(wmtsService, { strict_ogc }, serviceDeps(tiles))]);
      for (const query of [
        "request=Nothing",
        "request=GetTile",
        "request=GetTile&version=1.0.0&layer=%3C%26%22&style=&tilematrixset=x&tilematrix=0&tilerow=0&tilecol=0&format=",
      ]) {
        const text = await (await send(`/service?service=WMTS&${query}`)).text();
        await lint.bySchema(text, "ows/1.1.0/owsExceptionReport.xsd");
      }
    }
  });
});
