/** @module Names of classes from a file: a list in JSON, or one per line. */

import { DataError } from "../../errors.js";
import { linesOf } from "../tables/lines.js";

function listed(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new DataError(`${path}: begins like a JSON list, but is not valid JSON.`);
  }
}

/**
 * Reads names of classes; the first is class 0.
 *
 * @throws {DataError} for a missing file, an empty or repeated name, or JSON that is no list of texts.
 */
export async function readClassNames(path: string): Promise<readonly string[]> {
  const lines: string[] = [];
  for await (const { text } of linesOf(path)) lines.push(text.trim());
  while (lines.at(-1) === "") lines.pop();
  const values = lines[0]?.startsWith("[") ? listed(path, lines.join("\n")) : lines;
  if (!Array.isArray(values) || !values.every((value) => typeof value === "string")) {
    throw new DataError(`${path}: not a list of texts.`, "Write one name per line or a JSON list.");
  }
  const names = values.map((value) => value.trim());
  const odd = names.findIndex((name, at) => name === "" || names.indexOf(name) < at);
  if (odd >= 0) {
    const why = names[odd] === "" ? "is empty" : `occurs before: "${names[odd]}"`;
    throw new DataError(`${path}: name ${odd + 1} ${why}.`, "Every class needs a name of its own.");
  }
  if (names.length < 2) throw new DataError(`${path}: at least two names of classes are needed.`);
  return names;
}
