/** @module Results that are kept as long as what they were made of stays the same. */

/** Results by key; the least recently used one is forgotten first. */
export class Memo<T> {
  readonly #kept = new Map<string, Promise<T>>();

  /** @param most - Results that are kept. */
  constructor(readonly most: number) {}

  /** The result under a key, made where it is not there; one that fails is not kept. */
  get(key: string, make: () => Promise<T>): Promise<T> {
    const found = this.#kept.get(key) ?? make();
    this.#kept.delete(key);
    this.#kept.set(key, found);
    found.catch(() => this.#kept.delete(key));
    for (const oldest of this.#kept.keys()) {
      if (this.#kept.size <= this.most) break;
      this.#kept.delete(oldest);
    }
    return found;
  }
}
