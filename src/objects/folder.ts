/** @module Objects in a folder that all machines see. */

import { opendir, readdir, rm, stat } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";

import { copyAside, writePieces } from "../files/atomic.js";
import {
  exists,
  hasCode,
  isMissing,
  makeFolder,
  readBytes,
  statOf,
  systemError,
  workingOn,
} from "../system.js";
import { checkedKey } from "./keys.js";
import type { ObjectEntry, ObjectStore } from "./objectStore.js";

/** Folder of what is being written; no key begins with a dot. */
const UNFINISHED = ".unfinished";

// What a killed process left behind is not touched while it may still be written.
const STALE_MILLISECONDS = 24 * 3600 * 1000;

/** Objects as files of a folder. */
export class FolderObjects implements ObjectStore {
  readonly #unfinished: string;
  #swept: Promise<void> | undefined;

  /** @param name - Path of the folder, which is made with the first object. */
  constructor(readonly name: string) {
    this.#unfinished = join(name, UNFINISHED);
  }

  /** @inheritdoc */
  async read(key: string): Promise<Uint8Array | null> {
    return (await this.size(key)) === null ? null : readBytes(this.#path(key));
  }

  /** @inheritdoc */
  async write(key: string, contents: Uint8Array | string): Promise<void> {
    await writePieces(await this.#placed(key), [contents], this.#unfinished);
  }

  /** @inheritdoc */
  async writeFile(key: string, from: string): Promise<void> {
    await copyAside(from, await this.#placed(key), this.#unfinished);
  }

  /** @inheritdoc */
  async readInto(key: string, path: string): Promise<boolean> {
    if ((await this.size(key)) === null) return false;
    const own = this.#path(key);
    await makeFolder(dirname(path));
    try {
      await copyAside(own, path);
      return true;
    } catch (error) {
      // Another machine may have removed it meanwhile.
      if (isMissing(error) && !(await exists(own))) return false;
      throw error;
    }
  }

  /** @inheritdoc */
  async size(key: string): Promise<number | null> {
    const info = await statOf(this.#path(key));
    return info?.isFile() ? info.size : null;
  }

  /** @inheritdoc */
  async *list(folder: string): AsyncIterable<ObjectEntry> {
    for await (const path of filesIn(this.#path(folder))) {
      const info = await statOf(path);
      if (!info) continue;
      yield { key: relative(this.name, path).split(sep).join("/"), bytes: info.size };
    }
  }

  /** @inheritdoc */
  async remove(key: string): Promise<void> {
    const path = this.#path(key);
    if ((await this.size(key)) === null) return;
    await workingOn(path, () => rm(path, { force: true }));
  }

  /** There is nothing to let go. */
  close(): Promise<void> {
    return Promise.resolve();
  }

  #path(key: string): string {
    return join(this.name, ...checkedKey(key).split("/"));
  }

  async #placed(key: string): Promise<string> {
    const path = this.#path(key);
    await makeFolder(dirname(path));
    await makeFolder(this.#unfinished);
    await (this.#swept ??= sweep(this.#unfinished));
    return path;
  }
}

/** Removes what killed processes left unfinished a day ago. */
async function sweep(folder: string): Promise<void> {
  for (const name of await workingOn(folder, () => readdir(folder))) {
    const path = join(folder, name);
    // Another machine may be sweeping, too.
    const info = await stat(path).catch(() => null);
    if (!info || Date.now() - info.mtimeMs < STALE_MILLISECONDS) continue;
    await rm(path, { force: true }).catch(() => undefined);
  }
}

/** Paths of the files below a folder, one at a time: there may be a million. */
async function* filesIn(folder: string): AsyncIterable<string> {
  const entries = await opendir(folder).catch((error: unknown) => {
    if (isMissing(error) || hasCode(error, "ENOTDIR")) return [];
    throw systemError(error, folder) ?? error;
  });
  for await (const entry of entries) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesIn(path);
    else if (entry.isFile()) yield path;
  }
}
