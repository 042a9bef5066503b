import assert from "node:assert/strict";
import { describe, it } from "node:test";
import * as v from "valibot";
import { memoryFiles, testContext } from "../../test/platform.ts";
import { mapQuery, plainPng, sourceDeps } from "../../test/source-deps.ts";
import { concat } from "../core/bytes.ts";
import { SourceError } from "../core/errors.ts";
import { ConfigFault } from "../model/define.ts";
import type { Platform, SpawnOptions, SpawnResult } from "../platform/platform.ts";
import { parseCgiAnswer } from "./cgi.ts";
import { mapnikSource } from "./mapnik.ts";
import { mapserverSource } from "./mapserver.ts";

const text = (value: string) => new TextEncoder().encode(value);
const cgi = (body: Uint8Array, type = "image/png") =>
  concat([text(`Content-Type: ${type}\r\n\r\n`), body]);

interface Call {
  readonly argv: readonly string[];
  readonly options: SpawnOptions | undefined;
}

/** A platform whose programs answer what `run` says. */
async function machine(run: (call: Call) => Partial<SpawnResult>, ...files: string[]) {
  const calls: Call[] = [];
  const memory = memoryFiles();
  for (const file of files) await memory.write(file, text("x"));
  const platformOverrides: Partial<Platform> = {
    files: memory,
    env: { PATH: "/bin:/usr/bin", HOME: "/h" },
    spawn: async (argv, options) => {
      const call = { argv, options };
      calls.push(call);
      return { code: 0, stdout: new Uint8Array(), stderr: new Uint8Array(), ...run(call) };
    },
  };
  return { calls, platformOverrides };
}

function mapserver(platformOverrides: Partial<Platform>, options: Record<string, unknown> = {}) {
  const parsed = v.parse(mapserverSource.options, {
    type: "mapserver",
    req: { map: "maps/x.map", layers: "a", transparent: true },
    ...options,
  });
  return Promise.resolve(
    mapserverSource.create(parsed, sourceDeps(undefined, { platformOverrides })),
  );
}

describe("mapserver source", () => {
  it("asks the program as a web server would", async () => {
    const run = () => ({ stdout: cgi(plainPng()) });
    const { calls, platformOverrides } = await machine(run, "/usr/bin/mapserv");
    const source = await mapserver(platformOverrides);
    const result = await source.map?.get(mapQuery(), testContext());
    assert.equal(result?.picture.kind, "encoded");
    const [call] = calls;
    assert.deepEqual(call?.argv, ["/usr/bin/mapserv"]);
    assert.equal(call?.options?.cwd, "/usr/bin");
    const { env = {} } = call?.options ?? {};
    assert.equal(env.REQUEST_METHOD, "GET");
    assert.equal(env.HOME, "/h");
    assert.match(
      env.QUERY_STRING ?? "",
      /^map=%2Fetc%2Frhumb%2Fmaps%2Fx\.map&layers=a&transparent=True&format=image%2Fpng&bbox=/,
    );
  });

  it("sources 61: looks for the program in PATH, or where it is told", async () => {
    const run = () => ({ stdout: cgi(plainPng()) });
    const inPath = await machine(run, "/usr/bin/mapserv");
    await mapserver(inPath.platformOverrides);
    const nowhere = await machine(run);
    await assert.rejects(mapserver(nowhere.platformOverrides), /could not find mapserver binary/);
    await assert.rejects(mapserver(inPath.platformOverrides, { mapserver: { binary: "ms" } }), {
      message: "could not find mapserver binary ('/etc/rhumb/ms')",
    });
    await assert.rejects(mapserver(inPath.platformOverrides, { mapserver: { working_dir: "w" } }), {
      message: "could not find mapserver working_dir ('/etc/rhumb/w')",
    });
  });

  it("sources 61: names the exit code, and says when the program cannot be run", async () => {
    const ask = async (run: (call: Call) => Partial<SpawnResult>) => {
      const { platformOverrides } = await machine(run, "/usr/bin/mapserv");
      const source = await mapserver(platformOverrides);
      return source.map!.get(mapQuery(), testContext());
    };
    const message = "Error during CGI call (exit code: 3)";
    await assert.rejects(
      ask(() => ({ code: 3, stderr: text("boom") })),
      { message },
    );
    const fail = (code: string) => () => {
      throw Object.assign(new Error(code), { code });
    };
    await assert.rejects(ask(fail("ENOENT")), {
      message: "CGI script not found (/usr/bin/mapserv)",
    });
    await assert.rejects(ask(fail("EACCES")), {
      message: "No permission for CGI script (/usr/bin/mapserv)",
    });
  });

  it("is told the client's resolution where the configuration says so", async () => {
    for (const [options, told] of [
      [{ forward_req_params: ["MAP_RESOLUTION"] }, "180"],
      [{}, null],
    ] as const) {
      const { calls, platformOverrides } = await machine(
        () => ({ stdout: cgi(plainPng()) }),
        "/usr/bin/mapserv",
      );
      const source = await mapserver(platformOverrides, options);
      const sent = { dpi: "180", map_resolution: "180", format_options: "dpi:180" };
      const parameter = (name: string) => sent[name as keyof typeof sent];
      await source.map?.get(mapQuery({ parameter }), testContext());
      const query = new URLSearchParams(calls[0]?.options?.env?.QUERY_STRING);
      assert.equal(query.get("MAP_RESOLUTION"), told);
      assert.equal(query.get("dpi"), null);
    }
  });

  it("takes a page with status 200 for a failure", async () => {
    const run = () => ({ stdout: cgi(text("<html>"), "text/html") });
    const { platformOverrides } = await machine(run, "/usr/bin/mapserv");
    const source = await mapserver(platformOverrides);
    await assert.rejects(source.map!.get(mapQuery(), testContext()), {
      message: "no image returned from source WMS",
    });
  });

  it("cannot be sent a style document by POST", async () => {
    const { platformOverrides } = await machine(() => ({}), "/usr/bin/mapserv");
    const req = { map: "x.map", layers: "a", sld_body: "<sld/>" };
    await assert.rejects(mapserver(platformOverrides, { req }), ConfigFault);
    await mapserver(platformOverrides, { req, http: { method: "GET" } });
  });
});

describe("parseCgiAnswer()", () => {
  it("divides head and body at the first empty line, of either kind", () => {
    for (const head of [
      "content-TYPE: image/PNG; a=b\nX: 1\n\n",
      "Content-Type: image/png\r\n\r\n",
    ]) {
      const answer = parseCgiAnswer(concat([text(head), Uint8Array.of(10, 10, 1)]));
      assert.equal(answer.contentType, "image/png");
      assert.deepEqual([...answer.bytes], [10, 10, 1]);
      assert.equal(answer.status, 200);
    }
  });

  it("reads the status", () => {
    assert.equal(parseCgiAnswer(text("Status: 404 Not Found\n\n")).status, 404);
  });
});

describe("mapnik source", () => {
  function mapnik(platformOverrides: Partial<Platform>, options: Record<string, unknown> = {}) {
    const parsed = v.parse(mapnikSource.options, { type: "mapnik", mapfile: "s.xml", ...options });
    return Promise.resolve(
      mapnikSource.create(parsed, sourceDeps(undefined, { platformOverrides })),
    );
  }
  const isCheck = ({ argv }: Call) => argv.at(-1) === "import mapnik";

  it("tells the program what to draw", async () => {
    const { calls, platformOverrides } = await machine((call) =>
      isCheck(call) ? {} : { stdout: plainPng([512, 256]) },
    );
    const source = await mapnik(platformOverrides, {
      mapfile: "s-%(webmercator_level)s.xml",
      layers: "a,b",
      scale_factor: 2,
    });
    const query = mapQuery({ bbox: [-180, -80, 180, 80], size: [512, 256] });
    const result = await source.map?.get(query, testContext());
    assert.equal(result?.picture.kind, "encoded");
    assert.deepEqual(JSON.parse(new TextDecoder().decode(calls.at(-1)?.options?.stdin)), {
      mapfile: "/etc/rhumb/s-1.xml",
      width: 512,
      height: 256,
      bbox: [-180, -80, 180, 80],
      srs: "+init=epsg:4326",
      layers: ["a", "b"],
      scale: 2,
      format: "png",
    });
  });

  it("draws larger symbols for a client with smaller pixels, where the configuration says so", async () => {
    const { calls, platformOverrides } = await machine((call) =>
      isCheck(call) ? {} : { stdout: plainPng() },
    );
    const scale = async (options: Record<string, unknown>, sent?: Record<string, string>) => {
      const source = await mapnik(platformOverrides, options);
      await source.map?.get(mapQuery({ parameter: (name) => sent?.[name] }), testContext());
      return JSON.parse(new TextDecoder().decode(calls.at(-1)?.options?.stdin)).scale;
    };
    const heeds = { forward_req_params: ["dpi"] };
    // twice the 25.4 / 0.28 dots an inch of the standards
    const twice = { dpi: String(50.8 / 0.28) };
    assert.equal(await scale(heeds, twice), 2);
    assert.equal(await scale({ ...heeds, scale_factor: 1.5 }, twice), 3);
    assert.equal(await scale({}, twice), 1);
    assert.equal(await scale(heeds), 1);
    for (const dpi of ["x", "1e9", "0", "-180"]) assert.equal(await scale(heeds, { dpi }), 1, dpi);
  });

  it("refuses to start without the library", async () => {
    const { platformOverrides } = await machine(() => ({ code: 1 }));
    const message = "Could not import Mapnik, please verify it is installed!";
    await assert.rejects(mapnik(platformOverrides), { message });
  });

  it("is a failing source if the program fails, or draws something else", async () => {
    for (const answer of [
      { code: 1, stderr: text("no such layer") },
      { stdout: plainPng([1, 1]) },
      {},
    ]) {
      const { platformOverrides } = await machine((call) => (isCheck(call) ? {} : answer));
      const source = await mapnik(platformOverrides);
      await assert.rejects(source.map!.get(mapQuery(), testContext()), SourceError);
    }
  });
});
