/** Tells what comes again among so many others: only that is worth keeping in memory. */
export class Sightings<K> {
  readonly #seen = new Set<K>();
  readonly #limit: number;

  /** @param limit keys that are remembered; with more all are forgotten */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Whether a key was seen before; it has been from now on. */
  isAgain(key: K): boolean {
    if (this.#seen.has(key)) return true;
    if (this.#seen.size === this.#limit) this.#seen.clear();
    this.#seen.add(key);
    return false;
  }

  forget(key: K): void {
    this.#seen.delete(key);
  }

  clear(): void {
    this.#seen.clear();
  }
}
