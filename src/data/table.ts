/** @module One's own data: tables of image paths or pictures, texts and labels. */

import { basename } from "node:path";

import { DataError } from "../errors.js";
import { count } from "../text.js";
import { PictureColumn } from "./cells/pictures.js";
import { type CellNote, type ColumnYield, describeForms, type NoReading } from "./cells/tally.js";
import { TextColumn } from "./cells/texts.js";
import type { DataConfig } from "./config.js";
import type { Dataset, ImageSource, Split } from "./dataset.js";
import { assembleDataset, type Draft } from "./drafts.js";
import { type OwnFeatures, openOwnFeatures } from "./features/own.js";
import { IssueLog } from "./issues.js";
import { type Columns, findColumns } from "./tables/columns.js";
import { readRows } from "./tables/read.js";
import { cellText, type Row } from "./tables/row.js";

/** Settings of {@link loadTables}. */
export type TableOptions = Partial<
  Pick<DataConfig, "columns" | "images" | "labelSeparator" | "features">
> &
  Pick<DataConfig, "onBad" | "onUnknownLabel" | "splitSeed" | "variant">;

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

const NOTHING = { kind: "none" } as const;

/** Reads rows into drafts and collects what is wrong with them. */
class TableReader {
  readonly #pictures: PictureColumn | null;
  readonly #texts: TextColumn | null;

  constructor(
    readonly file: TableFile,
    readonly columns: Columns,
    readonly options: TableOptions,
    readonly issues: IssueLog,
    readonly features: OwnFeatures | null,
    rows: readonly Row[],
  ) {
    const { image, text } = columns;
    const sizes = features?.sizes ?? {};
    const [table, { images }] = [file.path, options];
    this.#pictures =
      image === undefined || sizes.image !== undefined
        ? null
        : new PictureColumn(
            { table, column: image, images },
            rows.map(({ cells }) => cells.get(image)),
          );
    this.#texts =
      text === undefined || sizes.text !== undefined
        ? null
        : new TextColumn({ table, column: text }, options);
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
    const id = cellText(row, columns.id) ?? `${basename(this.file.path)}:${at + 1}`;
    const image = this.#image(row);
    const text = this.#text(row, id);
    if (image === undefined || text === undefined) return null;
    const group = cellText(row, columns.group) ?? undefined;
    return { id, where, image, text, labels, split, group, ...(features && { features }) };
  }

  /** What the filled cells of the columns gave. */
  yields(): ColumnYield[] {
    return [this.#pictures, this.#texts].flatMap((column) => column?.yield() ?? []);
  }

  #split(row: Row): Split | null | undefined {
    if (this.file.split) return this.file.split;
    if (!this.columns.split) return null;
    return splitNamed(cellText(row, this.columns.split) ?? "");
  }

  /** The picture, `null` where there is none, `undefined` where the row is to be skipped. */
  #image({ cells, where }: Row): ImageSource | null | undefined {
    const column = this.#pictures;
    const reading = column?.read(cells.get(column.place.column), where) ?? NOTHING;
    return reading.kind === "picture"
      ? this.#noted(reading, reading.image, where)
      : this.#without(reading, where);
  }

  /** The text, like the picture. */
  #text({ cells, where }: Row, id: string): string | null | undefined {
    const column = this.#texts;
    const reading = column?.read(cells.get(column.place.column), where, id) ?? NOTHING;
    return reading.kind === "text"
      ? this.#noted(reading, reading.text, where)
      : this.#without(reading, where);
  }

  #noted<T>({ note }: { readonly note?: CellNote }, value: T, where: string): T {
    if (note) this.issues.add(note.kind, where, note.message, "kept");
    return value;
  }

  #without(reading: NoReading, where: string): null | undefined {
    if (reading.kind === "none") return null;
    const { issue, message } = reading;
    return this.issues.lost(issue, where, message, this.options.onBad) ? null : undefined;
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
  const yields: ColumnYield[] = [];
  const drafts = tables.flatMap(({ file, rows, columns }) => {
    const reader = new TableReader(file, columns, options, issues, own, rows);
    const read = rows.flatMap((row, at) => reader.read(row, at, multiLabel) ?? []);
    yields.push(...reader.yields());
    return read;
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
      columns: yields,
      origin: `${count(rows, "row")} of ${paths} (${described.join(", ")})${describeForms(yields)}`,
    },
    options,
  );
}
