/** @module What this machine brings from the shared store. */

import { open, rm } from "node:fs/promises";
import { basename, join } from "node:path";

import { touch } from "../files/room.js";
import { digestOf } from "../files/sealed.js";
import { digestOfFile } from "../objects/bundle.js";
import type { ObjectStore } from "../objects/objectStore.js";
import { exists, workingOn } from "../system.js";
import { StoreError } from "./errors.js";

/** Brings objects of a store into a folder of this machine, where they stay until room is made. */
export class Downloads {
  /**
   * @param store - Shared by the machines.
   * @param folder - Of this machine.
   */
  constructor(
    readonly store: ObjectStore,
    readonly folder: string,
  ) {}

  /**
   * An object as a file.
   *
   * @throws {StoreError} where the store has no such object.
   */
  async file(key: string): Promise<string> {
    const path = this.#path(key);
    if (await exists(path)) await touch(path);
    else if (!(await this.store.readInto(key, path))) throw this.lacks(key);
    return path;
  }

  /**
   * Some bytes of an object.
   *
   * @param at - The first of them.
   * @throws {StoreError} where the object is missing, or shorter.
   */
  async part(key: string, at: number, length: number): Promise<Uint8Array> {
    const path = await this.file(key);
    return workingOn(path, async () => {
      const file = await open(path);
      try {
        const bytes = new Uint8Array(length);
        const { bytesRead } = await file.read(bytes, 0, length, at);
        if (bytesRead < length) throw await this.damaged(key);
        return bytes;
      } finally {
        await file.close();
      }
    });
  }

  /**
   * The bytes of an object that is named by its digest. One that is damaged is removed from the store, so that it is published anew.
   *
   * @throws {StoreError} where it is missing, or has another one.
   */
  async checked(key: string, digest: string): Promise<Uint8Array> {
    const bytes = await this.store.read(key);
    if (!bytes) throw this.lacks(key);
    if (digestOf(bytes) === digest) return bytes;
    await this.store.remove(key);
    throw this.lacks(key, "damaged");
  }

  /**
   * What is said of an object that is damaged. What is here of it is brought again, since only this copy may be; where the store's
   * own is, it is removed, so that it is published anew.
   *
   * @param key - Its last part is the digest of what it holds.
   */
  async damaged(key: string): Promise<StoreError> {
    const path = this.#path(key);
    await rm(path, { force: true });
    const isThere = await this.store.readInto(key, path);
    if (isThere && (await digestOfFile(path)) !== basename(path)) {
      await rm(path, { force: true });
      await this.store.remove(key);
    }
    return this.lacks(key, "damaged");
  }

  /** What is said of an object that cannot be had. */
  lacks(key: string, what = "missing"): StoreError {
    return new StoreError(`${this.store.name}/${key}: ${what}.`);
  }

  #path(key: string): string {
    return join(this.folder, ...key.split("/"));
  }
}
