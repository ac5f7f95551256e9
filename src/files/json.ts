/** @module JSON files. */

import { readFile } from "node:fs/promises";

import { UserError } from "../errors.js";
import { isMissing, systemError } from "../system.js";
import { writeFileAtomic } from "./atomic.js";

const indented = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** Writes a value as indented JSON, atomically. */
export const writeJson = (path: string, value: unknown): Promise<void> =>
  writeFileAtomic(path, indented(value));

/** A value as the bytes of an indented JSON file. */
export const jsonBytes = (value: unknown): Uint8Array => Buffer.from(indented(value));

/** What a file holds, as in "the results of a run", and what to do about one that cannot be used. */
export interface FileKind {
  readonly what: string;
  readonly hint?: string;
}

/**
 * Reads the text of a file.
 *
 * @throws {UserError} when there is no such file, or the system refuses; the message names it.
 */
export async function readText(path: string, { what, hint }: FileKind): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (!isMissing(error)) throw systemError(error, path) ?? error;
    throw new UserError(`${path}: no such file (${what}).`, hint);
  }
}

/**
 * The value that a JSON file's text stands for.
 *
 * @throws {UserError} when it is not JSON; the message names the file.
 */
export function parseJson(text: string, path: string, { what, hint }: FileKind): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new UserError(`${path}: not valid JSON (${what}): ${(error as Error).message}.`, hint);
  }
}

/**
 * Reads a JSON file.
 *
 * @throws {UserError} when the file is missing or not JSON; the message names it.
 */
export const readJson = async (path: string, what: string): Promise<unknown> =>
  parseJson(await readText(path, { what }), path, { what });
