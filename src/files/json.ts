/** @module Files that are either whole or not there: written aside, then renamed. */

import { readFile } from "node:fs/promises";

import { writePieces } from "./atomic.js";
import { UserError } from "../errors.js";
import { statOf } from "../system.js";

/**
 * Writes a file so that a kill at any moment leaves the old or the new contents, never a mixture.
 *
 * @throws {SystemError} when the system refuses, for example for want of room.
 */
export const writeFileAtomic = (path: string, contents: string | Uint8Array): Promise<void> =>
  writePieces(path, [contents]);

/**
 * Whether a file or folder is there.
 *
 * @throws {SystemError} where the system does not let us see.
 */
export const exists = async (path: string): Promise<boolean> => (await statOf(path)) !== null;

/** Writes a value as indented JSON, atomically. */
export function writeJson(path: string, value: unknown): Promise<void> {
  return writeFileAtomic(path, `${JSON.stringify(value, null, 2)}\n`);
}

/** Whether an error is the system's of that code, for example `EEXIST`. */
export const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && "code" in error && error.code === code;

/** Whether an error is the file system's "no such file or directory". */
export const isMissing = (error: unknown): boolean => hasCode(error, "ENOENT");

/**
 * Reads a JSON file.
 *
 * @throws {UserError} when the file is missing or not JSON; the message names it.
 */
export async function readJson(path: string, what: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch (error) {
    if (!isMissing(error)) throw error;
    throw new UserError(`${path}: no such file (${what}).`);
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UserError(`${path}: not valid JSON (${what}): ${(error as Error).message}.`);
  }
}
