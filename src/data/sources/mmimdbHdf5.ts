/** @module MM-IMDb in one HDF5 file: pixels, word numbers and genres as arrays. */

import { stat } from "node:fs/promises";
import { join } from "node:path";

import type { Dataset as HdfDataset, File as HdfFile } from "h5wasm/node";

import { SOURCE_KINDS } from "../sourceSettings.js";
import { DataError } from "../../errors.js";
import type { DeferredImage, Split } from "../dataset.js";
import type { Assembly, Draft } from "../drafts.js";
import { IssueLog } from "../issues.js";
import { firstThere, type Layout } from "./layout.js";
import { GENRES } from "./mmimdb.js";

const FILE = "multimodal_imdb.hdf5";

const SPLITS: ReadonlyMap<string, Split> = new Map([
  ["train", "train"],
  ["dev", "validation"],
  ["test", "test"],
]);

/** Largest number of labels of a file: far above the data set's, far below what memory holds. */
const MOST_LABELS = 2 ** 26;
/** Largest number of pixels of a poster, as of any picture. */
const MOST_PIXELS = 100_000_000;

/** The innermost message of the library's stack of errors. */
function causeOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return [...text.matchAll(/\(\): (.+)/g)].at(-1)?.[1] ?? text;
}

/**
 * Reads with the library, which throws errors of many kinds, also late, for files that are damaged.
 *
 * @throws {DataError} naming the file and what was read.
 */
function reading<T>(path: string, what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof DataError) throw error;
    throw new DataError(
      `${path}: ${what} cannot be read: ${causeOf(error)}.`,
      "The file is damaged or not complete: copy or download it again.",
    );
  }
}

/** Opens a file; the library comes with its own WebAssembly, which takes a moment to load. */
async function open(path: string): Promise<HdfFile> {
  const { File, ready } = await import("h5wasm/node");
  // Not in the library's types. Without it its errors go to the terminal, and reading goes on.
  const library = (await ready) as unknown as { activate_throwing_error_handler: () => void };
  library.activate_throwing_error_handler();
  return reading(path, "the HDF5 file", () => new File(path, "r"));
}

/** An array of the file, of so many axes. */
function arrayOf(file: HdfFile, path: string, name: string, axes: number): HdfDataset {
  return reading(path, `the array "${name}"`, () => {
    const found = file.get(name);
    if (!found || !("slice" in found)) {
      throw new DataError(
        `${path}: there is no array "${name}".`,
        `It has: ${file.keys().join(", ")}.`,
      );
    }
    if (found.shape?.length !== axes) {
      throw new DataError(
        `${path}: the array "${name}" has the shape [${(found.shape ?? []).join(", ")}], not ${axes} axes.`,
      );
    }
    return found;
  });
}

/** All values of an array with a row per sample. */
function valuesOf(file: HdfFile, path: string, name: string, rows: number): readonly unknown[] {
  const found = arrayOf(file, path, name, 1);
  if (found.shape![0] !== rows) {
    throw new DataError(
      `${path}: the array "${name}" has ${found.shape![0]!} rows, "genres" has ${rows}.`,
    );
  }
  return reading(path, `the array "${name}"`, () => found.slice([]) as unknown as unknown[]);
}

/** The split of each row, from the table that Fuel keeps in the file. */
function splitsOf(file: HdfFile, path: string, rows: number): Split[] {
  const table: unknown = reading(path, "the table of splits", () => file.attrs["split"]?.value);
  if (!Array.isArray(table)) {
    throw new DataError(`${path}: the file has no table of splits (attribute "split").`);
  }
  const splits = new Array<Split | null>(rows).fill(null);
  for (const entry of table as readonly unknown[]) {
    if (!Array.isArray(entry)) throw new DataError(`${path}: the table of splits is damaged.`);
    const [name, source, start, stop] = entry as readonly unknown[];
    const split = SPLITS.get(String(name));
    if (split && source === "genres") splits.fill(split, Number(start), Number(stop));
  }
  return splits.map((split, row) => {
    if (split === null) throw new DataError(`${path}: row ${row} is in no split.`);
    return split;
  });
}

/** Names of the columns of genres: noted in the file, or the usual ones. */
function genreNames(genres: HdfDataset, path: string): readonly string[] {
  return reading(path, "the names of the genres", () => {
    const noted = genres.attrs["target_names"]?.value;
    if (typeof noted !== "string") return GENRES;
    const names: unknown = JSON.parse(noted);
    if (Array.isArray(names) && names.every((name) => typeof name === "string")) return names;
    throw new DataError(`${path}: the names of the genres are no list of texts.`);
  });
}

/** A poster: `[3, height, width]` numbers from 0 to 255, read when it is decoded. */
function poster(images: HdfDataset, row: number, path: string, identity: string): DeferredImage {
  const [, , height, width] = images.shape as [number, number, number, number];
  const area = height * width;
  return {
    kind: "deferred",
    identity: `${identity}#${row}`,
    load: () => {
      const planes = reading(
        path,
        `the poster of row ${row}`,
        () => images.slice([[row, row + 1]]) as ArrayLike<number> | null,
      );
      if (planes?.length !== 3 * area) {
        throw new DataError(`${path}: the poster of row ${row} cannot be read.`);
      }
      const pixels = new Uint8Array(3 * area);
      for (let at = 0; at < area; at++) {
        for (let channel = 0; channel < 3; channel++) {
          pixels[3 * at + channel] = planes[channel * area + at]!;
        }
      }
      return Promise.resolve({ kind: "pixels", pixels, width, height });
    },
  };
}

async function read(folder: string): Promise<Assembly> {
  const path = folder.endsWith(".hdf5") ? folder : join(folder, FILE);
  const { size, mtimeMs } = await stat(path);
  // Kept open: posters are read when they are decoded.
  const file = await open(path);
  const genres = arrayOf(file, path, "genres", 2);
  const images = arrayOf(file, path, "images", 4);
  const [rows, width] = genres.shape as [number, number];
  const [posters, channels, height, across] = images.shape as [number, number, number, number];
  if (rows * width > MOST_LABELS || posters !== rows || channels !== 3) {
    throw new DataError(
      `${path}: "genres" has the shape [${rows}, ${width}] and "images" [${images.shape!.join(", ")}]: not those of MM-IMDb.`,
    );
  }
  if (height * across > MOST_PIXELS) {
    throw new DataError(`${path}: a poster has more than 100 million pixels.`);
  }
  const flags = reading(path, "the genres", () => genres.slice([]) as ArrayLike<number>);
  const names = genreNames(genres, path);
  const ids = valuesOf(file, path, "imdb_ids", rows);
  const words = valuesOf(file, path, "sequences", rows);
  const splits = splitsOf(file, path, rows);
  const drafts = Array.from({ length: rows }, (_, row): Draft => {
    const labels = names.filter((_, column) => flags[row * width + column] === 1);
    return {
      id: String(ids[row]),
      where: `${path} (row ${row})`,
      image: poster(images, row, path, `${path}#${size}#${mtimeMs}`),
      // The vocabulary is not in the file: a word is its number.
      text: Array.from(words[row] as ArrayLike<unknown>, String).join(" ") || null,
      labels,
      split: splits[row]!,
    };
  });
  const origin = `MM-IMDb in ${path} (word numbers)`;
  const issues = new IssueLog();
  return { name: "mm-imdb", labelKind: "multi-label", drafts, issues, origin };
}

/**
 * MM-IMDb as one HDF5 file, `multimodal_imdb.hdf5` of the GMU authors, with the split table that Fuel
 * writes. The text is the plot's word numbers: models trained on it understand no words.
 *
 * Source: Arevalo et al., "Gated Multimodal Units for Information Fusion", ICLR workshop 2017.
 */
export const mmimdbHdf5: Layout = {
  name: "mm-imdb-hdf5",
  kind: SOURCE_KINDS.mmimdbHdf5,
  summary: "MM-IMDb in one HDF5 file",
  expects: FILE,
  detect: async (path) => path.endsWith(".hdf5") || (await firstThere(path, FILE)) !== undefined,
  read,
};
