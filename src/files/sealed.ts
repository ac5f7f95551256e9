/** @module JSON files of ours that are read back: a format number, a schema and a digest of what they say. */

import { createHash } from "node:crypto";

import { UserError } from "../errors.js";
import { otherFormat, otherFormatHint } from "./format.js";
import { checkedJson, type JsonKind, isObject, parseJson, readText } from "./json.js";
import { say, type Text } from "../message.js";

type JsonObject = Readonly<Record<string, unknown>>;

/** A kind of JSON file that is written by us and read back; its schema is of what stands beside `format` and `digest`. */
export interface SealedKind<T> extends JsonKind<T> {
  /** Raised when an older reader would misread a newer file. */
  readonly format: number;
  readonly hint: Text;
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
  if (isObject(value)) return value;
  throw new UserError(`${path}: expected a JSON object (${kind.what}).`, kind.hint);
}

/**
 * The format that a file states; those of the first format may state none.
 *
 * @throws {UserError} for a newer one, and for one that is no number.
 */
function formatOf({ format = 1 }: JsonObject, path: string, kind: SealedKind<unknown>): number {
  if (!Number.isInteger(format) || Number(format) < 1) {
    throw new UserError(`${path}: format: expected a whole number (${kind.what}).`, kind.hint);
  }
  if (Number(format) <= kind.format) return Number(format);
  const formats = [Number(format), kind.format] as const;
  const hint = otherFormatHint(...formats, kind.hint);
  throw new UserError(`${path}: ${otherFormat(...formats)} (${kind.what}).`, hint);
}

/** @throws {UserError} where content and digest do not agree. */
function checkSeal(value: JsonObject, format: number, path: string, kind: SealedKind<unknown>) {
  const { digest, ...rest } = value;
  const { what, editable, hint } = kind;
  // The first format had no digest: its files are checked by the schema alone.
  if (format === 1 && digest === undefined) return;
  if (editable && digest === EDITED) return;
  if (digest === sha256(JSON.stringify(rest))) return;
  throw new UserError(
    `${path}: the file was changed or damaged: it does not match its digest (${what}).`,
    editable ? say`If you changed it on purpose, write "digest": "${EDITED}" in it. ${hint}` : hint,
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
  const format = formatOf(value, path, kind);
  checkSeal(value, format, path, kind);
  const content = Object.fromEntries(
    Object.entries(value).filter(([name]) => name !== "format" && name !== "digest"),
  );
  const isOlder = format < kind.format;
  return checkedJson(kind.older && isOlder ? kind.older(content) : content, path, kind);
}

/**
 * Reads a file that {@link sealed} made the text of.
 *
 * @throws {UserError} as {@link unsealed}, and when there is no such file.
 */
export const readSealed = async <T>(path: string, kind: SealedKind<T>): Promise<T> =>
  unsealed(await readText(path, kind), path, kind);
