/** @module Files that are written aside: they appear under their names whole or not at all. */

import { randomUUID } from "node:crypto";
import { constants, rmSync } from "node:fs";
import { copyFile, open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";

import { workingOn } from "../system.js";

/** Files that must not outlive this process. */
const unfinished = new Set<string>();

function removeUnfinished(): void {
  for (const path of unfinished) rmSync(path, { force: true });
}

/**
 * Removes a file should the process exit, as after a signal.
 *
 * @returns Lets the file be again.
 */
export function removeAtExit(path: string): () => void {
  if (unfinished.size === 0) process.once("exit", removeUnfinished);
  unfinished.add(path);
  return () => {
    unfinished.delete(path);
    if (unfinished.size === 0) process.off("exit", removeUnfinished);
  };
}

/**
 * Makes a file under another name, then renames it: whenever the process dies, the old or the new file is
 * there, never a mixture. What is left of a failure is removed.
 *
 * @param write - Makes the file at the path that it is given.
 * @param folder - Where it is made, on the same disk; default: beside the file.
 * @throws {SystemError} naming the file, when the system refuses.
 */
export async function writeAside(
  path: string,
  write: (aside: string) => Promise<void>,
  folder = dirname(path),
): Promise<void> {
  // Of its own also where machines or containers share the folder: there, processes have the same numbers.
  const aside = join(folder, `${basename(path)}.${randomUUID()}.tmp`);
  const letBe = removeAtExit(aside);
  try {
    await workingOn(path, async () => {
      await write(aside);
      await rename(aside, path);
    });
  } catch (error) {
    await rm(aside, { force: true }).catch(() => undefined);
    throw error;
  } finally {
    letBe();
  }
}

/** Writes a file piece by piece, see {@link writeAside}; it is on the disk when this returns. */
export function writePieces(
  path: string,
  pieces: Iterable<string | Uint8Array>,
  folder?: string,
): Promise<void> {
  const write = async (aside: string): Promise<void> => {
    const file = await open(aside, "w");
    try {
      for (const piece of pieces) await file.writeFile(piece);
      await file.sync();
    } finally {
      await file.close();
    }
  };
  return writeAside(path, write, folder);
}

/** Copies a file, by reference where the file system can, see {@link writeAside}; it is on the disk when this returns. */
export function copyAside(from: string, to: string, folder?: string): Promise<void> {
  const write = async (aside: string): Promise<void> => {
    await copyFile(from, aside, constants.COPYFILE_FICLONE);
    const file = await open(aside, "r+");
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  };
  return writeAside(to, write, folder);
}

/**
 * Writes a file so that a kill at any moment leaves the old or the new contents, never a mixture.
 *
 * @throws {SystemError} when the system refuses, for example for want of room.
 */
export const writeFileAtomic = (path: string, contents: string | Uint8Array): Promise<void> =>
  writePieces(path, [contents]);
