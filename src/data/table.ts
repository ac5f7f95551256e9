/** @module One's own data: tables of image paths or pictures, texts and labels. */

import { DataError } from "../errors.js";
import { say } from "../message.js";
import { count } from "../text.js";
import { PictureColumn } from "./cells/pictures.js";
import { type CellNote, describeForms, type NoReading } from "./cells/tally.js";
import { TextColumn } from "./cells/texts.js";
import type { DataConfig } from "./config.js";
import type { ColumnYield, ImageSource, Split } from "./dataset.js";
import type { Assembly, Draft } from "./drafts.js";
import { type OwnFeatures, openOwnFeatures } from "./features/own.js";
import { misreadColumns } from "./fitness.js";
import { IssueLog } from "./issues.js";
import { type Labels, type LabelTable, readLabels } from "./labels/read.js";
import { unusedSide } from "./modalities.js";
import { shortNames } from "./paths.js";
import { splitNamed } from "./splitWords.js";
import { type Columns, findColumns, type FoundColumns } from "./tables/columns.js";
import type { TrainedColumns } from "./trainedColumns.js";
import { assertNotRepeated } from "./tables/header.js";
import { readContents, type TableContents } from "./tables/read.js";
import { cellText, type Row } from "./tables/row.js";

/** Settings of {@link readTables}. */
export type TableOptions = Partial<
  Pick<
    DataConfig,
    | "columns"
    | "encoding"
    | "separator"
    | "images"
    | "labelSeparator"
    | "classNames"
    | "missingLabels"
    | "features"
  >
> &
  Pick<
    DataConfig,
    "onBad" | "onUnknownLabel" | "splitSeed" | "splits" | "variant" | "modalities"
  > & {
    readonly fold?: DataConfig["fold"];
    /** Whether rows need no labels, and columns of labels and splits are not looked for. */
    readonly withoutLabels?: boolean;
    /** Columns that the tables of a training had; default: none. */
    readonly trained?: TrainedColumns | undefined;
  };

/** A table file, and the split of its rows where the file stands for one. */
export interface TableFile {
  readonly path: string;
  readonly split: Split | null;
  /** What it holds, where it is read already. */
  readonly contents?: TableContents;
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
    /** What rows without an id are named by. */
    readonly name: string,
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

  /** A row's draft, `null` where it cannot be used, which is recorded. */
  read(row: Row, at: number, labels: readonly string[]): Draft | null {
    const { columns, issues } = this;
    const { where } = row;
    const split = this.split(row);
    if (split === undefined) {
      const value = cellText(row, columns.split) ?? "";
      issues.skip("split-unknown", where, `unknown split "${value}"`);
      return null;
    }
    const features = this.features?.of(row);
    const id = cellText(row, columns.id) ?? `${this.name}:${at + 1}`;
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

  /** The split of a row: `null` where it is to be drawn, `undefined` where its word is unknown. */
  split(row: Row): Split | null | undefined {
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

/** The tables, their columns and how each was found, for people. */
function describe(
  tables: readonly LabelTable[],
  { how }: FoundColumns,
  labels: Labels | null,
): string {
  const marked = (text: string, notes: readonly (string | null | undefined)[]): string => {
    const said = notes.filter((note) => note && note !== "given").join("; ");
    return said === "" ? text : `${text} (${said})`;
  };
  const columns = (["id", "image", "text", "split", "group"] as const).flatMap((field) => {
    const named = tables.find((table) => table.columns[field] !== undefined)?.columns[field];
    return named === undefined ? [] : marked(`${field}: ${named}`, [how.get(field)]);
  });
  const label = labels ? [marked(labels.columns, [how.get("label"), labels.how])] : [];
  const rows = tables.reduce((sum, table) => sum + table.rows.length, 0);
  const paths = tables.map(({ path }) => path).join(", ");
  return `${count(rows, "row")} of ${paths} (${[...columns, ...label].join(", ")})`;
}

/** A data set of tables without any row. */
const noRows = (name: string, files: readonly TableFile[], issues: IssueLog): Assembly => ({
  ...{ name, labelKind: "single-label", drafts: [], issues },
  origin: `0 rows of ${files.map(({ path }) => path).join(", ")}`,
});

/**
 * Reads CSV, TSV, JSONL, Excel or Parquet tables as one data set; files may stand for splits.
 *
 * Columns that are not named are guessed. Splits that the tables do not give are drawn by seed,
 * stratified by label, groups together. How labels are written is recognised, see {@link readLabels}.
 *
 * @param issues - Collects what is wrong, beside what the caller found.
 * @throws {DataError} when a table cannot be used; single bad rows become issues instead.
 */
export async function readTables(
  name: string,
  files: readonly TableFile[],
  options: TableOptions,
  issues = new IssueLog(),
): Promise<Assembly> {
  const { columns: given = {}, onBad, modalities, encoding, separator } = options;
  const { withoutLabels = false } = options;
  const unused = unusedSide(modalities);
  const features = { ...options.features, ...(unused !== null && { [unused]: undefined }) };
  const read = await Promise.all(
    files.map(async (file) => {
      const { rows, repeated } =
        file.contents ??
        (await readContents(file.path, {
          ...{ issues, onBad, encoding, separator },
          mayBeEmpty: withoutLabels,
        }));
      const mayLackLabels = withoutLabels || (file.split !== null && file.split !== "train");
      return { path: file.path, file, rows, mayLackLabels, repeated };
    }),
  );
  if (withoutLabels && read.every(({ rows }) => rows.length === 0)) {
    return noRows(name, files, issues);
  }
  const needs = {
    unused,
    labels: !withoutLabels,
    trained: options.trained,
    taken: Object.values(features).filter((one) => one !== undefined),
    features: { image: features.image !== undefined, text: features.text !== undefined },
  };
  const found = findColumns(read, given, needs, issues);
  const tables = read.map((table, at) => ({ ...table, columns: found.tables[at]! }));
  for (const { path, columns, repeated } of tables) {
    assertNotRepeated(path, columns, given, repeated);
  }
  const own = await openOwnFeatures(features, tables, issues);
  const names = shortNames(files.map(({ path }) => path));
  const readers = tables.map(({ file, columns, rows }, at) => ({
    ...tables[at]!,
    reader: new TableReader(file, columns, options, issues, own, names[at]!, rows),
  }));
  const labelled = readers.map(({ reader, ...table }) => ({
    ...table,
    splitOf: (row: Row) => reader.split(row),
  }));
  const labels = withoutLabels ? null : await readLabels(labelled, options, issues);
  const drafts = readers.flatMap(({ reader, rows }) =>
    rows.flatMap((row, at) => {
      const of = labels ? labels.of.get(row) : [];
      return (of && reader.read(row, at, of)) ?? [];
    }),
  );
  const yields = readers.flatMap(({ reader }) => reader.yields());
  if (drafts.length === 0) {
    const [misread] = misreadColumns(yields);
    if (misread) throw new DataError(say`${name}: ${misread.reason}.`, misread.hint);
    const [first] = issues.issues.filter(({ outcome }) => outcome === "sample-skipped");
    throw new DataError(
      `${name}: no row can be used.`,
      first && say`The first: ${first.where}: ${first.message}.`,
    );
  }
  return {
    name,
    labelKind: labels?.labelKind ?? "single-label",
    drafts,
    issues,
    ...(labels?.order && { order: labels.order }),
    ...(own && { features: own.sizes }),
    columns: yields,
    origin: `${describe(labelled, found, labels)}${describeForms(yields)}`,
  };
}
