/** @module Labels of one column: what each cell means once the column is understood. */

import { DataError } from "../../errors.js";
import { say, setting } from "../../message.js";
import { count, someOf } from "../../text.js";
import type { OnBad } from "../dataset.js";
import type { IssueLog } from "../issues.js";
import type { Row } from "../tables/row.js";
import { type CellOptions, type LabelItem, readCells, type Reading, labelCounts } from "./cells.js";
import { plainNumber } from "./equal.js";
import type { LabelValue } from "./list.js";
import { sameLabels } from "./same.js";
import { suspectedSeparator } from "./separators.js";
import { bitOf, refuseOtherVectors } from "./vectors.js";

/** Labels by row; rows without a label have none, unusable rows are absent and recorded. */
export interface ReadLabels {
  readonly labels: ReadonlyMap<Row, readonly string[] | null>;
  /** How labels are written, in words. */
  readonly how: string | null;
  /** Classes in the order of the source, where it has one. */
  readonly order?: readonly string[];
}

/** Settings of {@link columnLabels}. */
export interface ColumnOptions extends CellOptions {
  /** Names of the classes, from a file. */
  readonly names: readonly string[] | undefined;
  readonly onBad: OnBad;
}

function vectorLabels(
  { items, positions }: Reading,
  { names: given, onBad }: ColumnOptions,
  issues: IssueLog,
): ReadLabels {
  const length = positions!;
  if (given && given.length !== length) {
    throw new DataError(
      `${count(given.length, "class name")} for vectors of ${length} zeros and ones.`,
      say`${setting("data.classNames")} needs a name for each position.`,
    );
  }
  const names = given ?? Array.from({ length }, (_, at) => `class ${at}`);
  const labels = new Map<Row, readonly string[] | null>();
  for (const { row, cell } of items) {
    if (cell.kind === "none" || cell.kind === "empty") labels.set(row, null);
    else {
      const bits = cell.kind === "list" ? cell.values.map(bitOf) : [];
      if (bits.length === length && !bits.includes(undefined)) {
        labels.set(
          row,
          names.filter((_, at) => bits[at]),
        );
      } else {
        const message = `not a vector of ${length} zeros and ones`;
        issues.broken("label-unusable", row.where, message, onBad);
      }
    }
  }
  const how = `vectors of ${length} zeros and ones: ${someOf(names)}`;
  return { labels, how, order: names };
}

const isFilled = (value: LabelValue): value is NonNullable<LabelValue> =>
  value !== null && String(value).trim() !== "";

/** Labels of a cell as they are written; `null` for none, `undefined` where it is unusable. */
function labelsOf({ cell }: LabelItem, isList: boolean): readonly string[] | null | undefined {
  switch (cell.kind) {
    case "none":
    case "empty":
      return null;
    case "unusable":
      return undefined;
    case "list": {
      const filled = cell.values.filter(isFilled).map(String);
      return filled.length === 0 && cell.values.length > 0 ? null : filled;
    }
    case "one": {
      const text = String(cell.value);
      // Among lists, a text that begins like one is a broken one.
      return isList && /^\s*[[({]/.test(text) ? undefined : [text];
    }
  }
}

/** Names of class numbers, or the labels where they are names already. */
function named(
  labels: ReadonlyMap<Row, readonly string[] | null>,
  names: readonly string[],
): ReadonlyMap<Row, readonly string[] | null> {
  const known = new Set(names);
  const all = [...labels].flatMap(([row, own]) => (own ?? []).map((label) => ({ row, label })));
  if (all.every(({ label }) => known.has(label))) return labels;
  const nameOf = (label: string): string | undefined =>
    /^\d+$/.test(plainNumber(label) ?? "") ? names[Number(label)] : undefined;
  const odd = all.find(({ label }) => nameOf(label) === undefined);
  if (odd) {
    throw new DataError(
      `${odd.row.where}: the label "${odd.label}" is neither one of the ${names.length} class names nor a number from 0 to ${names.length - 1}.`,
      say`${setting("data.classNames")} names class numbers, counted from 0, and positions of vectors of zeros and ones.`,
    );
  }
  return new Map([...labels].map(([row, own]) => [row, own && own.map((one) => nameOf(one)!)]));
}

/** Says which sign seems to separate labels. */
function suggestSeparator(items: readonly LabelItem[], issues: IssueLog): void {
  const found = suspectedSeparator(labelCounts(items));
  if (!found) return;
  const { sign, texts, whole, names } = found;
  const first = items.find(({ cell }) => cell.kind === "one" && String(cell.value).includes(sign))!;
  const message = say`"${sign}" in ${count(texts, "label")} seems to separate several: split, they are ${names.length} names (${someOf(names)}), not ${whole} classes; ${setting("data.labelSeparator", sign)} splits them`;
  issues.add("label-separator", first.row.where, message, "noted");
}

/** Entries of lists that are no label, and texts among lists: said once each. */
function noteOddCells(items: readonly LabelItem[], issues: IssueLog): void {
  const hasNull = items.filter(
    ({ cell }) => cell.kind === "list" && cell.values.some((value) => !isFilled(value)),
  );
  const bare = items.filter(({ cell }) => cell.kind === "one");
  if (hasNull.length > 0) {
    const message = `empty entries of lists are no class (${count(hasNull.length, "row")})`;
    issues.add("label-entry-empty", hasNull[0]!.row.where, message, "noted");
  }
  if (bare.length > 0) {
    const message = `a label among lists counts as a list of one (${count(bare.length, "row")})`;
    issues.add("label-not-a-list", bare[0]!.row.where, message, "noted");
  }
}

/**
 * Reads the labels of a column.
 *
 * @throws {DataError} for vectors of other numbers than 0 and 1, names of classes that do not fit, and at an unusable
 *   cell where the user chose to stop.
 */
export function columnLabels(
  given: readonly LabelItem[],
  options: ColumnOptions,
  issues: IssueLog,
): ReadLabels {
  const reading = readCells(given, options, issues);
  const { items, how, positions } = reading;
  if (positions !== null) return vectorLabels(reading, options, issues);
  const isList = how !== null;
  if (isList) {
    refuseOtherVectors(
      items.flatMap(({ row: { where }, cell }) =>
        cell.kind === "list" ? [{ where, values: cell.values }] : [],
      ),
    );
    noteOddCells(items, issues);
  } else suggestSeparator(items, issues);
  const labels = new Map<Row, readonly string[] | null>();
  for (const item of items) {
    const own = labelsOf(item, isList);
    if (own !== undefined) labels.set(item.row, own);
    else {
      const why = item.cell.kind === "unusable" ? item.cell.why : "not a list that can be read";
      issues.broken("label-unusable", item.row.where, why, options.onBad);
    }
  }
  const filled = new Map([...labels].flatMap(([row, own]) => (own ? [[row, own] as const] : [])));
  const same = sameLabels(filled, issues);
  const merged = new Map([...labels].map(([row]) => [row, same.get(row) ?? null]));
  const { names } = options;
  return names ? { labels: named(merged, names), how, order: names } : { labels: merged, how };
}
