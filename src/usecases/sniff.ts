/** @module Tables that come without a name: what format they have. */

import { open, rename } from "node:fs/promises";
import { dirname, join } from "node:path";

/** What is looked at. */
const START_BYTES = 4096;

/** The ending of a table's name by what it begins with: Parquet, JSON Lines, a JSON list, else CSV. */
function endingFor(start: Uint8Array): string {
  const text = Buffer.from(start).toString("latin1");
  if (text.startsWith("PAR1")) return ".parquet";
  if (text.startsWith("ARROW1")) return ".arrow";
  const [first] = text.replace(/^(?:\u00ef\u00bb\u00bf)?\s*/, "");
  if (first === "{") return ".jsonl";
  return first === "[" ? ".json" : ".csv";
}

/**
 * Gives a file a name that ends as its contents need it.
 *
 * @param name - The name without its ending.
 * @returns The new path.
 */
export async function namedByContents(path: string, name: string): Promise<string> {
  const file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(START_BYTES), 0, START_BYTES, 0);
  await file.close();
  const named = join(dirname(path), `${name}${endingFor(buffer.subarray(0, bytesRead))}`);
  await rename(path, named);
  return named;
}
