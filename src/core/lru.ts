interface Entry<V> {
  readonly value: V;
  readonly cost: number;
  wasUsed: boolean;
}

/**
 * A bounded map of resolved values; what was not used lately leaves first.
 *
 * Uses are noted, and the order is mended when room is needed ("second chance"): whoever was used since then goes to the end once.
 * Moving an entry at each use would write to a dozen places of a large table that nothing else needs.
 */
export class Lru<K, V> {
  /** In the order in which they will be looked at. */
  readonly #entries = new Map<K, Entry<V>>();
  readonly #limit: number;
  #total = 0;

  /** @param limit largest sum of the costs of all entries */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: K): V | undefined {
    const entry = this.#entries.get(key);
    if (!entry) return undefined;
    if (!entry.wasUsed) entry.wasUsed = true;
    return entry.value;
  }

  /** @param cost share of the limit, 1 if all entries weigh the same */
  set(key: K, value: V, cost = 1): void {
    this.delete(key);
    if (cost > this.#limit) return;
    this.#makeRoom(cost);
    this.#entries.set(key, { value, cost, wasUsed: false });
    this.#total += cost;
  }

  delete(key: K): void {
    const entry = this.#entries.get(key);
    if (!entry) return;
    this.#total -= entry.cost;
    this.#entries.delete(key);
  }

  *keys(): IterableIterator<K> {
    yield* this.#entries.keys();
  }

  #makeRoom(cost: number): void {
    // entries that are moved to the end come by again, without their second chance
    for (const [key, entry] of this.#entries) {
      if (this.#total + cost <= this.#limit) return;
      this.delete(key);
      if (!entry.wasUsed) continue;
      entry.wasUsed = false;
      this.#entries.set(key, entry);
      this.#total += entry.cost;
    }
  }
}
