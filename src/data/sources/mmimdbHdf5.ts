/** @module MM-IMDb in one HDF5 file: pixels, word numbers and genres as arrays. */

import { stat } from "node:fs/promises";
import { join } from "node:path";

import type { Dataset as HdfDataset, File as HdfFile } from "h5wasm/node";

import { DataError } from "../../errors.js";
import type { DataConfig } from "../config.js";
import type { Dataset, DeferredImage, Split } from "../dataset.js";
import { assembleDataset, type Draft } from "../drafts.js";
import { IssueLog } from "../issues.js";
import { firstThere, type Layout } from "./layout.js";
import { GENRES } from "./mmimdb.js";

const FILE = "multimodal_imdb.hdf5";

const SPLITS: Readonly<Record<string, Split>> = { train: "train", dev: "validation", test: "test" };

/** Opens a file; the library comes with its own WebAssembly, which takes a moment to load. */
async function open(path: string): Promise<HdfFile> {
  const { File, ready } = await import("h5wasm/node");
  await ready;
  try {
    return new File(path, "r");
  } catch (error) {
    throw new DataError(`${path}: not an HDF5 file that can be read: ${String(error)}.`);
  }
}

function arrayOf(file: HdfFile, path: string, name: string): HdfDataset {
  const found = file.get(name);
  if (!found || !("slice" in found)) {
    throw new DataError(
      `${path}: there is no array "${name}".`,
      `It has: ${file.keys().join(", ")}.`,
    );
  }
  return found;
}

/** The split of each row, from the table that Fuel keeps in the file. */
function splitsOf(file: HdfFile, path: string, rows: number): Split[] {
  const table = file.attrs["split"]?.value;
  if (!Array.isArray(table)) {
    throw new DataError(`${path}: the file has no table of splits (attribute "split").`);
  }
  const splits = new Array<Split | null>(rows).fill(null);
  for (const entry of table as unknown as readonly (readonly unknown[])[]) {
    const [name, source, start, stop] = entry;
    const split = SPLITS[String(name)];
    if (split && source === "genres") splits.fill(split, Number(start), Number(stop));
  }
  return splits.map((split, row) => {
    if (split === null) throw new DataError(`${path}: row ${row} is in no split.`);
    return split;
  });
}

/** A poster: `[3, height, width]` numbers from 0 to 255, read when it is decoded. */
function poster(images: HdfDataset, row: number, identity: string): DeferredImage {
  const [, , height, width] = images.shape as [number, number, number, number];
  const area = height * width;
  return {
    kind: "deferred",
    identity: `${identity}#${row}`,
    load: () => {
      const planes = images.slice([[row, row + 1]]) as ArrayLike<number>;
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

async function load(folder: string, config: DataConfig): Promise<Dataset> {
  const path = folder.endsWith(".hdf5") ? folder : join(folder, FILE);
  const { size, mtimeMs } = await stat(path);
  // Kept open: posters are read when they are decoded.
  const file = await open(path);
  const genres = arrayOf(file, path, "genres");
  const images = arrayOf(file, path, "images");
  const [rows, width] = genres.shape as [number, number];
  const flags = genres.slice([]) as ArrayLike<number>;
  const noted = genres.attrs["target_names"]?.value;
  const names = typeof noted === "string" ? (JSON.parse(noted) as string[]) : GENRES;
  const ids = arrayOf(file, path, "imdb_ids").slice([]) as unknown as readonly string[];
  const words = arrayOf(file, path, "sequences").slice([]) as unknown as readonly Int32Array[];
  const splits = splitsOf(file, path, rows);
  const drafts = Array.from({ length: rows }, (_, row): Draft => {
    const labels = names.filter((_, column) => flags[row * width + column] === 1);
    return {
      id: ids[row]!,
      where: `${path} (row ${row})`,
      image: poster(images, row, `${path}#${size}#${mtimeMs}`),
      // The vocabulary is not in the file: a word is its number.
      text: words[row]!.length > 0 ? words[row]!.join(" ") : null,
      labels,
      split: splits[row]!,
    };
  });
  const origin = `MM-IMDb in ${path} (word numbers)`;
  const issues = new IssueLog();
  return assembleDataset({ name: "mm-imdb", task: "multi-label", drafts, issues, origin }, config);
}

/**
 * MM-IMDb as one HDF5 file, `multimodal_imdb.hdf5` of the GMU authors, with the split table that Fuel
 * writes. The text is the plot's word numbers: models trained on it understand no words.
 *
 * Source: Arevalo et al., "Gated Multimodal Units for Information Fusion", ICLR workshop 2017.
 */
export const mmimdbHdf5: Layout = {
  name: "mm-imdb-hdf5",
  summary: "MM-IMDb in one HDF5 file",
  expects: FILE,
  detect: async (path) => path.endsWith(".hdf5") || (await firstThere(path, FILE)) !== undefined,
  load,
};
