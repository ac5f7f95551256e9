/** @module Runs in memory: nothing is written to disk, and nothing is left when it is let go. */

import type { RunStore } from "./store.js";

/** Keeps the files of a run, or of several, in memory. */
export class RunMemory implements RunStore {
  /** What messages call it: `memory`, and the names of the folders that it is inside of. */
  readonly name: string = "memory";
  readonly #files = new Map<string, Uint8Array>();
  readonly #inner = new Map<string, RunMemory>();
  /** Ends when whoever works on the run last is done. */
  #turn: Promise<unknown> = Promise.resolve();

  /** @inheritdoc */
  inside(folder: string): RunMemory {
    const known = this.#inner.get(folder);
    if (known) return known;
    const inner = new InnerMemory(`${this.name}/${folder}`);
    this.#inner.set(folder, inner);
    return inner;
  }

  /** @inheritdoc */
  async folders(): Promise<readonly string[]> {
    const filled: string[] = [];
    for (const [name, inner] of this.#inner) {
      if (inner.#files.size > 0 || (await inner.folders()).length > 0) filled.push(name);
    }
    return filled;
  }

  /** @inheritdoc */
  locate(file: string): string {
    return `${file} (in ${this.name})`;
  }

  /** @inheritdoc */
  read(file: string): Promise<Uint8Array | null> {
    return Promise.resolve(this.#files.get(file) ?? null);
  }

  /** @inheritdoc */
  has(file: string): Promise<boolean> {
    return Promise.resolve(this.#files.has(file));
  }

  /** @inheritdoc */
  write(file: string, contents: string | Uint8Array): Promise<void> {
    // A view of memory that others may change later would change the file.
    this.#files.set(file, Uint8Array.from(Buffer.from(contents)));
    return Promise.resolve();
  }

  /** @inheritdoc */
  append(file: string, text: string): Promise<void> {
    const before = this.#files.get(file) ?? new Uint8Array();
    this.#files.set(file, Buffer.concat([before, Buffer.from(text)]));
    return Promise.resolve();
  }

  /** @inheritdoc */
  remove(file: string): Promise<void> {
    this.#files.delete(file);
    return Promise.resolve();
  }

  /** @inheritdoc */
  exclusive<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#turn.then(work);
    this.#turn = done.catch(() => undefined);
    return done;
  }
}

/** What is inside of another memory. */
class InnerMemory extends RunMemory {
  constructor(override readonly name: string) {
    super();
  }
}
