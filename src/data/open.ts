/** @module Opens any data source by its name or path, and checks that it can be trained on. */

import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";

import { DataError } from "../errors.js";
import type { DataConfig } from "./config.js";
import { type Dataset, samplesOf, SPLITS } from "./dataset.js";
import { type EmojiLabels, loadEmoji } from "./emoji.js";
import { isTable, TABLE_ENDINGS } from "./rows.js";
import { loadSynthetic } from "./synthetic.js";
import { loadTable } from "./table.js";

const EMOJI: Readonly<Record<string, EmojiLabels>> = {
  emoji: "groups",
  "emoji:groups": "groups",
  "emoji:subgroups": "subgroups",
};

const SYNTHETIC = "synthetic";

const POSSIBLE = `Give ${[...Object.keys(EMOJI), SYNTHETIC].join(", ")}, or the path of a ${TABLE_ENDINGS.join(", ")} file or of a folder with one.`;

/** The table that a path means: itself, or the only table of a folder. */
async function tableAt(path: string): Promise<string> {
  const info = await stat(path).catch(() => null);
  if (!info) throw new DataError(`${path}: no such data source, file or folder.`, POSSIBLE);
  if (!info.isDirectory()) {
    if (isTable(path)) return path;
    throw new DataError(`${path}: not a table that can be read.`, POSSIBLE);
  }
  const tables = (await readdir(path)).filter(isTable).sort();
  if (tables.length === 1) return join(path, tables[0]!);
  const found = tables.length === 0 ? "no table" : `several tables: ${tables.join(", ")}`;
  throw new DataError(`${path}: the folder has ${found}.`, POSSIBLE);
}

/**
 * Opens a data source.
 *
 * @throws {DataError} when there is no such source or it cannot be read.
 */
export async function openDataset(config: DataConfig): Promise<Dataset> {
  const { source, locale, vendors, splitSeed } = config;
  const labels = EMOJI[source];
  if (labels) return loadEmoji({ labels, locale, vendors, seed: splitSeed });
  if (source === SYNTHETIC) return loadSynthetic(config.synthetic, splitSeed);
  return loadTable(await tableAt(source), config);
}

/** Why a data set cannot be trained on; empty where it can. */
export function unfitness({ classes, samples }: Dataset, name = "the data"): string[] {
  const reasons = SPLITS.filter((split) => !samples.some((sample) => sample.split === split)).map(
    (split) => `${name}: the ${split} split is empty`,
  );
  if (classes.length < 2) {
    const only = classes.length === 1 ? ` ("${classes[0]}")` : "";
    reasons.push(
      `${name}: there must be at least two classes in the training split, got ${classes.length}${only}`,
    );
  }
  return reasons;
}

/**
 * Checks that a data set can be trained on.
 *
 * @throws {DataError} with the first reason why not.
 */
export function assertFit(dataset: Dataset): void {
  const [reason] = unfitness(dataset, dataset.name);
  if (reason === undefined) return;
  const counts = SPLITS.map((split) => `${split}: ${samplesOf(dataset, split).length}`).join(", ");
  throw new DataError(
    `${reason}.`,
    `Samples per split: ${counts}. "balgrad data check" shows what was skipped and why.`,
  );
}
