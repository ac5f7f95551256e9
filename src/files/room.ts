/** @module Folders of files that can be made again, kept below a size. */

import { readdir, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";

/** Notes that a file is used, so that it is among the last that go when room is made. */
export async function touch(path: string): Promise<void> {
  const now = new Date();
  // It may have gone in between, or belong to somebody else.
  await utimes(path, now, now).catch(() => undefined);
}

interface Found {
  readonly path: string;
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly used: number;
}

async function filesIn(folder: string): Promise<Found[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  const found: Found[] = [];
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const info = await stat(path).catch(() => null);
    if (!info) continue;
    const { size: bytes, atimeMs, mtimeMs } = info;
    found.push({ path, bytes, used: Math.max(atimeMs, mtimeMs) });
  }
  return found;
}

/**
 * Removes the files of a folder that were used least recently until the rest is within a limit.
 *
 * @param limit - Bytes.
 * @param spare - Files that were used at this time or later stay; milliseconds since 1970. Default: none.
 * @returns How many files were removed.
 */
export async function pruneFolder(
  folder: string,
  limit: number,
  spare = Infinity,
): Promise<number> {
  const files = (await filesIn(folder)).sort((one, other) => one.used - other.used);
  let total = files.reduce((sum, { bytes }) => sum + bytes, 0);
  let removed = 0;
  for (const { path, bytes, used } of files) {
    if (total <= limit || used >= spare) break;
    await rm(path, { force: true });
    total -= bytes;
    removed++;
  }
  return removed;
}
