/** @module Files of the miniature data sets: tables as text, and putting them in their place. */

import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

/** Ends of lines. */
export type LineEnd = "\n" | "\r\n";

/** A cell of a table; `null` is an empty one. */
export type Cell = string | number | null;

/** Content of a file by its path below the data set's folder. */
export type Files = Readonly<Record<string, string | Uint8Array>>;

/** Writes files below a folder, with the folders on the way. */
export function writeFiles(folder: string, files: Files): void {
  for (const [path, content] of Object.entries(files)) {
    const target = join(folder, path);
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, content);
  }
}

/**
 * Makes the pictures of many samples at once and writes them.
 *
 * @param place - Path of a sample's picture below the folder.
 * @param encode - Bytes of a sample's picture.
 */
export async function writePictures<T>(
  folder: string,
  samples: readonly T[],
  place: (sample: T) => string,
  encode: (sample: T) => Promise<Uint8Array>,
): Promise<void> {
  const made = await Promise.all(
    samples.map(async (sample) => [place(sample), await encode(sample)] as const),
  );
  writeFiles(folder, Object.fromEntries(made));
}

/** One line of a CSV table without its end; cells are quoted where RFC 4180 asks for it. */
export function csvLine(cells: readonly Cell[]): string {
  return cells
    .map((cell) => {
      const text = String(cell ?? "");
      return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
    })
    .join(",");
}

/** Lines as a text, the last one ended too. */
export function textOf(lines: readonly string[], end: LineEnd = "\n"): string {
  return lines.map((line) => `${line}${end}`).join("");
}
