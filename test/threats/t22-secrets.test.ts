/** T22: keys and passwords of the configuration appear nowhere. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { mapQuery, oneSource, proxy } from "./proxy.ts";
import { hostileUpstream } from "./upstream.ts";

const SECRETS = ["S3CRETKEY", "S3CRETPASSWORD", "S3CRETHEADER", "S3CRETTOKEN"];

const FAULTS = [
  "good",
  "status-500",
  "xml-200",
  "html-200",
  "reset",
  "no-content",
  "wrong-magic",
  "redirect-loop",
  "png-cut",
];

describe("T22, weakness 6: planted secrets", () => {
  for (const fault of FAULTS) {
    for (const hide of [true, false]) {
      it(`appear in no answer and no line of the log: ${fault}, hide_error_details ${hide}`, async () => {
        const upstream = await hostileUpstream();
        const origin = upstream.url.replace("//", "//user:S3CRETPASSWORD@");
        const app = await proxy(
          oneSource(`${origin}/${fault}?apikey=S3CRETKEY&access_token=S3CRETTOKEN`, {
            http: `{client_timeout: 2, hide_error_details: ${hide}, headers: {X-Api-Key: S3CRETHEADER}}`,
          }).replace("services:", "services:\n  demo: {}"),
        );
        const texts: string[] = [];
        for (const path of [
          mapQuery("direct"),
          mapQuery("cached"),
          mapQuery("direct", { REQUEST: "GetFeatureInfo", QUERY_LAYERS: "direct", X: "1", Y: "1" }),
          mapQuery("direct", { EXCEPTIONS: "application/vnd.ogc.se_inimage" }),
          "/wmts/cached/GLOBAL_WEBMERCATOR/0/0/0.png",
          "/tms/1.0.0/cached/EPSG3857/0/0/0.png",
          "/service?SERVICE=WMS&REQUEST=GetCapabilities",
          "/wmts/1.0.0/WMTSCapabilities.xml",
          "/demo/",
          "/demo/?wms_layer=direct&srs=EPSG:3857",
          "/",
        ]) {
          const response = await app.get(path);
          texts.push(await response.text(), ...[...response.headers].flat());
        }
        for (const secret of SECRETS) {
          assert.ok(!texts.some((text) => text.includes(secret)), `${secret} in an answer`);
          const line = app.log.find((text) => text.includes(secret));
          assert.equal(line, undefined, `${secret} in the log`);
        }
        await app.close();
        await upstream.close();
      });
    }
  }
});
