/** T2: XML that an upstream sends to hurt whoever reads it. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { mapQuery, proxy } from "./proxy.ts";
import { hostileUpstream } from "./upstream.ts";

/** Two sources whose answers about features have to be read and joined. */
const joined = (url: string, fault: string) => `
services: {wms: {featureinfo_types: [xml, html, text]}}
layers: [{name: info, title: Info, sources: [a, b]}]
sources:
  a: {type: wms, wms_opts: {featureinfo: true, featureinfo_format: text/xml}, req: {url: "${url}/${fault}", layers: x}}
  b: {type: wms, wms_opts: {featureinfo: true, featureinfo_format: text/xml}, req: {url: "${url}/${fault}", layers: y}}
`;

describe("T2: answers about features", () => {
  for (const fault of ["info-xml-bomb", "info-xxe", "info-deep"]) {
    it(`${fault}: an answer or an exception, soon, and nothing of this machine in it`, {
      timeout: 60_000,
    }, async () => {
      const upstream = await hostileUpstream();
      const app = await proxy(joined(upstream.url, fault));
      const before = process.memoryUsage.rss();
      for (const format of ["text/xml", "application/vnd.ogc.gml", "text/html", "text/plain"]) {
        const response = await app.get(
          mapQuery("info", {
            REQUEST: "GetFeatureInfo",
            QUERY_LAYERS: "info",
            X: "1",
            Y: "1",
            INFO_FORMAT: format,
          }),
        );
        const text = await response.text();
        assert.doesNotMatch(text, /root:|(lol){100}/);
        assert.doesNotMatch(text, /internal error/i);
      }
      const grown = (process.memoryUsage.rss() - before) / 2 ** 20;
      assert.ok(grown < 600, `memory grew by ${grown.toFixed(0)} MiB`);
      await app.close();
      await upstream.close();
    });
  }
});
