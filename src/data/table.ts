/** @module One's own data: a table of image paths, texts and labels. */

import { basename, dirname, isAbsolute, relative, resolve } from "node:path";

import { DataError } from "../errors.js";
import { count } from "../text.js";
import { type Columns, type Field, findColumns } from "./columns.js";
import type { DataIssue, Dataset, ImageSource, OnBad, Sample, Split } from "./dataset.js";
import { type Row, readRows } from "./rows.js";
import { DEFAULT_SHARES, drawSplits } from "./split.js";

/** Options of {@link loadTable}. */
export interface TableOptions {
  readonly columns?: Partial<Record<Field, string | undefined>>;
  /** Folder that image paths are relative to; default: the table's. Paths out of it are refused. */
  readonly images?: string | undefined;
  /** Separates several labels in one cell; makes the data multi-label. */
  readonly labelSeparator?: string | undefined;
  readonly onBad: OnBad;
  readonly onUnknownLabel: "skip" | "stop";
  /** Seed of a drawn split. */
  readonly splitSeed: number;
}

/** A row understood; the split is `null` where it has to be drawn. */
interface Draft {
  readonly id: string;
  readonly where: string;
  readonly image: ImageSource | null;
  readonly text: string | null;
  readonly labels: readonly string[];
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

/** A cell as text; empty cells and nulls are absent. */
function cellText(row: Row, column: string | undefined): string | null {
  const value = column === undefined ? undefined : row.cells[column];
  if (typeof value === "number" || typeof value === "boolean") return String(value);
  return typeof value === "string" && value.trim() !== "" ? value.trim() : null;
}

function cellLabels(row: Row, column: string, separator: string | undefined): string[] {
  const value = row.cells[column];
  const parts = Array.isArray(value)
    ? value.map(String)
    : (separator === undefined
        ? [cellText(row, column)]
        : (cellText(row, column)?.split(separator) ?? [])
      ).filter((part) => part !== null);
  return [...new Set(parts.map((part) => part.trim()).filter((part) => part !== ""))];
}

/** Reads rows into drafts and collects what is wrong with them. */
class TableReader {
  readonly issues: DataIssue[] = [];
  readonly #root: string;

  constructor(
    readonly path: string,
    readonly columns: Columns,
    readonly options: TableOptions,
  ) {
    this.#root = resolve(options.images ?? dirname(path));
  }

  read(row: Row, multiLabel: boolean): Draft | null {
    const where = `${this.path}:${row.line}`;
    const labels = cellLabels(row, this.columns.label!, this.options.labelSeparator);
    if (labels.length === 0 && !multiLabel) return this.#skip("label-missing", where, "no label");
    const split = this.#split(row);
    if (split === undefined) {
      const value = cellText(row, this.columns.split) ?? "";
      return this.#skip("split-unknown", where, `unknown split "${value}"`);
    }
    const image = this.#image(row, where);
    if (image === undefined) return null;
    const id = cellText(row, this.columns.id) ?? `${basename(this.path)}:${row.line}`;
    return { id, where, image, text: cellText(row, this.columns.text), labels, split };
  }

  #skip(kind: string, where: string, message: string): null {
    this.issues.push({ kind, where, message, outcome: "sample-skipped" });
    return null;
  }

  #split(row: Row): Split | null | undefined {
    if (!this.columns.split) return null;
    return SPLIT_NAMES[(cellText(row, this.columns.split) ?? "").toLowerCase()];
  }

  /** The picture, `null` where there is none, `undefined` where the row is to be skipped. */
  #image(row: Row, where: string): ImageSource | null | undefined {
    const given = cellText(row, this.columns.image);
    if (given === null) return null;
    const path = resolve(this.#root, given);
    const inside = relative(this.#root, path);
    if (!inside.startsWith("..") && !isAbsolute(inside)) return { kind: "file", path };
    const message = `the image path "${given}" leads out of ${this.#root}`;
    const { onBad } = this.options;
    if (onBad === "stop") {
      throw new DataError(`${where}: ${message}.`, "Give the pictures' folder with --images.");
    }
    if (onBad === "skip") {
      this.#skip("image-outside", where, message);
      return undefined;
    }
    this.issues.push({ kind: "image-outside", where, message, outcome: "modality-missing" });
    return null;
  }
}

/** Fills in the splits that the table does not give. */
function completeSplits(
  drafts: readonly Draft[],
  { splitSeed }: TableOptions,
): (Draft & { split: Split })[] {
  const units = (chosen: readonly Draft[]) =>
    chosen.map(({ id, where, labels }) => ({ key: `${id} ${where}`, stratum: labels[0] ?? "" }));
  const given = new Set(drafts.map(({ split }) => split));
  // A table with train and test only: validation is cut from the training rows.
  const open = given.has("validation") ? [] : drafts.filter(({ split }) => split !== "test");
  const shares = given.has("test") ? { ...DEFAULT_SHARES, test: 0 } : DEFAULT_SHARES;
  const drawn = drawSplits(units(given.has(null) ? drafts : open), splitSeed, shares);
  return drafts.map((draft) => ({
    ...draft,
    split: drawn.get(`${draft.id} ${draft.where}`) ?? draft.split!,
  }));
}

/** Drops samples whose labels the training split lacks, and numbers the classes. */
function numberLabels(
  drafts: readonly (Draft & { split: Split })[],
  issues: DataIssue[],
  { onUnknownLabel }: TableOptions,
): { classes: string[]; samples: Sample[] } {
  const training = drafts.filter(({ split }) => split === "train");
  const classes = [...new Set(training.flatMap(({ labels }) => labels))].sort();
  const numbers = new Map(classes.map((name, at) => [name, at]));
  const samples: Sample[] = [];
  for (const { id, where, image, text, labels, split } of drafts) {
    const unknown = labels.find((label) => !numbers.has(label));
    if (unknown === undefined) {
      samples.push({ id, image, text, split, labels: labels.map((label) => numbers.get(label)!) });
      continue;
    }
    const message = `the label "${unknown}" does not occur in the training split`;
    if (onUnknownLabel === "stop") throw new DataError(`${where}: ${message}.`);
    issues.push({ kind: "label-unknown", where, message, outcome: "sample-skipped" });
  }
  return { classes, samples };
}

/**
 * Loads a CSV, TSV or JSONL table.
 *
 * Columns that are not named are guessed. Without a split column the split is drawn by seed,
 * stratified by label. Labels are single unless cells hold lists or `labelSeparator` is given.
 *
 * @throws {DataError} when the table cannot be used; single bad rows become issues instead.
 */
export async function loadTable(path: string, options: TableOptions): Promise<Dataset> {
  const rows = await readRows(path);
  const columns = findColumns(path, rows, options.columns ?? {});
  const lists = rows.map((row) => cellLabels(row, columns.label!, options.labelSeparator));
  const multiLabel =
    options.labelSeparator !== undefined || lists.some((labels) => labels.length > 1);
  const reader = new TableReader(path, columns, options);
  const drafts = rows.map((row) => reader.read(row, multiLabel)).filter((draft) => draft !== null);
  const complete = completeSplits(drafts, options);
  const { classes, samples } = numberLabels(complete, reader.issues, options);
  const described = Object.entries(columns).map(([field, name]) => `${field}: ${name}`);
  return {
    name: basename(path),
    task: multiLabel ? "multi-label" : "single-label",
    classes,
    samples,
    issues: reader.issues,
    origin: `${count(rows.length, "row")} of ${path} (${described.join(", ")})`,
  };
}
