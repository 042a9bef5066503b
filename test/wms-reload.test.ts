import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { loadApp } from "../src/app/load.ts";
import { silentLog, testPlatform } from "./platform.ts";
import { capabilitiesQuery } from "./wms-service.ts";

const CONFIG = (title: string) => `
services: {wms: {md: {title: ${title}}}}
layers: [{name: a, title: a, sources: [s]}]
sources: {s: {type: wms, req: {url: "http://nowhere/wms", layers: a}}}
`;

describe("capabilities that are kept", () => {
  it("are those of the new configuration after a reload, and of each public URL", async () => {
    const platform = testPlatform();
    const write = (title: string) =>
      platform.files.write("/w.yaml", new TextEncoder().encode(CONFIG(title)));
    await write("before");
    const app = await loadApp({ file: "/w.yaml" }, { platform, log: silentLog });
    const get = async (host: string) => {
      const url = `http://${host}/service?${capabilitiesQuery("1.3.0")}`;
      return await (await app.fetch(new Request(url))).text();
    };
    const first = await get("one.example");
    assert.match(first, /<Title>before<\/Title>/);
    assert.equal(await get("one.example"), first);
    assert.match(await get("two.example"), /xlink:href="http:\/\/two\.example\/service\?"/);

    platform.time += 5000;
    await write("after");
    assert.equal(await app.reload?.(), true);
    assert.match(await get("one.example"), /<Title>after<\/Title>/);
    await app.close();
  });
});
