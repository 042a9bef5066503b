import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { fakeMap } from "../../../test/wms-service.ts";
import type { Dimension } from "../../model/layer.ts";
import type { MapQuery } from "../../model/source.ts";
import { parseSrs } from "../../srs/srs.ts";
import { dimensionQueries } from "./dimensions.ts";

const TIME: Dimension = { name: "Time", values: ["2020", "2022"], default: "2021" };
const DEPTH: Dimension = { name: "depth", values: ["1", "2"], default: "1" };
const deaf = fakeMap("deaf", [0, 0, 0]);
const listening = fakeMap("listening", [0, 0, 0], { passesOn: ["time"] });

const queryOf = (dimensions: Record<string, string>): MapQuery => ({
  bbox: [0, 0, 1, 1],
  srs: parseSrs("EPSG:4326"),
  size: [1, 1],
  format: "png",
  dimensions,
});

function told(dimensions: Record<string, string>, strict = false) {
  const query = queryOf(dimensions);
  const { queryFor, warnings } = dimensionQueries(query, { strict });
  return {
    warnings,
    ask: (layer: typeof deaf, declared: readonly Dimension[]) => {
      const own = queryFor(layer, declared) ?? query;
      return { ...own.dimensions, keep: own.keep !== false };
    },
  };
}

describe("dimensionQueries()", () => {
  it("keeps declared values, the default among them", () => {
    for (const time of ["2020", "2021"]) {
      assert.deepEqual(told({ time }).ask(deaf, [TIME]), { time, keep: true });
    }
  });

  it("passes on other values of a declared dimension, but keeps nothing of it", () => {
    assert.deepEqual(told({ time: "1900" }).ask(deaf, [TIME]), { time: "1900", keep: false });
  });

  it("leaves out what is not declared, unless a server gets it", () => {
    const { ask } = told({ time: "2020", dim_x: "1" });
    assert.deepEqual(ask(deaf, []), { keep: true });
    assert.deepEqual(ask(listening, []), { time: "2020", keep: false });
  });

  it("knows dimensions of its own under their name with dim_ before it", () => {
    assert.deepEqual(told({ dim_depth: "2" }).ask(deaf, [DEPTH]), { dim_depth: "2", keep: true });
  });

  it("gives layers that get the same the same query, so that they can be asked together", () => {
    const { queryFor } = dimensionQueries(queryOf({ time: "1", elevation: "2" }), {
      strict: false,
    });
    assert.equal(queryFor(listening, []), queryFor(fakeMap("b", [0], { passesOn: ["time"] }), []));
    assert.equal(dimensionQueries(queryOf({}), { strict: false }).queryFor(deaf, []), undefined);
  });

  it("fills in defaults if strict, and says so once", () => {
    const { ask, warnings } = told({}, true);
    assert.deepEqual(ask(deaf, [TIME, DEPTH]), { time: "2021", dim_depth: "1", keep: true });
    ask(listening, [TIME]);
    assert.deepEqual(
      [...warnings],
      ["99 Default value used: time=2021 ISO8601", "99 Default value used: depth=1"],
    );
    assert.deepEqual(told({}).ask(deaf, [TIME]), { keep: true });
  });

  it("refuses undeclared values if strict", () => {
    for (const time of ["1900", "", "2020,2022", "2020/2022"]) {
      assert.throws(() => told({ time }, true).ask(deaf, [TIME]), { ows: "InvalidDimensionValue" });
    }
    assert.deepEqual(told({ time: "current" }, true).ask(deaf, [TIME]), {
      time: "2022",
      keep: true,
    });
  });
});
