/** A lock that is lent for a time, and who waits for it: the state of one Durable Object. */
export class Leases {
  #holder: { readonly token: string; timer: ReturnType<typeof setTimeout> } | undefined;
  readonly #waiting: (() => void)[] = [];

  /**
   * Resolves to a token when the lock is ours, or to `undefined` when `wait` ms have passed.
   *
   * @param lease ms after which the lock goes to the next one unless it was renewed: an owner whose
   *   isolate ended cannot give it back
   */
  async acquire(wait: number, lease: number): Promise<string | undefined> {
    if (!this.#holder) return this.#lend(lease);
    return await new Promise((resolve) => {
      const grant = (): void => {
        clearTimeout(timer);
        resolve(this.#lend(lease));
      };
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(grant), 1);
        resolve(undefined);
      }, wait);
      this.#waiting.push(grant);
    });
  }

  /** Lengthens the lease; false if it has ended. */
  renew(token: string, lease: number): boolean {
    if (this.#holder?.token !== token) return false;
    clearTimeout(this.#holder.timer);
    this.#holder.timer = this.#endAfter(lease);
    return true;
  }

  /** Gives the lock back; nothing happens where the lease has ended. */
  release(token: string): void {
    if (this.#holder?.token !== token) return;
    clearTimeout(this.#holder.timer);
    this.#next();
  }

  #lend(lease: number): string {
    const token = crypto.randomUUID();
    this.#holder = { token, timer: this.#endAfter(lease) };
    return token;
  }

  #endAfter(lease: number): ReturnType<typeof setTimeout> {
    return setTimeout(() => this.#next(), lease);
  }

  #next(): void {
    this.#holder = undefined;
    this.#waiting.shift()?.();
  }
}
