import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { testPlatform } from "../../test/platform.ts";
import { runTool } from "../../test/tools.ts";
import { parseBind, serveDevelop, serveMultiappDevelop } from "./serve-develop.ts";

const GOOD = "services: {demo: }\n";

/** Runs one of the two; `served` are the arguments that the server was given. */
async function run(tool: typeof serveDevelop, ...argv: string[]) {
  const platform = testPlatform();
  const write = (name: string, text: string) =>
    platform.files.write(`/home/user/${name}`, new TextEncoder().encode(text));
  await write("a.yaml", GOOD);
  await write("bad.yaml", "services: [");
  const served: unknown[] = [];
  const serve = async (...args: unknown[]) => {
    served.push(...args);
    return 0;
  };
  return { ...(await runTool(tool, argv, { platform, serve })), served };
}

describe("parseBind()", () => {
  it("tools 4: serve-develop default 127.0.0.1:8080, all `--bind` forms", () => {
    const text = (bind?: string) => Object.values(parseBind(bind)).join(" ");
    assert.equal(text(), "127.0.0.1 8080");
    assert.equal(text("8081"), "localhost 8081");
    assert.equal(text("maps"), "maps 8080");
    assert.equal(text("maps:81"), "maps 81");
    assert.equal(text(":1234"), "0.0.0.0 1234");
    assert.equal(text("0.0.0.0"), "0.0.0.0 8080");
    assert.equal(text("[::1]:81"), "::1 81");
    for (const wrong of ["99999", "a:b", "a:1:2"]) assert.throws(() => parseBind(wrong), /--bind/);
  });
});

describe("serveDevelop()", () => {
  it("tools 5: serves with reload and says where", async () => {
    const { code, out, served } = await run(serveDevelop, "-b", "[::1]:81", "a.yaml");
    assert.equal(code, 0);
    assert.equal(out, " * Running on http://[::1]:81/ (Press CTRL+C to quit)");
    assert.deepEqual(served, [
      ["--config", "a.yaml", "--host", "::1", "--port", "81", "--reload"],
      {},
    ]);
  });

  it("tools 6: with invalid configuration: exit 2; without argument: exit 1", async () => {
    const bad = await run(serveDevelop, "bad.yaml");
    assert.deepEqual([bad.code, bad.served], [2, []]);
    assert.match(bad.err, /ERROR: invalid configuration \(see above\)$/);
    assert.equal((await run(serveDevelop, "none.yaml")).code, 2);
    for (const argv of [[], ["a.yaml", "b.yaml"]]) {
      const { code, out } = await run(serveDevelop, ...argv);
      assert.equal(code, 1);
      assert.match(out, /^Usage: [\s\S]*\nERROR: MapProxy configuration required\.$/);
    }
  });

  it("tools 7: debug on non-local address warns", async () => {
    const far = await run(serveDevelop, "--debug", "-b", "0.0.0.0", "a.yaml");
    assert.match(far.out, /serious security vulnerability/);
    assert.deepEqual(far.served[1], { RHUMB_LOG: "debug" });
    const near = await run(serveDevelop, "--debug", "-b", "8081", "a.yaml");
    assert.doesNotMatch(near.out, /security/);
  });

  it("hands --log-config on, except with --debug", async () => {
    const { served } = await run(serveDevelop, "--log-config", "log.ini", "a.yaml");
    assert.match(String(served[0]), /,--log-config,log\.ini,/);
    const debug = await run(serveDevelop, "--debug", "--log-config", "log.ini", "a.yaml");
    assert.doesNotMatch(String(debug.served[0]), /log-config/);
  });
});

describe("serveMultiappDevelop()", () => {
  it("tools 8: serve-multiapp-develop lists apps at `/`: it serves with the listing", async () => {
    const { code, served } = await run(serveMultiappDevelop, "projects");
    assert.equal(code, 0);
    assert.deepEqual(served[0], [
      ...["--multi", "projects", "--allow-listing", "true"],
      ...["--host", "127.0.0.1", "--port", "8080", "--reload"],
    ]);
  });

  it("missing argument: exit 1", async () => {
    const { code, out } = await run(serveMultiappDevelop);
    assert.equal(code, 1);
    assert.match(out, /\nERROR: MapProxy projects directory required\.$/);
  });
});
