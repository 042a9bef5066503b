import type { Context } from "../../core/context.ts";
import { Lru } from "../../core/lru.ts";
import type { InfoLayer } from "../../model/layer.ts";
import type { InfoDocument, InfoQuery } from "../../model/source.ts";
import type { Clock } from "../../platform/platform.ts";

/** Characters of all kept documents together. */
const KEPT_LENGTH = 2 ** 22;
/** What an entry weighs besides its text: its key, and an answer without a word. */
const ENTRY_LENGTH = 512;

/** Asks sources about features. */
export interface InfoStore {
  /** `undefined`: nothing known there. */
  load(layer: InfoLayer, query: InfoQuery, ctx: Context): Promise<InfoDocument | undefined>;
}

/**
 * Answers about features, kept in memory for a while; failures are not kept.
 *
 * @param age ms for which an answer is kept; 0: each question is asked
 */
export function createInfoStore(clock: Clock, age: number): InfoStore {
  if (age === 0) return { load: (layer, query, ctx) => layer.getInfo(query, ctx) };
  const kept = new Lru<string, { document: InfoDocument | undefined; until: number }>(KEPT_LENGTH);
  const numbers = new Map<InfoLayer, number>();

  function numberOf(layer: InfoLayer): number {
    const number = numbers.get(layer) ?? numbers.size;
    numbers.set(layer, number);
    return number;
  }

  return {
    async load(layer, client, ctx) {
      // What is not part of the key must not reach the source.
      const { parameter: _, ...query } = client;
      const key = JSON.stringify([numberOf(layer), { ...query, srs: query.srs.code }]);
      const known = kept.get(key);
      if (known && clock.now() < known.until) return known.document;
      const document = await layer.getInfo(query, ctx);
      const cost = ENTRY_LENGTH + (document?.text.length ?? 0);
      kept.set(key, { document, until: clock.now() + age }, cost);
      return document;
    },
  };
}
