/** @module Files of the cache: they appear complete or not at all. */

import { rename, rm, writeFile } from "node:fs/promises";

/**
 * Writes a file. It appears under its name complete or not at all, whenever the process dies; of two
 * processes that write the same file either may win. What it holds must carry a checksum of its own: a
 * power cut can still damage it.
 */
export async function writeWhole(
  path: string,
  bytes: Uint8Array | readonly Uint8Array[],
): Promise<void> {
  const temporary = `${path}.${process.pid}.${performance.now()}.tmp`;
  try {
    await writeFile(temporary, bytes);
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
