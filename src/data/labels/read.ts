/** @module Labels of the rows of tables: how they are written is decided over all rows. */

import { DataError } from "../../errors.js";
import { say, setting, useCase } from "../../message.js";
import { count, someOf } from "../../text.js";
import type { DataConfig } from "../config.js";
import type { Split, LabelKind } from "../dataset.js";
import type { IssueLog } from "../issues.js";
import type { Columns } from "../tables/columns.js";
import type { Row } from "../tables/row.js";
import { labelCell, NONE } from "./cell.js";
import type { LabelItem } from "./cells.js";
import { readClassNames } from "./classNames.js";
import { columnLabels, type ReadLabels } from "./column.js";
import { hiddenSplits, type Told } from "./hidden.js";
import { oneHotLabels } from "./oneHot.js";

/** A table whose rows have labels, or a part of the data without any. */
export interface LabelTable {
  readonly path: string;
  readonly rows: readonly Row[];
  readonly columns: Columns;
  /** The split of a row: `null` where it is to be drawn, `undefined` where its word is unknown. */
  readonly splitOf: (row: Row) => Split | null | undefined;
}

/** What decides how labels are read. */
export type LabelOptions = Partial<
  Pick<DataConfig, "labelSeparator" | "classNames" | "missingLabels">
> &
  Pick<DataConfig, "onBad">;

/** Labels of all rows that have usable ones; what became of the others is recorded. */
export interface Labels {
  readonly labelKind: LabelKind;
  readonly of: ReadonlyMap<Row, readonly string[]>;
  /** Classes in the order of the source, where it has one. */
  readonly order?: readonly string[];
  /** The label's columns, for people. */
  readonly columns: string;
  /** How labels are written, in words, `null` where a cell is a label. */
  readonly how: string | null;
}

/** Files whose texts have no other way to say that a value is missing. */
const WORDS_ONLY = /\.(?:csv|tsv|xlsx)$/i;

const labelColumns = ({ label, labels = [] }: Columns): readonly string[] =>
  label === undefined ? labels : [label];

const isMinusOne = (value: unknown): boolean =>
  ["string", "number", "bigint"].includes(typeof value) && Number(value) === -1;

function toldOf(row: Row, columns: readonly string[]): Told {
  const filled = columns
    .map((column) => labelCell(row, column))
    .filter(({ kind }) => kind !== "none" && kind !== "empty");
  if (filled.length === 0) return "nothing";
  return filled.every((cell) => cell.kind === "one" && isMinusOne(cell.value))
    ? "minus-one"
    : "label";
}

/** Rows with a label to read: those of splits whose labels are hidden are counted and left out. */
function withoutHidden(tables: readonly LabelTable[], issues: IssueLog): ReadonlySet<Row> {
  const told = tables.flatMap(({ path, rows, columns, splitOf }) => {
    const names = labelColumns(columns);
    return rows.map((row) => ({ row, path, split: splitOf(row), told: toldOf(row, names) }));
  });
  const hidden = hiddenSplits(
    told.flatMap(({ split, told: one }) => (split === undefined ? [] : [{ split, told: one }])),
  );
  const rows = new Set(told.map(({ row }) => row));
  for (const split of hidden) {
    const own = told.filter((one) => one.split === split);
    for (const { row } of own) rows.delete(row);
    const message = say`the ${split} split has no labels: its ${count(own.length, "row")} are left out, and one is drawn from the training split; ${useCase("predict")} is for rows without labels`;
    issues.add("split-unlabelled", own[0]!.path, message, "noted");
  }
  return rows;
}

/** Of all rows, so few may have several labels, or none, before that looks like a mistake. */
const FEW = 0.05;

/** One label in every row is single-label data, all else multi-label. */
function labelKindOf(labels: ReadonlyMap<Row, readonly string[]>, issues: IssueLog): LabelKind {
  const others = [...labels].filter(([, own]) => own.length !== 1);
  if (others.length === 0) return "single-label";
  if (others.length <= FEW * labels.size) {
    const [row, own] = others[0]!;
    const message = `${count(own.length, "label")}, but all other rows than ${others.length} have one: the data are multi-label because of ${others.length === 1 ? "it" : "them"}`;
    issues.add("label-count", row.where, message, "noted");
  }
  return "multi-label";
}

function oneHot(
  tables: readonly LabelTable[],
  rows: ReadonlySet<Row>,
  names: readonly string[],
  { onBad, labelSeparator, classNames, missingLabels }: LabelOptions,
  issues: IssueLog,
): ReadLabels {
  const [idle] = Object.entries({
    "data.labelSeparator": labelSeparator,
    "data.classNames": classNames,
    "data.missingLabels": missingLabels,
  }).flatMap(([flag, value]) => (value === undefined ? [] : [flag]));
  if (idle !== undefined) {
    throw new DataError(
      say`${tables[0]!.path}: with ${setting("data.columns.labels")}, ${setting(idle)} has no effect.`,
      "The columns name the classes; leave one of the two out.",
    );
  }
  const labels = new Map<Row, readonly string[] | null>();
  for (const row of tables.flatMap((table) => table.rows)) {
    const own = rows.has(row) ? oneHotLabels(row, names, issues, onBad) : undefined;
    if (own !== undefined) labels.set(row, own);
  }
  return { labels, how: null, order: names };
}

/** Cells of the label columns; tables without one have no labels. */
const labelItems = (
  tables: readonly LabelTable[],
  wanted: ReadonlySet<Row>,
): readonly LabelItem[] =>
  tables.flatMap(({ rows, columns: { label } }) =>
    rows
      .filter((row) => wanted.has(row))
      .map((row) => ({ row, cell: label === undefined ? NONE : labelCell(row, label) })),
  );

/**
 * Reads the labels of tables. Lists, vectors of zeros and ones, and words for missing labels are recognised over all
 * rows of all tables; what was decided is described or recorded.
 *
 * @throws {DataError} for labels or class names that cannot be used, and at an unusable label where the user chose
 *   to stop.
 */
export async function readLabels(
  tables: readonly LabelTable[],
  options: LabelOptions,
  issues: IssueLog,
): Promise<Labels> {
  const { labelSeparator: separator, classNames, missingLabels: missing, onBad } = options;
  const rows = withoutHidden(tables, issues);
  const columns = tables.map((table) => table.columns);
  const { label, labels } = columns.find((one) => labelColumns(one).length > 0)!;
  const read = labels
    ? oneHot(tables, rows, labels, options, issues)
    : columnLabels(
        labelItems(tables, rows),
        {
          ...{ separator, missing, onBad },
          typed: tables.every(({ path }) => !WORDS_ONLY.test(path)),
          names: classNames === undefined ? undefined : await readClassNames(classNames),
        },
        issues,
      );
  const labelled = new Map<Row, readonly string[]>();
  for (const [row, own] of read.labels) {
    if (own) labelled.set(row, own);
    else issues.skip("label-missing", row.where, "no label");
  }
  const labelKind = separator === undefined ? labelKindOf(labelled, issues) : "multi-label";
  const columnsText = labels ? `labels: ${someOf(labels)}` : `label: ${label!}`;
  const single = labelKind === "single-label" && (labels ?? read.how) ? "one in every row" : null;
  const how = [read.how, single].filter((part) => part !== null).join(", ");
  return {
    ...{ labelKind, of: labelled, columns: columnsText, how: how === "" ? null : how },
    ...(read.order && { order: read.order }),
  };
}
