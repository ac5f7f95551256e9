/** @module Writing into the cache: files appear complete or not at all. */

import { writeFile } from "node:fs/promises";

import { writeAside } from "../files/atomic.js";
import { SystemError, workingOn } from "../system.js";

/**
 * Works in a folder of the cache.
 *
 * @throws {SystemError} when the system refuses; it says how to place the cache elsewhere.
 */
export async function inCache<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await workingOn(path, work);
  } catch (error) {
    if (!(error instanceof SystemError)) throw error;
    const hint = "It is a file of the cache: set BALGRAD_CACHE to a folder with room to write.";
    throw new SystemError(error.message, hint, error.code, { cause: error });
  }
}

/**
 * Writes a file. It appears under its name complete or not at all, whenever the process dies; of two
 * processes that write the same file either may win. What it holds must carry a checksum of its own: a
 * power cut can still damage it.
 *
 * @throws {SystemError} as {@link inCache} does.
 */
export const writeWhole = (
  path: string,
  bytes: Uint8Array | readonly Uint8Array[],
): Promise<void> => inCache(path, () => writeAside(path, (aside) => writeFile(aside, bytes)));
