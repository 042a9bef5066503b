/** A bounded map of resolved values; the entry that was used longest ago leaves first. */
export class Lru<K, V> {
  readonly #entries = new Map<K, { value: V; cost: number }>();
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
    this.#entries.delete(key);
    this.#entries.set(key, entry);
    return entry.value;
  }

  /** @param cost share of the limit, 1 if all entries weigh the same */
  set(key: K, value: V, cost = 1): void {
    this.delete(key);
    if (cost > this.#limit) return;
    this.#entries.set(key, { value, cost });
    this.#total += cost;
    for (const oldest of this.#entries.keys()) {
      if (this.#total <= this.#limit) break;
      this.delete(oldest);
    }
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
}
