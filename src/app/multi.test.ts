import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { memoryFiles, silentLog, testPlatform } from "../../test/platform.ts";
import type { Question } from "../model/hooks.ts";
import { multiApp } from "./multi.ts";

const config = (services: string) => `
services: {${services}}
layers: [{name: one, title: One, sources: [debug]}]
sources: {debug: {type: debug}}
`;

async function setUp(allowListing = false, kept = 100) {
  const platform = testPlatform({});
  const files = memoryFiles(() => platform.time);
  Object.assign(platform, {
    files,
    resource: async (path: string) => (await files.read(path))?.bytes,
  });
  const events: string[] = [];
  const at = (event: string, fields?: unknown) =>
    void events.push(`${event} ${JSON.stringify(fields)}`);
  const log = { ...silentLog, warn: at, error: at };
  const save = async (name: string, text: string) => {
    platform.time += 1000;
    await files.write(`/apps/${name}`, new TextEncoder().encode(text));
  };
  await save("one.yaml", config("wms: , demo: "));
  await save(
    "two.toml",
    '[services.tms]\n[[layers]]\nname="x"\ntitle="X"\nsources=["d"]\n[sources.d]\ntype="debug"\n',
  );
  const hooks = {
    authorize: ({ environ }: Question) => {
      events.push(`authorize ${environ["mapproxy.instance_name"]} ${environ.SCRIPT_NAME}`);
      return { authorized: "full" } as const;
    },
  };
  const app = await multiApp("/apps", allowListing, { platform, log, hooks, kept });
  const get = async (path: string, headers: Record<string, string> = {}) => {
    const response = await app.fetch(new Request(`http://h${path}`, { headers }), {
      peer: "127.0.0.1",
    });
    return { status: response.status, text: await response.text(), headers: response.headers };
  };
  return { get, save, events, app };
}

describe("multiApp()", () => {
  it("http-app 17: / welcomes, and lists the names only where it may", async () => {
    const [silent, open] = [await setUp(false), await setUp(true)];
    const hidden = await silent.get("/");
    assert.match(hidden.text, /Welcome/);
    assert.doesNotMatch(hidden.text, /one/);
    const listed = (await open.get("/", { "x-script-name": "/pre" })).text;
    assert.match(listed, /href="http:\/\/h\/pre\/one\/"[\s\S]*href="http:\/\/h\/pre\/two\/"/);
    assert.equal((await open.get("/")).headers.get("access-control-allow-origin"), null);
  });

  it("http-app 17: puts the name into all links", async () => {
    const { get } = await setUp();
    const path = "/one/service?SERVICE=WMS&REQUEST=GetCapabilities";
    assert.match((await get(path)).text, /"http:\/\/h\/one\/service\?"/);
    const behind = await get(path, { "x-script-name": "/pre" });
    assert.match(behind.text, /"http:\/\/h\/pre\/one\/service\?"/);
  });

  it("http-app 17: answers 404 to names it does not have, and to paths that leave the directory", async () => {
    const { get } = await setUp();
    for (const path of ["/unknown", "/one.yaml", "/..%2fone", "/one%00", "/.yaml"]) {
      const { status } = await get(path);
      assert.ok(status === 404, `${path}: ${status}`);
    }
  });

  it("http-app 17: takes over a change at the next request", async () => {
    const { get, save } = await setUp();
    assert.match((await get("/one/")).text, /demo/i);
    await save("one.yaml", config("wms: "));
    assert.doesNotMatch((await get("/one/")).text, /\/demo\//);
  });

  it("keeps the application that works when a change is broken, and says why", async () => {
    const { get, save, events } = await setUp();
    await get("/one/");
    await save("one.yaml", "services: [broken");
    assert.equal((await get("/one/")).status, 200);
    assert.ok(events.some((line) => /configuration-refused.*one/.test(line)));
  });

  it("answers 500 for one that never worked, while the others go on", async () => {
    const { get, save } = await setUp();
    await save("bad.yaml", "services: [broken");
    const { status, text } = await get("/bad/");
    assert.deepEqual([status, text], [500, "internal error"]);
    assert.equal((await get("/two/tms/1.0.0/")).status, 200);
  });

  it("http-app 17: tells hooks the name of the instance", async () => {
    const { get, events } = await setUp();
    await get("/one/service?SERVICE=WMS&REQUEST=GetCapabilities");
    assert.ok(events.includes("authorize one /one"));
  });

  it("http-app 17: keeps so many, and makes the one used longest ago anew", async () => {
    const { get, save } = await setUp(false, 2);
    await save("three.yaml", config("tms: "));
    for (const name of ["one", "two", "one", "three", "two", "one"]) {
      assert.equal((await get(`/${name}/`)).status, 200, name);
    }
  });
});
