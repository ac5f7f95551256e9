/** @module Folders for the files of workers' jobs, in one that several workers may share. */

import { randomUUID } from "node:crypto";
import { readdir, rm } from "node:fs/promises";
import { join } from "node:path";

import { workerIn, withLock } from "../../run/lock.js";
import { exists, makeFolder, statOf } from "../../system.js";

/** A folder that has no lock yet may be about to get one. */
const YOUNG_MILLISECONDS = 60_000;

/** Whether a worker left a folder behind. One on another machine or in another container counts as gone after some minutes. */
async function isAbandoned(folder: string): Promise<boolean> {
  if ((await workerIn(folder)) !== null) return false;
  if (await exists(join(folder, "lock"))) return true;
  const info = await statOf(folder);
  return info !== null && Date.now() - info.mtimeMs > YOUNG_MILLISECONDS;
}

/** Removes what killed workers left. */
async function removeAbandoned(folder: string): Promise<void> {
  for (const name of await readdir(folder).catch(() => [])) {
    const path = join(folder, name);
    if (await isAbandoned(path)) await rm(path, { recursive: true, force: true });
  }
}

/**
 * Works with a folder that no other worker has, on whichever machine or in whichever container that is, and removes
 * it afterwards.
 *
 * @param parent - Where it is made.
 * @throws {SystemError} where it cannot be made.
 */
export async function withFolder<T>(
  parent: string,
  work: (folder: string) => Promise<T>,
): Promise<T> {
  await removeAbandoned(parent);
  const own = join(parent, randomUUID());
  await makeFolder(own);
  try {
    return await withLock(own, () => work(own));
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}
