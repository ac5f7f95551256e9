/** @module Opens any data source by its name or path. */

import { basename } from "node:path";

import { DataError } from "../errors.js";
import { say, setting } from "../message.js";
import { statOf } from "../system.js";
import { nearest } from "../text.js";
import type { DataConfig } from "./config.js";
import type { Dataset } from "./dataset.js";
import { type EmojiLabels, loadEmoji } from "./emoji.js";
import { refuseUnused, withoutSide } from "./modalities.js";
import { classFolders } from "./sources/classFolders.js";
import { cub } from "./sources/cub.js";
import { featureFolder } from "./sources/featureFolder.js";
import { food101 } from "./sources/food101.js";
import { hatefulMemes } from "./sources/hatefulMemes.js";
import { IssueLog } from "./issues.js";
import { imageFolder } from "./sources/imageFolder.js";
import type { Layout } from "./sources/layout.js";
import { memotion } from "./sources/memotion.js";
import { mmimdb } from "./sources/mmimdb.js";
import { mmimdbHdf5 } from "./sources/mmimdbHdf5.js";
import { savedDataset } from "./sources/savedDataset.js";
import { loadSynthetic } from "./synthetic.js";
import { loadTables } from "./table.js";
import { findTables } from "./tableFolders.js";
import { canBeTable, TABLE_ENDINGS } from "./tables/read.js";

const EMOJI: ReadonlyMap<string, EmojiLabels> = new Map([
  ["emoji", "groups"],
  ["emoji:groups", "groups"],
  ["emoji:subgroups", "subgroups"],
]);

const SYNTHETIC = "synthetic";

/** Source of data that a program gave as objects: nobody else has them. */
export const PROGRAM = "samples of a program";

/** Published layouts, in the order in which a folder is tried. */
export const LAYOUTS: readonly Layout[] = [
  food101,
  hatefulMemes,
  mmimdb,
  mmimdbHdf5,
  memotion,
  cub,
  savedDataset,
  featureFolder,
];

const POSSIBLE = `Give ${[...EMOJI.keys(), SYNTHETIC].join(", ")}, a ${TABLE_ENDINGS.join(", ")} file, a folder with tables or with a folder of pictures per class, or a data set as it is distributed (${LAYOUTS.map(({ name }) => name).join(", ")}).`;

async function openFolder(folder: string, config: DataConfig): Promise<Dataset> {
  for (const layout of LAYOUTS) {
    if (await layout.detect(folder)) return layout.load(folder, config);
  }
  // Metadata describe the pictures beside them; without any they are a table like others.
  for (const withMetadata of [false, true]) {
    const issues = new IssueLog();
    const files = await findTables(folder, withMetadata, issues);
    if (files.length > 0) return loadTables(basename(folder), files, config, issues);
    if (!withMetadata && (await imageFolder.detect(folder)))
      return imageFolder.load(folder, config);
  }
  if (await classFolders.detect(folder)) return classFolders.load(folder, config);
  throw new DataError(`${folder}: nothing in this folder is a data set that is known.`, POSSIBLE);
}

/** A layout that the user names, as in `food101:/data/food101`. */
async function openNamed(name: string, folder: string, config: DataConfig): Promise<Dataset> {
  const known = [...LAYOUTS, imageFolder, classFolders];
  const layout = known.find((candidate) => candidate.name === name);
  if (!layout) {
    const guess = nearest(name, [...known.map((one) => one.name), ...EMOJI.keys()]);
    const hint = guess === undefined ? POSSIBLE : `Did you mean "${guess}"? ${POSSIBLE}`;
    throw new DataError(`${name}:${folder}: there is no data source "${name}".`, hint);
  }
  if (!(await layout.detect(folder))) {
    throw new DataError(
      `${folder}: the folder is not laid out like ${name}.`,
      `Expected: ${layout.expects}.`,
    );
  }
  return layout.load(folder, config);
}

/**
 * Opens a data source.
 *
 * @throws {DataError} when there is no such source, it cannot be read, or it is no table and cannot have
 *   the features, the encoding or the separator that the settings name.
 * @throws {ConfigError} for settings of a modality that is not to be used.
 */
export async function openDataset(config: DataConfig): Promise<Dataset> {
  refuseUnused(config);
  const dataset = withoutSide(await openSource(config), config.modalities);
  const { image, text } = config.features;
  if (!dataset.features && (image !== undefined || text !== undefined)) {
    throw new DataError(
      `${dataset.name}: precomputed features belong to the rows of a table, which this is not.`,
      "Give a table with a row per sample.",
    );
  }
  for (const name of ["encoding", "separator"] as const) {
    if (config[name] === undefined || dataset.columns) continue;
    throw new DataError(
      `${dataset.name}: ${name} is a setting of tables, which this is not.`,
      say`Leave out ${setting(`data.${name}`)}.`,
    );
  }
  return dataset;
}

async function openSource(config: DataConfig): Promise<Dataset> {
  const { source, locale, vendors, splitSeed, fold } = config;
  const labels = EMOJI.get(source);
  if (labels) return loadEmoji({ labels, locale, vendors, seed: splitSeed, fold });
  if (source === SYNTHETIC) return loadSynthetic(config.synthetic, splitSeed, fold);
  if (source === PROGRAM) {
    throw new DataError(
      "The run was trained on samples that a program gave; no file holds them.",
      "Continue or evaluate it in that program.",
    );
  }
  const info = await statOf(source);
  if (info?.isDirectory()) return openFolder(source, config);
  if (info && canBeTable(source)) {
    return loadTables(basename(source), [{ path: source, split: null }], config);
  }
  if (info && (await mmimdbHdf5.detect(source))) return mmimdbHdf5.load(source, config);
  if (info) throw new DataError(`${source}: not a table that can be read.`, POSSIBLE);
  const [, name, folder] = /^([a-z][a-z0-9-]+):(.+)$/.exec(source) ?? [];
  if (name !== undefined && folder !== undefined) return openNamed(name, folder, config);
  throw new DataError(`${source}: no such data source, file or folder.`, POSSIBLE);
}
