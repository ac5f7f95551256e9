/** @module Picture cells of a table: paths however written, pictures in the cell, and why others give none. */

import { dirname, resolve } from "node:path";
import { fileURLToPath } from "node:url";

import { say, setting } from "../../message.js";
import type { ColumnYield, ImageSource } from "../dataset.js";
import { PictureCell } from "../tables/row.js";
import { type Embedded, readBase64, readBytes, readDataAddress, readNumbers } from "./embedded.js";
import type { Difference } from "./finder.js";
import { parseLiteral } from "./literal.js";
import { isAddress, lossOf, PicturePaths } from "./picturePaths.js";
import { cellExcerpt, type CellNote, CellTally, type NoReading } from "./tally.js";

/** What a picture cell gives. */
export type PictureReading =
  | NoReading
  /** A file that does not exist is named when it is decoded. */
  | { readonly kind: "picture"; readonly image: ImageSource; readonly note?: CellNote };

/** Where a column's pictures are. */
export interface PicturePlace {
  readonly table: string;
  readonly column: string;
  /** Folder that paths start from and may not leave; the table's by default. */
  readonly images?: string | undefined;
}

const DONE: Readonly<Record<Difference | "moved", string>> = {
  quotes: "quotes removed",
  backslashes: "backslashes read as slashes",
  encoded: "percent-encoding decoded",
  query: "what follows ? or # left out",
  unicode: "another Unicode form of the name",
  case: "upper and lower case as the file has it",
  ending: "ending added",
  moved: "the folder of the pictures put in place of the beginning that the paths share",
};

/** What a cell holds, before files are looked for. */
type Content =
  | { readonly kind: "none" }
  | { readonly kind: "path"; readonly path: string }
  | { readonly kind: "image"; readonly image: ImageSource; readonly form?: string }
  | { readonly kind: "unusable"; readonly reason: string };

const unusable = (reason: string): Content => ({ kind: "unusable", reason });

const contentOf = (embedded: Embedded, form: string): Content =>
  embedded.kind === "bytes" ? { kind: "image", image: embedded, form } : unusable(embedded.reason);

const isEmpty = (value: unknown): boolean =>
  value === null ||
  value === undefined ||
  Number.isNaN(value) ||
  (typeof value === "string" && /^(?:nan)?$/i.test(value.trim()));

/** A part of an object, whether it came as an object or as a map. */
function partOf(value: object, name: string): unknown {
  if (value instanceof Map) return (value as ReadonlyMap<string, unknown>).get(name);
  return Object.hasOwn(value, name) ? (value as Record<string, unknown>)[name] : undefined;
}

/** Bytes as base64 text, a list of numbers, or Node's `{"type": "Buffer", "data": [...]}`. */
function readPacked(value: unknown): Content {
  if (value instanceof Uint8Array) return contentOf(readBytes(value), "bytes");
  if (Array.isArray(value)) {
    const numbers = readNumbers(value);
    return numbers ? contentOf(numbers, "bytes") : unusable("the bytes are no numbers 0 to 255");
  }
  if (typeof value === "string") {
    const embedded = readDataAddress(value) ?? readBase64(value);
    return embedded ? contentOf(embedded, "bytes") : unusable("the bytes are no picture as base64");
  }
  if (typeof value === "object" && value !== null) return readPacked(partOf(value, "data"));
  return unusable("the bytes are no picture");
}

/** Names under which objects hold a picture's place. */
const PLACES = ["path", "file_name", "filename", "url", "src", "uri"] as const;

function readObject(value: object): Content {
  const bytes = partOf(value, "bytes") ?? partOf(value, "data");
  if (!isEmpty(bytes)) return readPacked(bytes);
  for (const name of PLACES) {
    const path = partOf(value, name);
    if (!isEmpty(path)) {
      return typeof path === "string"
        ? { kind: "path", path: path.trim() }
        : unusable(`the object's "${name}" is no text`);
    }
  }
  const isKnown = ["bytes", ...PLACES].some((name) => partOf(value, name) !== undefined);
  return isKnown ? { kind: "none" } : unusable('the cells hold objects without "path" or "bytes"');
}

function readList(values: readonly unknown[]): Content {
  const filled = values.filter((value) => !isEmpty(value));
  if (filled.length === 0) return { kind: "none" };
  if (filled.length === 1) return readValue(filled[0]);
  const numbers = readNumbers(filled);
  if (numbers) return contentOf(numbers, "bytes");
  return unusable("the cells hold several values, and a sample has one picture");
}

/** What a value holds; texts that could also be paths of files are told apart by the caller. */
function readValue(value: unknown): Content {
  if (isEmpty(value)) return { kind: "none" };
  if (value instanceof PictureCell) return { kind: "image", image: value.source };
  if (typeof value === "string") return readText(value.trim());
  if (typeof value === "number" || typeof value === "bigint") {
    return { kind: "path", path: String(value) };
  }
  if (value instanceof Uint8Array) return contentOf(readBytes(value), "bytes");
  if (Array.isArray(value)) return readList(value);
  if (typeof value === "object" && !(value instanceof Date)) return readObject(value!);
  return unusable("the cells hold neither a path nor a picture");
}

function readText(text: string): Content {
  const address = readDataAddress(text);
  if (address) return contentOf(address, "data addresses");
  const literal = /^(?:[[{]|b['"])/.test(text) ? parseLiteral(text) : undefined;
  if (literal !== undefined) return readValue(literal);
  const base64 = readBase64(text);
  if (base64) return contentOf(base64, "base64 text");
  if (!/^file:/i.test(text)) return { kind: "path", path: text };
  try {
    return { kind: "path", path: fileURLToPath(text) };
  } catch {
    return unusable("the cells hold file: addresses of another machine");
  }
}

const EXPECTED = say`Expected a path, or the picture as bytes, base64 or a data: address; ${setting("data.columns.image")} names another column.`;

/** Paths that are kept for a hint. */
const KEPT = 20;

/** The picture cells of one column. */
export class PictureColumn {
  readonly #paths: PicturePaths;
  readonly #tally = new CellTally();
  readonly #lost: string[] = [];

  /** @param values - All cells of the column. */
  constructor(
    readonly place: PicturePlace,
    values: readonly unknown[],
  ) {
    const { images, table } = place;
    // Pictures in cells are not unpacked for this: they may be large.
    const paths = values.filter((value) => typeof value === "string" && value.length < 4096);
    this.#paths = new PicturePaths(
      resolve(images ?? dirname(table)),
      images !== undefined,
      paths as string[],
    );
  }

  /** Reads a cell and counts what it gives. */
  read(value: unknown, where: string): PictureReading {
    const isPath = typeof value === "string" && this.#paths.isFile(value.trim());
    const content: Content = isPath ? { kind: "path", path: value.trim() } : readValue(value);
    switch (content.kind) {
      case "none":
        return content;
      case "image":
        this.#tally.gain(content.form);
        return { kind: "picture", image: content.image };
      case "unusable": {
        const { reason } = content;
        this.#tally.lose(reason, where, value);
        return { kind: "lost", issue: "image-cell", message: `${cellExcerpt(value)}: ${reason}` };
      }
      case "path":
        return this.#readPath(content.path, where);
    }
  }

  /** What all cells gave so far. */
  yield(): ColumnYield {
    const { table, column } = this.place;
    const counts = this.#tally.counts();
    const hint = this.#lost.length > 0 ? this.#paths.hint(this.#lost) : EXPECTED;
    return { side: "image", table, column, ...counts, ...(counts.losses.length > 0 && { hint }) };
  }

  #readPath(given: string, where: string): PictureReading {
    const located = this.#paths.locate(given);
    const { root } = this.#paths;
    if (located.kind === "file") {
      this.#tally.gain();
      const { path, differences } = located;
      const image = { kind: "file", path, root } as const;
      if (differences.length === 0) return { kind: "picture", image };
      const done = differences.map((difference) => DONE[difference]).join(", ");
      const message = `"${given}" is read as ${path}: ${done}`;
      return { kind: "picture", image, note: { kind: `image-path-${differences[0]!}`, message } };
    }
    this.#tally.lose(lossOf(given, located), where, given);
    if (this.#lost.length < KEPT) this.#lost.push(given);
    if (located.kind === "missing") {
      return { kind: "picture", image: { kind: "file", path: located.path, root } };
    }
    return isAddress(given)
      ? { kind: "lost", issue: "image-address", message: `"${given}" is not downloaded` }
      : {
          kind: "lost",
          issue: "image-outside",
          message: `the image path "${given}" leads out of ${root}`,
        };
  }
}
