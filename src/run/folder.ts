/** @module A run in a folder. */

import { open, readdir, rm, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";

import { writeFileAtomic } from "../files/atomic.js";
import { exists, makeFolder, readBytes, workingOn } from "../system.js";
import { type LockEvents, withLock } from "./lock.js";
import type { RunStore } from "./store.js";

/** Keeps the files of one run in a folder, which is made with the first of them. */
export class RunFolder implements RunStore {
  /** The folder that this one is inside of and goes with, once both are empty. */
  #outer: RunFolder | null = null;

  /** @param path - Of the folder. */
  constructor(readonly path: string) {}

  /** @inheritdoc */
  inside(folder: string): RunFolder {
    const inner = new RunFolder(join(this.path, folder));
    inner.#outer = this;
    return inner;
  }

  /** @inheritdoc */
  async folders(): Promise<readonly string[]> {
    if (!(await exists(this.path))) return [];
    const entries = await workingOn(this.path, () => readdir(this.path, { withFileTypes: true }));
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  }

  /** The folder's path. */
  get name(): string {
    return this.path;
  }

  /** Path of a file of the run. */
  locate(file: string): string {
    return join(this.path, file);
  }

  /** @inheritdoc */
  read(file: string): Promise<Uint8Array | null> {
    return readBytes(this.locate(file));
  }

  /** @inheritdoc */
  has(file: string): Promise<boolean> {
    return exists(this.locate(file));
  }

  /** @inheritdoc */
  async write(file: string, contents: string | Uint8Array): Promise<void> {
    const path = this.locate(file);
    await makeFolder(dirname(path));
    await writeFileAtomic(path, contents).catch(async (error: unknown) => {
      await this.#removeEmpty(file);
      throw error;
    });
  }

  /** @inheritdoc */
  append(file: string, text: string, durable: boolean): Promise<void> {
    const path = this.locate(file);
    return workingOn(path, async () => {
      const handle = await open(path, "a");
      try {
        await handle.writeFile(text);
        if (durable) await handle.sync();
      } finally {
        await handle.close();
      }
    });
  }

  /** Removes a file, and the folders that it leaves empty. */
  async remove(file: string): Promise<void> {
    const path = this.locate(file);
    await workingOn(path, () => rm(path, { force: true }));
    await this.#removeEmpty(file);
  }

  /** @inheritdoc */
  exclusive<T>(work: () => Promise<T>, events?: LockEvents): Promise<T> {
    const alone = async (): Promise<T> => {
      await this.#removeLeftovers();
      return work();
    };
    return withLock(this.path, alone, events);
  }

  /** Removes the folders of a file, from its own to the outermost store's, as far as they are empty. */
  async #removeEmpty(file: string): Promise<void> {
    for (let folder = dirname(file); ; folder = dirname(folder)) {
      await rmdir(this.locate(folder)).catch(() => undefined);
      if (folder === ".") break;
    }
    if (this.#outer) await this.#outer.#removeEmpty(".");
  }

  /** Removes what killed processes left half-written; only while no other works in the folder. */
  async #removeLeftovers(): Promise<void> {
    const entries = await readdir(this.path, { recursive: true, withFileTypes: true });
    for (const { name, parentPath } of entries) {
      if (/\.tmp$|^lock\..*\.stale$/.test(name)) await rm(join(parentPath, name), { force: true });
    }
  }
}
