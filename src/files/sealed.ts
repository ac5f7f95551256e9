/** @module JSON files of ours that are read back: a format number, a schema and a digest of what they say. */

import { createHash } from "node:crypto";

import { z } from "zod";

import { UserError } from "../errors.js";
import { type FileKind, parseJson, readText } from "./json.js";

type JsonObject = Readonly<Record<string, unknown>>;

/** A kind of JSON file that is written by us and read back. */
export interface SealedKind<T> extends FileKind {
  /** Raised when an older reader would misread a newer file. */
  readonly format: number;
  /** What the file holds besides `format` and `digest`. */
  readonly schema: z.ZodType<T>;
  readonly hint: string;
  /** Contents of the formats before as the present one has them; default: they are the same. */
  readonly older?: (content: JsonObject) => JsonObject;
  /** Whether people may change the file; see {@link EDITED}. */
  readonly editable?: boolean;
}

/** Instead of a digest, in files that people may change: "this was changed on purpose". */
export const EDITED = "edited";

const sha256 = (bytes: string | Uint8Array): string =>
  createHash("sha256").update(bytes).digest("hex");

/** Digest of a file's bytes, hexadecimal. */
export const digestOf: (bytes: Uint8Array) => string = sha256;

/** The text of a file: what it holds, between its format number and its digest. */
export function sealed(content: object, { format }: Pick<SealedKind<unknown>, "format">): string {
  // Through JSON and back, so that the digest is of what a reader finds: NaN has become null.
  const whole = JSON.parse(JSON.stringify({ format, ...content })) as object;
  const digest = sha256(JSON.stringify(whole));
  return `${JSON.stringify({ ...whole, digest }, null, 2)}\n`;
}

function parse(text: string, path: string, kind: SealedKind<unknown>) {
  const value = parseJson(text, path, kind);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) {
    return value as JsonObject;
  }
  throw new UserError(`${path}: expected a JSON object (${kind.what}).`, kind.hint);
}

/** @throws {UserError} where content and digest do not agree. */
function checkSeal(value: JsonObject, path: string, kind: SealedKind<unknown>) {
  const { digest, ...rest } = value;
  const { what, format, editable, hint } = kind;
  if (typeof rest["format"] === "number" && rest["format"] > format) {
    throw new UserError(`${path}: written by a newer version of balgrad (${what}).`, hint);
  }
  // Older versions wrote no digest: their files are checked by the schema alone.
  const isOlder = rest["format"] === undefined || rest["format"] === 1;
  if (isOlder && digest === undefined) return;
  if (editable && digest === EDITED) return;
  if (typeof rest["format"] === "number" && digest === sha256(JSON.stringify(rest))) return;
  throw new UserError(
    `${path}: the file was changed or damaged: it does not match its digest (${what}).`,
    editable ? `If you changed it on purpose, write "digest": "${EDITED}" in it. ${hint}` : hint,
  );
}

/**
 * Reads what {@link sealed} wrote. Files of versions before there were digests are checked by the schema
 * alone.
 *
 * @throws {UserError} naming the file, and the place in it where there is one, when it is damaged.
 */
export function unsealed<T>(text: string, path: string, kind: SealedKind<T>): T {
  const value = parse(text, path, kind);
  checkSeal(value, path, kind);
  const content = Object.fromEntries(
    Object.entries(value).filter(([name]) => name !== "format" && name !== "digest"),
  );
  const isOlder = Number(value["format"] ?? 1) < kind.format;
  const checked = kind.schema.safeParse(kind.older && isOlder ? kind.older(content) : content);
  if (checked.success) return checked.data;
  const { path: field, message } = checked.error.issues[0]!;
  const where = field.length > 0 ? `${field.join(".")}: ` : "";
  throw new UserError(`${path}: ${where}${message} (${kind.what}).`, kind.hint);
}

/**
 * Reads a file that {@link sealed} made the text of.
 *
 * @throws {UserError} as {@link unsealed}, and when there is no such file.
 */
export const readSealed = async <T>(path: string, kind: SealedKind<T>): Promise<T> =>
  unsealed(await readText(path, kind), path, kind);
