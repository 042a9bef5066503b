import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { loadText } from "../../test/config.ts";
import { silentLog, testPlatform } from "../../test/platform.ts";
import { createHono } from "../app/app.ts";
import { ConfigError } from "../core/errors.ts";
import { transformPoint } from "../srs/transform.ts";
import { build } from "./build.ts";
import { buildContext } from "./build-context.ts";

const SHIFTS = readFileSync(new URL("../../test/fixtures/srs/shifts.gsb", import.meta.url));

const text = (srs: string) => `
services: {wms: {srs: ['EPSG:4326', 'EPSG:990001', 'EPSG:990002']}}
layers: [{name: a, title: A, sources: [s]}]
sources: {s: {type: debug}}
globals: {srs: ${srs}}
`;

/** The context of a configuration with `files` beside it, and what it warns of. */
async function contextOf(srs: string, files: Readonly<Record<string, string | Uint8Array>> = {}) {
  const warned: string[] = [];
  const warn = (event: string, fields = {}) =>
    void warned.push(`${event} ${JSON.stringify(fields)}`);
  const log = { ...silentLog, warn };
  const platform = testPlatform({
    resource: async (path) => {
      const file = files[path];
      return typeof file === "string" ? new TextEncoder().encode(file) : file;
    },
  });
  const loaded = await loadText(text(srs), "/etc/maps/maps.yaml");
  const context = await buildContext(loaded.config, platform, { log, seeding: false });
  return { context, warned, loaded, platform };
}

async function faultsOf(srs: string, files: Readonly<Record<string, string | Uint8Array>> = {}) {
  const { context } = await contextOf(srs, files);
  try {
    context.check();
  } catch (error) {
    if (error instanceof ConfigError) return error.faults.map((f) => `${f.path}: ${f.message}`);
    throw error;
  }
  return [];
}

const near = (got: readonly number[], wanted: readonly number[], slack: number) =>
  assert.ok(
    got.every((value, i) => Math.abs(value - (wanted[i] ?? 0)) < slack),
    `${got}`,
  );

describe("globals.srs.definitions", () => {
  const UTM =
    "{definitions: {'EPSG:990001': '+proj=utm +zone=32 +ellps=GRS80 +units=m', 'EPSG:990002': 'EPSG:3857'}}";

  it("makes systems of proj4 strings, and other names of known ones", async () => {
    const { context } = await contextOf(UTM);
    const [own, wgs84] = [context.srs("epsg:990001"), context.srs("EPSG:4326")];
    near(
      transformPoint(9, 50, wgs84, own),
      transformPoint(9, 50, wgs84, context.srs("EPSG:25832")),
      1e-3,
    );
    assert.equal(context.srs("EPSG:990002").definition, context.srs("EPSG:3857").definition);
  });

  it("are served: a WMS draws in them", async () => {
    const { loaded, platform } = await contextOf(UTM);
    const app = createHono(await build(loaded, platform, silentLog));
    const map = (version: string, srs: string, bbox: string) =>
      app.request(
        `http://h/service?SERVICE=WMS&VERSION=${version}&REQUEST=GetMap&LAYERS=a&STYLES=&${srs}&BBOX=${bbox}&WIDTH=50&HEIGHT=50&FORMAT=image/png`,
      );
    const drawn = await map("1.1.1", "SRS=EPSG:990001", "400000,5500000,500000,5600000");
    assert.equal(drawn.headers.get("content-type"), "image/png");
    const unknown = await map("1.1.1", "SRS=EPSG:990009", "0,0,1,1");
    assert.match(await unknown.text(), /unsupported srs/i);
  });

  it("put north first where axis_order_ne names them or +axis says so", async () => {
    const { context, loaded } = await contextOf(
      "{axis_order_ne: ['EPSG:1'], definitions: {'EPSG:1': '+proj=merc', 'EPSG:2': '+proj=merc', 'EPSG:3': '+proj=merc +axis=neu', 'EPSG:4': '+proj=longlat'}}",
    );
    const order = [1, 2, 3, 4].map((code) => context.srs(`EPSG:${code}`).northEast);
    assert.deepEqual(order, [true, false, true, true]);
    assert.deepEqual(loaded.warnings, []);
  });

  it("are faults, by their code, where they cannot be used", async () => {
    const faults = await faultsOf(
      "{definitions: {'EPSG:1': '+proj=nothing', 'EPSG:3857': '+proj=merc', 'EPSG:5': 'EPSG:6'}}",
    );
    assert.equal(faults.length, 3);
    assert.match(faults[0] ?? "", /^globals\.srs\.definitions\.EPSG:1: /);
    assert.match(faults[1] ?? "", /Cannot define EPSG:3857/);
    assert.match(faults[2] ?? "", /Unknown reference system/);
  });
});

describe("globals.srs.proj_data_dir", () => {
  it("holds init files, whose codes are systems where the registry has none", async () => {
    const files = {
      "/etc/maps/proj/epsg":
        "# mine\n<990001> +proj=utm +zone=33 +ellps=GRS80 <>\n<25832> +proj=merc <>\n",
    };
    const { context } = await contextOf("{proj_data_dir: proj}", files);
    const wgs84 = context.srs("EPSG:4326");
    near(
      transformPoint(15, 50, wgs84, context.srs("EPSG:990001")),
      transformPoint(15, 50, wgs84, context.srs("EPSG:25833")),
      1e-3,
    );
    near(transformPoint(9, 50, wgs84, context.srs("EPSG:25832")), [500000, 5538630.7], 1);
  });

  it("holds NTv2 grids, which systems use by name", async () => {
    const [, , ...cases] = JSON.parse(
      readFileSync(new URL("../../test/fixtures/srs/ntv2.json", import.meta.url), "utf8"),
    ) as [number, number, number | null, number | null][];
    const [lon, lat, x, y] = cases.find((each) => each[2] !== null && each[0] !== each[2]) ?? [
      0, 0, 0, 0,
    ];
    const definitions = "{'EPSG:1': '+proj=longlat +ellps=bessel +nadgrids=shifts.gsb'}";
    const { context } = await contextOf(`{proj_data_dir: proj, definitions: ${definitions}}`, {
      "/etc/maps/proj/shifts.gsb": SHIFTS,
    });
    context.check();
    near(
      transformPoint(lon, lat, context.srs("EPSG:1"), context.srs("EPSG:4326")),
      [x ?? 0, y ?? 0],
      1e-9,
    );
  });

  it("grids that are missing or broken are faults, unless they may be missing", async () => {
    const definition = (grids: string) =>
      `{proj_data_dir: proj, definitions: {'EPSG:1': '+proj=longlat +ellps=bessel +nadgrids=${grids}'}}`;
    assert.match(
      (await faultsOf(definition("none.gsb"))).join(),
      /grid file "none\.gsb" is missing/,
    );
    const broken = { "/etc/maps/proj/a.gsb": SHIFTS.subarray(0, 500) };
    assert.match((await faultsOf(definition("a.gsb"), broken)).join(), /a\.gsb/);
    assert.deepEqual(await faultsOf(definition("@none.gsb,null")), []);
    const { warned } = await contextOf(definition("@a.gsb,null"), broken);
    assert.match(warned.join(), /proj-grid-broken .*a\.gsb/);
  });

  it("is told of where it holds nothing that is used", async () => {
    const { warned } = await contextOf("{proj_data_dir: proj}");
    assert.match(warned.join(), /proj-data-dir-empty .*\/etc\/maps\/proj/);
  });
});
