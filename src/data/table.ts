/** @module One's own data: tables of image paths or pictures, texts and labels. */

import { basename, dirname, isAbsolute, relative, resolve } from "node:path";

import { DataError } from "../errors.js";
import { count } from "../text.js";
import type { DataConfig } from "./config.js";
import type { Dataset, ImageSource, Split } from "./dataset.js";
import { assembleDataset, type Draft } from "./drafts.js";
import { type OwnFeatures, openOwnFeatures } from "./features/own.js";
import { IssueLog } from "./issues.js";
import { type Columns, findColumns } from "./tables/columns.js";
import { readRows } from "./tables/read.js";
import { cellText, PictureCell, type Row } from "./tables/row.js";

/** Settings of {@link loadTables}. */
export type TableOptions = Partial<
  Pick<DataConfig, "columns" | "images" | "labelSeparator" | "features">
> &
  Pick<DataConfig, "onBad" | "onUnknownLabel" | "splitSeed">;

/** A table file, and the split of its rows where the file stands for one. */
export interface TableFile {
  readonly path: string;
  readonly split: Split | null;
}

const SPLIT_NAMES: Readonly<Record<string, Split>> = {
  train: "train",
  training: "train",
  val: "validation",
  valid: "validation",
  validation: "validation",
  dev: "validation",
  test: "test",
  testing: "test",
};

/** The split that a word means, `undefined` for other words. */
export const splitNamed = (word: string): Split | undefined => SPLIT_NAMES[word.toLowerCase()];

function cellLabels(row: Row, column: string, separator: string | undefined): string[] {
  const value = row.cells.get(column);
  const whole = cellText(row, column);
  const parts = Array.isArray(value)
    ? value.map(String)
    : whole === null
      ? []
      : separator === undefined
        ? [whole]
        : whole.split(separator);
  return [...new Set(parts.map((part) => part.trim()).filter((part) => part !== ""))];
}

/** Reads rows into drafts and collects what is wrong with them. */
class TableReader {
  readonly #root: string;

  constructor(
    readonly file: TableFile,
    readonly columns: Columns,
    readonly options: TableOptions,
    readonly issues: IssueLog,
    readonly features: OwnFeatures | null,
  ) {
    this.#root = resolve(options.images ?? dirname(file.path));
  }

  read(row: Row, at: number, multiLabel: boolean): Draft | null {
    const { columns, issues } = this;
    const { where } = row;
    const labels = cellLabels(row, columns.label!, this.options.labelSeparator);
    if (labels.length === 0 && !multiLabel) {
      issues.skip("label-missing", where, "no label");
      return null;
    }
    const split = this.#split(row);
    if (split === undefined) {
      const value = cellText(row, columns.split) ?? "";
      issues.skip("split-unknown", where, `unknown split "${value}"`);
      return null;
    }
    const features = this.features?.of(row);
    const image = features?.image === undefined ? this.#image(row) : null;
    if (image === undefined) return null;
    const id = cellText(row, columns.id) ?? `${basename(this.file.path)}:${at + 1}`;
    const group = cellText(row, columns.group) ?? undefined;
    const text = cellText(row, columns.text);
    return { id, where, image, text, labels, split, group, ...(features && { features }) };
  }

  #split(row: Row): Split | null | undefined {
    if (this.file.split) return this.file.split;
    if (!this.columns.split) return null;
    return splitNamed(cellText(row, this.columns.split) ?? "");
  }

  /** The picture, `null` where there is none, `undefined` where the row is to be skipped. */
  #image(row: Row): ImageSource | null | undefined {
    const { columns, issues, options } = this;
    const cell = columns.image === undefined ? undefined : row.cells.get(columns.image);
    if (cell instanceof PictureCell) return cell.source;
    const given = cellText(row, columns.image);
    if (given === null) return null;
    const path = resolve(this.#root, given);
    const inside = relative(this.#root, path);
    if (!inside.startsWith("..") && !isAbsolute(inside)) {
      return { kind: "file", path, root: this.#root };
    }
    const message = `the image path "${given}" leads out of ${this.#root}`;
    if (options.onBad !== "missing") {
      issues.broken("image-outside", row.where, message, options.onBad);
      return undefined;
    }
    issues.add("image-outside", row.where, message, "modality-missing");
    return null;
  }
}

/**
 * Loads CSV, TSV, JSONL, Excel or Parquet tables as one data set; files may stand for splits.
 *
 * Columns that are not named are guessed. Splits that the tables do not give are drawn by seed,
 * stratified by label, groups together. Labels are single unless cells hold lists or
 * `labelSeparator` is given.
 *
 * @throws {DataError} when a table cannot be used; single bad rows become issues instead.
 */
export async function loadTables(
  name: string,
  files: readonly TableFile[],
  options: TableOptions,
): Promise<Dataset> {
  const issues = new IssueLog();
  const { labelSeparator, columns: given = {}, features = {}, onBad } = options;
  const hasFeatures = features.image !== undefined || features.text !== undefined;
  const tables = await Promise.all(
    files.map(async (file) => {
      const rows = await readRows(file.path, { issues, onBad });
      const columns = findColumns(file.path, rows, given, hasFeatures);
      return { path: file.path, file, rows, columns };
    }),
  );
  const own = await openOwnFeatures(features, tables, issues);
  const multiLabel =
    labelSeparator !== undefined ||
    tables.some(({ rows, columns }) =>
      rows.some((row) => cellLabels(row, columns.label!, undefined).length > 1),
    );
  const drafts = tables.flatMap(({ file, rows, columns }) => {
    const reader = new TableReader(file, columns, options, issues, own);
    return rows.flatMap((row, at) => reader.read(row, at, multiLabel) ?? []);
  });
  if (drafts.length === 0) {
    const [first] = issues.issues;
    throw new DataError(
      `${name}: no row can be used.`,
      first && `The first: ${first.where}: ${first.message}.`,
    );
  }
  const described = Object.entries(tables[0]!.columns).map(
    ([field, column]) => `${field}: ${column}`,
  );
  const paths = files.map(({ path }) => path).join(", ");
  const rows = tables.reduce((sum, table) => sum + table.rows.length, 0);
  return assembleDataset(
    {
      name,
      task: multiLabel ? "multi-label" : "single-label",
      drafts,
      issues,
      ...(own && { features: own.sizes }),
      origin: `${count(rows, "row")} of ${paths} (${described.join(", ")})`,
    },
    options,
  );
}
