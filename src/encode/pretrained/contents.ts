/** @module A hash over the contents of files. */

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { basename } from "node:path";
import { pipeline } from "node:stream/promises";

/** SHA-256 over the names and contents of files, hexadecimal. */
export async function contentHash(paths: readonly string[]): Promise<string> {
  const all = createHash("sha256");
  for (const path of paths) {
    const one = createHash("sha256");
    await pipeline(createReadStream(path), one);
    all.update(`${basename(path)} ${one.digest("hex")}\n`);
  }
  return all.digest("hex");
}
