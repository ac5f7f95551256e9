/** @module A run in memory: nothing is written to disk, and nothing is left when it is let go. */

import type { RunStore } from "./store.js";

/** Keeps the files of one run in memory. */
export class RunMemory implements RunStore {
  readonly name = "memory";
  readonly #files = new Map<string, Uint8Array>();
  /** Ends when whoever works on the run last is done. */
  #turn: Promise<unknown> = Promise.resolve();

  /** @inheritdoc */
  locate(file: string): string {
    return `${file} (in memory)`;
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
