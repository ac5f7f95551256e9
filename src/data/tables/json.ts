/** @module JSON files that hold a list of objects. */

import { readFile } from "node:fs/promises";

import { DataError } from "../../errors.js";
import { say, setting } from "../../message.js";
import { type DecodedText, decodeText } from "../decodeText.js";
import { fileError, regularFile } from "../regularFile.js";
import { parseExact } from "./exactJson.js";
import { isObject } from "../../files/json.js";
import { readJsonl } from "./jsonl.js";
import type { ReadOptions, Row } from "./row.js";

// Parsed whole; JSON Lines are read line by line.
const MAX_BYTES = 128 * 2 ** 20;

const ONE_PER_LINE =
  'Write one object per line (.jsonl); pandas: to_json(orient="records", lines=True).';

/** Whether the text has an object on its first line and another below it. */
function isLines(text: string): boolean {
  const [, first = "", next] = /^\s*([^\r\n]*)\s*(\S)?/.exec(text) ?? [];
  if (next !== "{") return false;
  try {
    return isObject(JSON.parse(first));
  } catch {
    return false;
  }
}

const isList = (value: unknown): value is readonly unknown[] =>
  Array.isArray(value) && value.some(isObject);

/** The list of a file: itself, or the only one in its object. */
function listIn(path: string, value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value as readonly unknown[];
  const lists = isObject(value) ? Object.entries(value).filter(([, inner]) => isList(inner)) : [];
  const [only, another] = lists;
  if (only && !another) return only[1] as readonly unknown[];
  const what = another
    ? `several lists of objects: ${lists.map(([name]) => name).join(", ")}`
    : "no list of objects";
  throw new DataError(`${path}: the file holds ${what}; a table is one.`, ONE_PER_LINE);
}

/** The message of a syntax error, with its line where the runtime tells the place. */
function malformed(path: string, { text }: DecodedText, error: SyntaxError): DataError {
  const [, position] = /position (\d+)/.exec(error.message) ?? [];
  const line = position && `:${text.slice(0, Number(position)).split("\n").length}`;
  return new DataError(`${path}${line ?? ""}: not valid JSON: ${error.message}.`);
}

/**
 * Reads a JSON file with a list of objects, alone or in an object with no other such list, or with one
 * object per line. Whole numbers beyond 2^53 are strings of their digits.
 *
 * @throws {DataError} for a missing, malformed or too large file, one that holds no such list, or at the
 *   first entry that is no object where the user chose to stop.
 */
export async function readJson(path: string, options: ReadOptions): Promise<Row[]> {
  const { issues, onBad, encoding } = options;
  const { size } = await regularFile(path);
  if (size > MAX_BYTES) {
    throw new DataError(`${path}: larger than ${MAX_BYTES / 2 ** 20} MB.`, ONE_PER_LINE);
  }
  const bytes = await readFile(path).catch((error: unknown) => {
    throw fileError(path, error);
  });
  const decoded = decodeText(bytes, encoding);
  if (isLines(decoded.text)) return readJsonl(path, options);
  if (!decoded.certain) {
    const message = say`not UTF-8; read as ${decoded.encoding}: give ${setting("data.encoding")} if that is wrong`;
    issues.add("encoding", `${path}:1`, message, "kept");
  }
  let value: unknown;
  try {
    value = parseExact(decoded.text);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw malformed(path, decoded, error);
  }
  return listIn(path, value).flatMap((entry, at) => {
    const where = `${path}:${at + 1}`;
    if (isObject(entry)) return [{ where, cells: new Map(Object.entries(entry)) }];
    issues.broken("row-broken", where, "the entry is no JSON object", onBad);
    return [];
  });
}
