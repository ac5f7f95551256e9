/** @module Data for programs: tables, published data sets, and samples in memory. */

import type { z } from "zod";

import { SOURCE_KINDS } from "../data/sourceSettings.js";
import { refuseOthers } from "../data/given.js";
import type { dataConfig, DataSettings } from "../data/config.js";
import type { Dataset, Split } from "../data/dataset.js";
import { assembleDataset, type Draft } from "../data/drafts.js";
import { IssueLog } from "../data/issues.js";
import { withoutSide } from "../data/modalities.js";
import { openDataset, PROGRAM } from "../data/open.js";
import { type Picture, pictureSource } from "../data/picture.js";
import { DataError } from "../errors.js";
import { checkConfig } from "../run/config.js";

/** Data to train on. */
export interface TrainingData {
  /** The data with their splits. */
  readonly dataset: Dataset;
  /** How they are read and split. */
  readonly settings: DataSettings;
  /** Whether decoded pictures are kept in the cache on disk. */
  readonly cache: boolean;
}

/** How all data are read. */
export interface DataOptions extends Omit<z.input<typeof dataConfig>, "source" | "columns"> {
  /**
   * Whether decoded pictures are kept in the cache on disk: opening them again is faster, and pictures that do not
   * fit into memory are read from there. Default: no, nothing is written.
   */
  readonly cache?: boolean;
}

/** Names of a table's columns; those that are not given are guessed. */
export type ColumnNames = NonNullable<z.input<typeof dataConfig>["columns"]>;

/** How a table is read. */
export interface TableDataOptions extends DataOptions, ColumnNames {}

/** One sample of {@link samples}: a picture, a text or both, and the label. */
export interface SampleInput {
  readonly image?: Picture | null;
  readonly text?: string | null;
  /** The class; a list of any length makes the data multi-label. */
  readonly label: string | readonly string[];
  /** Default: drawn, 70 % train, 10 % validation, 20 % test. */
  readonly split?: Split;
  /** Samples of one group are never drawn into different splits. */
  readonly group?: string;
  /** Name of the sample, unique. Default: its place in the list. */
  readonly id?: string;
}

async function opened(settings: DataSettings, cache = false): Promise<TrainingData> {
  return { dataset: await openDataset(settings), settings, cache };
}

/**
 * Opens a table: CSV, TSV, JSONL, Excel or Parquet with a picture, a text and a label per row.
 *
 * @param path - Of the file, or of a folder with tables.
 * @throws {DataError} when it cannot be read.
 * @throws {ConfigError} for options that are wrong.
 */
export async function table(
  path: string,
  { cache, id, image, text, label, labels, split, group, ...options }: TableDataOptions = {},
): Promise<TrainingData> {
  const columns = { id, image, text, label, labels, split, group };
  const settings = { ...options, source: path, columns };
  return opened(checkConfig({ data: settings }, "table()").data, cache);
}

/**
 * Opens data by the name or path that the command line takes: `emoji:groups`, `synthetic`, or the folder of a
 * published data set.
 *
 * @throws {DataError} when the data do not exist.
 * @throws {ConfigError} for options that are wrong.
 */
export async function source(
  name: string,
  { cache, ...options }: DataOptions = {},
): Promise<TrainingData> {
  return opened(checkConfig({ data: { ...options, source: name } }, "source()").data, cache);
}

const SPLIT_NAMES: readonly unknown[] = ["train", "validation", "test"] satisfies Split[];

/** @throws {DataError} for a label that is no text or list of texts. */
function labelsOf({ label }: SampleInput, where: string): readonly string[] {
  const list: readonly unknown[] = Array.isArray(label) ? label : [label];
  if (list.every((one) => typeof one === "string" && one !== "")) return list as string[];
  throw new DataError(
    `${where}.label: expected the name of a class, or a list of names.`,
    "Leave samples out whose class is not known.",
  );
}

function draftOf(sample: SampleInput, at: number): Draft {
  const where = `samples[${at}]`;
  const { image, text, split, group, id = where } = sample;
  if (split !== undefined && !SPLIT_NAMES.includes(split)) {
    throw new DataError(`${where}.split: expected ${SPLIT_NAMES.join(", ")}, got "${split}".`);
  }
  if (text !== undefined && text !== null && typeof text !== "string") {
    throw new DataError(`${where}.text: expected a text, got ${typeof text}.`);
  }
  return {
    ...{ id, where, split: split ?? null, group },
    image: image === undefined || image === null ? null : pictureSource(image, `${where}.image`),
    text: text ?? null,
    labels: labelsOf(sample, where),
  };
}

/**
 * Data of samples in memory.
 *
 * @param list - Samples may lack the picture or the text. Give a `split` for all of them or for none.
 * @throws {DataError} for a value that is no picture, text, label or split.
 * @throws {ConfigError} for options that are wrong.
 */
export function samples(
  list: readonly SampleInput[],
  { cache = false, ...options }: DataOptions = {},
): TrainingData {
  const settings = checkConfig({ data: { ...options, source: PROGRAM } }, "samples()").data;
  refuseOthers(settings, SOURCE_KINDS.program, "samples()");
  if (list.length === 0) throw new DataError("samples(): the list is empty.");
  const unplaced = list.findIndex(({ split }) => split === undefined);
  if (unplaced >= 0 && list.some(({ split }) => split !== undefined)) {
    throw new DataError(
      `samples[${unplaced}].split: other samples have a split, and this one has none.`,
      "Give the split of all samples, or of none: then all are drawn.",
    );
  }
  const isMulti = list.some(({ label }) => Array.isArray(label));
  const given = {
    ...{ name: "samples", drafts: list.map(draftOf), issues: new IssueLog() },
    labelKind: isMulti ? ("multi-label" as const) : ("single-label" as const),
    origin: `${list.length} samples in memory`,
  };
  const dataset = withoutSide(assembleDataset(given, settings), settings.modalities);
  return { dataset, settings, cache };
}
