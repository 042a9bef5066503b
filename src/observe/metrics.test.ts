import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { createMetrics, mergeMetrics, prometheusText, withoutGauges } from "./metrics.ts";

describe("prometheusText()", () => {
  it("writes counters, gauges and histograms in the exposition format", () => {
    const metrics = createMetrics();
    metrics.add("rhumb_requests_total", ["wms", "200"]);
    metrics.add("rhumb_requests_total", ["wms", "200"]);
    metrics.set("rhumb_memory_bytes", 1024);
    metrics.observe("rhumb_upstream_duration_seconds", ["osm"], 0.03);
    metrics.observe("rhumb_upstream_duration_seconds", ["osm"], 99);
    const text = prometheusText(metrics.snapshot());
    assert.match(text, /^# TYPE rhumb_requests_total counter$/m);
    assert.match(text, /^rhumb_requests_total\{service="wms",status="200"\} 2$/m);
    assert.match(text, /^rhumb_memory_bytes 1024$/m);
    assert.match(text, /_bucket\{source="osm",le="0.025"\} 0$/m);
    assert.match(text, /_bucket\{source="osm",le="0.05"\} 1$/m);
    assert.match(text, /_bucket\{source="osm",le="30"\} 1$/m);
    assert.match(text, /_bucket\{source="osm",le="\+Inf"\} 2$/m);
    assert.match(text, /_sum\{source="osm"\} 99.03$/m);
    assert.match(text, /_count\{source="osm"\} 2$/m);
  });

  it("escapes what stands in labels", () => {
    const metrics = createMetrics();
    metrics.add("rhumb_cache_tiles_total", ['a"b\\c\nd', "hit"]);
    assert.match(prometheusText(metrics.snapshot()), /cache="a\\"b\\\\c\\nd"/);
  });

  it("has units in the names of everything that has one", () => {
    const metrics = createMetrics();
    metrics.observe("rhumb_request_duration_seconds", ["wms"], 1);
    const names = [...prometheusText(metrics.snapshot()).matchAll(/^# TYPE (\S+)/gm)].map(
      ([, n]) => n,
    );
    assert.ok(names.every((name) => /_(total|seconds|bytes|in_progress)$/.test(name ?? "")));
  });
});

describe("mergeMetrics()", () => {
  it("adds up several processes; one that has ended without its gauges", () => {
    const [one, other] = [createMetrics(), createMetrics()];
    for (const metrics of [one, other]) {
      metrics.add("rhumb_requests_total", ["wms", "200"]);
      metrics.set("rhumb_memory_bytes", 10);
    }
    other.add("rhumb_requests_total", ["tms", "404"]);
    const merged = mergeMetrics([one.snapshot(), withoutGauges(other.snapshot())]);
    assert.deepEqual(merged.rhumb_requests_total, { "wms\u0000200": [2], "tms\u0000404": [1] });
    assert.deepEqual(merged.rhumb_memory_bytes, { "": [10] });
  });
});
