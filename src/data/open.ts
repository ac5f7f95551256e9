/** @module Opens any data source by its name or path. */

import { basename } from "node:path";

import { DataError } from "../errors.js";
import { statOf } from "../system.js";
import { nearest } from "../text.js";
import { completeData, type DataSettings } from "./config.js";
import type { Dataset } from "./dataset.js";
import { type Assembly, assembleDataset } from "./drafts.js";
import { type EmojiLabels, loadEmoji } from "./emoji.js";
import { refuseOthers } from "./given.js";
import { refuseUnused, unusedSide, withoutSide } from "./modalities.js";
import { classFolders, hasPictures } from "./sources/classFolders.js";
import { cub } from "./sources/cub.js";
import { featureFolder } from "./sources/featureFolder.js";
import { food101 } from "./sources/food101.js";
import { hatefulMemes } from "./sources/hatefulMemes.js";
import { IssueLog } from "./issues.js";
import { imageFolder } from "./sources/imageFolder.js";
import type { Layout, SourceConfig } from "./sources/layout.js";
import { memotion } from "./sources/memotion.js";
import { mmimdb } from "./sources/mmimdb.js";
import { mmimdbHdf5 } from "./sources/mmimdbHdf5.js";
import { savedDataset } from "./sources/savedDataset.js";
import { SOURCE_KINDS } from "./sourceSettings.js";
import { loadSynthetic } from "./synthetic.js";
import { readTables } from "./table.js";
import type { TrainedColumns } from "./trainedColumns.js";
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

/** Settings of data, and whether samples need no labels. */
interface SourceSettings extends DataSettings, Pick<SourceConfig, "withoutLabels" | "trained"> {}

const complete = ({ withoutLabels, trained, ...settings }: SourceSettings): SourceConfig => ({
  ...completeData(settings),
  withoutLabels: withoutLabels ?? false,
  trained,
});

/** Reads a folder in a layout, with the settings that this has. */
function readLayout(layout: Layout, folder: string, config: SourceSettings): Promise<Assembly> {
  refuseOthers(config, layout.kind, folder);
  return layout.read(folder, complete(config));
}

async function readFolder(folder: string, config: SourceSettings): Promise<Assembly> {
  for (const layout of LAYOUTS) {
    if (await layout.detect(folder)) return readLayout(layout, folder, config);
  }
  // Metadata describe the pictures beside them; without any they are a table like others.
  for (const withMetadata of [false, true]) {
    const issues = new IssueLog();
    const files = await findTables(folder, withMetadata, issues);
    if (files.length > 0) {
      refuseOthers(config, SOURCE_KINDS.tables, folder);
      return readTables(basename(folder), files, complete(config), issues);
    }
    if (!withMetadata && (await imageFolder.detect(folder)))
      return readLayout(imageFolder, folder, config);
  }
  const hasSamples = config.withoutLabels === true ? hasPictures : classFolders.detect;
  if (await hasSamples(folder)) return readLayout(classFolders, folder, config);
  throw new DataError(`${folder}: nothing in this folder is a data set that is known.`, POSSIBLE);
}

/** A layout that the user names, as in `food101:/data/food101`. */
async function readNamed(name: string, folder: string, config: SourceSettings): Promise<Assembly> {
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
  return readLayout(layout, folder, config);
}

/**
 * Opens a data source.
 *
 * @throws {DataError} when there is no such source, or it cannot be read.
 * @throws {ConfigError} for settings of a modality that is not to be used, or that only other sources have.
 */
export async function openDataset(config: DataSettings): Promise<Dataset> {
  refuseUnused(config);
  return withoutSide(await openSource(config), config.modalities);
}

async function openSource(config: DataSettings): Promise<Dataset> {
  const { source } = config;
  const labels = EMOJI.get(source);
  if (labels) {
    refuseOthers(config, SOURCE_KINDS.emoji, source);
    const { locale, vendors, splitSeed, fold } = completeData(config);
    return loadEmoji({ labels, locale, vendors, seed: splitSeed, fold });
  }
  if (source === SYNTHETIC) {
    refuseOthers(config, SOURCE_KINDS.synthetic, source);
    const { synthetic, splitSeed, fold } = completeData(config);
    return loadSynthetic(synthetic, splitSeed, fold);
  }
  return assembleDataset(await readFiles(config), completeData(config));
}

/**
 * Reads the samples of a table or folder, whether or not they have labels; none is left out for want of one, and
 * none for saying the same as another.
 *
 * @param trained - Columns that the tables of the training had: they are taken where nobody names others.
 * @throws {DataError} when there is no such file or folder, or it cannot be read.
 * @throws {ConfigError} as {@link openDataset} does.
 */
export async function readUnlabelled(
  config: DataSettings,
  trained?: TrainedColumns,
): Promise<Assembly> {
  refuseUnused(config);
  const { source, modalities } = config;
  const isMade = EMOJI.has(source) || source === SYNTHETIC;
  const read = isMade
    ? draftsOf(await openSource(config))
    : await readFiles({ ...config, withoutLabels: true, trained });
  const side = unusedSide(modalities);
  if (side === null) return read;
  return { ...read, drafts: read.drafts.map((draft) => ({ ...draft, [side]: null })) };
}

/** What a data set was assembled of, where no source reads it. */
function draftsOf({ samples, ...about }: Dataset): Assembly {
  const drafts = samples.map((sample) => ({ ...sample, where: sample.id, labels: [] }));
  return { ...about, drafts, issues: new IssueLog(), origin: about.origin ?? about.name };
}

/** Reads what is in files. */
async function readFiles(config: SourceSettings): Promise<Assembly> {
  const { source } = config;
  if (source === PROGRAM) {
    throw new DataError(
      "The run was trained on samples that a program gave; no file holds them.",
      "Continue or evaluate it in that program.",
    );
  }
  const info = await statOf(source);
  if (info?.isDirectory()) return readFolder(source, config);
  if (info && canBeTable(source)) {
    refuseOthers(config, SOURCE_KINDS.tables, source);
    return readTables(basename(source), [{ path: source, split: null }], complete(config));
  }
  if (info && (await mmimdbHdf5.detect(source))) return readLayout(mmimdbHdf5, source, config);
  if (info) throw new DataError(`${source}: not a table that can be read.`, POSSIBLE);
  const [, name, folder] = /^([a-z][a-z0-9-]+):(.+)$/.exec(source) ?? [];
  if (name !== undefined && folder !== undefined) return readNamed(name, folder, config);
  throw new DataError(`${source}: no such data source, file or folder.`, POSSIBLE);
}
