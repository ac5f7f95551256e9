/** @module Objects in a folder that all machines see. */

import { constants } from "node:fs";
import { copyFile, readdir, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join, relative, sep } from "node:path";

import { writeAside } from "../files/atomic.js";
import { exists, makeFolder, readBytes, statOf, workingOn } from "../system.js";
import { checkedKey } from "./keys.js";
import type { ObjectEntry, ObjectStore } from "./objectStore.js";

// What a killed process left behind is not touched while it may still be written.
const STALE_MILLISECONDS = 24 * 3600 * 1000;

const isUnfinished = (name: string): boolean => name.endsWith(".tmp");

/** Copies a file, by reference where the file system can. */
const copy = (from: string, to: string): Promise<void> =>
  writeAside(to, (aside) => copyFile(from, aside, constants.COPYFILE_FICLONE));

/** Objects as files of a folder. */
export class FolderObjects implements ObjectStore {
  /** @param name - Path of the folder, which is made with the first object. */
  constructor(readonly name: string) {}

  /** @inheritdoc */
  read(key: string): Promise<Uint8Array | null> {
    return readBytes(this.#path(key));
  }

  /** @inheritdoc */
  async write(key: string, contents: Uint8Array | string): Promise<void> {
    const path = await this.#placed(key);
    await writeAside(path, (aside) => writeFile(aside, contents));
  }

  /** @inheritdoc */
  async writeFile(key: string, from: string): Promise<void> {
    await copy(from, await this.#placed(key));
  }

  /** @inheritdoc */
  async readInto(key: string, path: string): Promise<boolean> {
    const own = this.#path(key);
    if (!(await exists(own))) return false;
    await makeFolder(dirname(path));
    await copy(own, path);
    return true;
  }

  /** @inheritdoc */
  async size(key: string): Promise<number | null> {
    const info = await statOf(this.#path(key));
    return info?.isFile() ? info.size : null;
  }

  /** Objects of a folder; what killed processes left unfinished a day ago is removed. */
  async *list(folder: string): AsyncIterable<ObjectEntry> {
    const base = this.#path(folder);
    if (!(await exists(base))) return;
    const entries = await workingOn(base, () =>
      readdir(base, { recursive: true, withFileTypes: true }),
    );
    for (const { name, parentPath } of entries.filter((entry) => entry.isFile())) {
      const path = join(parentPath, name);
      const info = await stat(path).catch(() => null);
      if (!info) continue;
      if (isUnfinished(name)) {
        if (Date.now() - info.mtimeMs > STALE_MILLISECONDS) await rm(path, { force: true });
        continue;
      }
      yield { key: relative(this.name, path).split(sep).join("/"), bytes: info.size };
    }
  }

  /** @inheritdoc */
  async remove(key: string): Promise<void> {
    const path = this.#path(key);
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
    return path;
  }
}
