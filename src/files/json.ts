/** @module JSON files. */

import { readFile } from "node:fs/promises";

import type { z } from "zod";

import { UserError } from "../errors.js";
import type { Text } from "../message.js";
import { isMissing, systemError } from "../system.js";
import { writeFileAtomic } from "./atomic.js";

/** Whether a value of a JSON file is an object, no list. */
export const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const indented = (value: unknown): string => `${JSON.stringify(value, null, 2)}\n`;

/** Writes a value as indented JSON, atomically. */
export const writeJson = (path: string, value: unknown): Promise<void> =>
  writeFileAtomic(path, indented(value));

/** A value as the bytes of an indented JSON file. */
export const jsonBytes = (value: unknown): Uint8Array => Buffer.from(indented(value));

/** What a file holds, as in "the results of a run", and what to do about one that cannot be used. */
export interface FileKind {
  readonly what: string;
  readonly hint?: Text;
  /** Kind of the error about one that cannot be used; default: {@link UserError}. */
  readonly error?: new (message: Text, hint?: Text) => UserError;
}

/** A kind of JSON file whose contents a schema describes. */
export interface JsonKind<T> extends FileKind {
  readonly schema: z.ZodType<T>;
}

const wrong = ({ hint, error: Kind = UserError }: FileKind, message: string): UserError =>
  new Kind(message, hint);

/**
 * Reads the text of a file.
 *
 * @throws {UserError} when there is no such file, or the system refuses; the message names it.
 */
export async function readText(path: string, kind: FileKind): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (!isMissing(error)) throw systemError(error, path) ?? error;
    throw wrong(kind, `${path}: no such file (${kind.what}).`);
  }
}

/**
 * The value that a JSON file's text stands for; a byte order mark before it is skipped.
 *
 * @throws {UserError} when it is not JSON; the message names the file.
 */
export function parseJson(text: string, path: string, kind: FileKind): unknown {
  try {
    return JSON.parse(text.replace(/^\uFEFF/, ""));
  } catch (error) {
    throw wrong(kind, `${path}: not valid JSON (${kind.what}): ${(error as Error).message}.`);
  }
}

/** The first thing that a schema found wrong, after the field that it is about. */
export function problemOf({ issues }: z.ZodError): string {
  const { path, message } = issues[0]!;
  return path.length > 0 ? `${path.join(".")}: ${message}` : message;
}

/**
 * The contents of a file, checked by their schema.
 *
 * @param value - What the file's JSON stands for.
 * @throws {UserError} naming the file and the field that is wrong.
 */
export function checkedJson<T>(value: unknown, path: string, kind: JsonKind<T>): T {
  const checked = kind.schema.safeParse(value);
  if (checked.success) return checked.data;
  throw wrong(kind, `${path}: ${problemOf(checked.error)} (${kind.what}).`);
}

/**
 * Reads a JSON file and checks it by its schema.
 *
 * @throws {UserError} naming the file, when it is missing or not JSON, and the field that is wrong.
 */
export const readChecked = async <T>(path: string, kind: JsonKind<T>): Promise<T> =>
  checkedJson(parseJson(await readText(path, kind), path, kind), path, kind);
