/** @module Which columns of tables hold what: as given, or guessed by names and values. */

import { DataError } from "../../errors.js";
import { type Message, say, setting } from "../../message.js";
import { nearest } from "../../text.js";
import type { IssueLog } from "../issues.js";
import { isOneHot } from "../labels/oneHot.js";
import { Guesser, type Needs } from "./guess.js";
import type { Field } from "./roles.js";
import type { Row } from "./row.js";

/** How a column was found. */
export type Found = "given" | "as in training" | "guessed" | "guessed by its values";

/** Column of each field; fields without a column are absent. */
export type Columns = Readonly<Partial<Record<Field, string>>> & {
  /** Columns of zeros and ones, one per class, instead of the label's column. */
  readonly labels?: readonly string[];
};

/** Columns as the user gave them. */
export type GivenColumns = Readonly<Partial<Record<Field, string | undefined>>> & {
  readonly labels?: readonly string[] | undefined;
};

/** A table to find the columns of. */
export interface ColumnTable {
  readonly path: string;
  readonly rows: readonly Row[];
  /** Whether its rows may have no labels, as those of a test split. */
  readonly mayLackLabels: boolean;
}

/** The columns of tables, in their order, and how each was found. */
export interface FoundColumns {
  readonly tables: readonly Columns[];
  readonly how: ReadonlyMap<Field, Found>;
}

const FIELDS: readonly Field[] = ["id", "image", "text", "label", "split", "group"];

/** Names of the columns of a table, in order. */
const namesOf = (rows: readonly Row[]): readonly string[] => [
  ...new Set(rows.flatMap(({ cells }) => [...cells.keys()])),
];

const listOf = (names: readonly string[]): string =>
  `The table has the columns ${names.join(", ")}.`;

function noSuchColumn(
  path: string,
  wanted: string,
  what: string,
  names: readonly string[],
): DataError {
  const guess = nearest(wanted, names);
  return new DataError(
    `${path}: there is no column "${wanted}" for the ${what}.`,
    guess === undefined ? listOf(names) : `Did you mean "${guess}"? ${listOf(names)}`,
  );
}

/** Columns per class of a table; none where the table has none of them and may lack labels. */
function oneHotColumns(
  { path, mayLackLabels }: ColumnTable,
  names: readonly string[],
  wanted: readonly string[],
): readonly string[] | undefined {
  const absent = wanted.filter((name) => !names.includes(name));
  if (absent.length === 0) return wanted;
  if (absent.length === wanted.length && mayLackLabels) return undefined;
  throw noSuchColumn(path, absent[0]!, "label", names);
}

/** Columns of zeros and ones that hold nothing else. */
function openOneHot(rows: readonly Row[], names: readonly string[], columns: Columns): string[] {
  const used = new Set(Object.values(columns));
  return names.filter((name) => !used.has(name) && isOneHot(rows, name));
}

/** What to do where a table has no column for its labels. */
function labelHint({ rows }: ColumnTable, names: readonly string[], columns: Columns): Message {
  const classes = openOneHot(rows, names, columns);
  if (classes.length > 1) {
    return say`The columns ${classes.join(", ")} hold zeros and ones: if each is a class, give ${setting("data.columns.labels", classes.join(","))}. ${listOf(names)}`;
  }
  const example = classes[0] === undefined ? "" : `, for example ${classes[0]}`;
  return say`Name it with ${setting("data.columns.label")}${example}. ${listOf(names)}`;
}

/** Says where a guessed label seems to be one of several columns per class. */
function suggestOneHot(
  { path, rows }: ColumnTable,
  names: readonly string[],
  columns: Columns,
  issues: IssueLog,
): void {
  const { label } = columns;
  if (label === undefined || /^labels?$/i.test(label) || !isOneHot(rows, label)) return;
  const others = openOneHot(rows, names, columns);
  if (others.length === 0) return;
  const all = names.filter((name) => name === label || others.includes(name));
  const message = say`only "${label}" is used as the label, but ${all.join(", ")} all hold zeros and ones; if each is a class, give ${setting("data.columns.labels", all.join(","))}`;
  issues.add("label-columns", path, message, "noted");
}

/** The given columns of a table; absent ones are errors, except labels where rows may lack them. */
function givenColumns(
  table: ColumnTable,
  names: readonly string[],
  given: GivenColumns,
): Partial<Record<Field, string>> {
  const columns: Partial<Record<Field, string>> = {};
  for (const field of FIELDS) {
    const wanted = given[field];
    if (wanted === undefined) continue;
    if (names.includes(wanted)) columns[field] = wanted;
    else if (field !== "label" || !table.mayLackLabels) {
      throw noSuchColumn(table.path, wanted, field, names);
    }
  }
  return columns;
}

/** @throws {DataError} where a table lacks what every sample needs. */
function refuseUseless(
  table: ColumnTable,
  names: readonly string[],
  columns: Columns,
  needs: Needs,
): void {
  const { path } = table;
  const { features } = needs;
  if (!columns.label && !columns.labels && !table.mayLackLabels) {
    throw new DataError(`${path}: no column for the label.`, labelHint(table, names, columns));
  }
  if (!columns.image && !columns.text && !features.image && !features.text) {
    throw noInputs(path, names, needs);
  }
}

/** There is nothing that a model could take. */
function noInputs(path: string, names: readonly string[], { unused }: Needs): DataError {
  const list = listOf(names);
  if (unused === null) {
    return new DataError(
      `${path}: neither a column for the image nor one for the text.`,
      say`Name them with ${setting("data.columns.image")} and ${setting("data.columns.text")}. ${list}`,
    );
  }
  const side = unused === "image" ? "text" : "image";
  return new DataError(
    `${path}: no column for the ${side}.`,
    say`Name it with ${setting(`data.columns.${side}`)}. ${list}`,
  );
}

/** Columns that a training was told, of what is used. */
function trainedFields({ trained = {}, unused }: Needs): Partial<Record<Field, string>> {
  const entries = Object.entries(trained) as [Field, string | undefined][];
  const told = entries.filter(([field, name]) => name !== undefined && field !== unused);
  return Object.fromEntries(told);
}

/**
 * Finds the columns of tables of one data set: what is given, then what columns of the training table are called, then
 * what names and values tell.
 *
 * @param needs - What stands for picture or text, so that no column must.
 * @throws {DataError} when a given column does not exist, two columns fit a field equally well, or no label or
 *   no modality is found; the message lists the columns that there are.
 */
export function findColumns(
  tables: readonly ColumnTable[],
  given: GivenColumns,
  needs: Needs,
  issues: IssueLog,
): FoundColumns {
  if (given.label !== undefined && given.labels !== undefined) {
    throw new DataError(
      say`${tables[0]!.path}: labels are in one column (${setting("data.columns.label")}) or in one per class (${setting("data.columns.labels")}), not both.`,
    );
  }
  const how = new Map<Field, Found>();
  const known = trainedFields(needs);
  const skip = FIELDS.filter((field) => given[field] !== undefined || field === needs.unused);
  if (given.labels) skip.push("label");
  if (!needs.labels) skip.push("label", "split");
  const found = new Map<ColumnTable, Columns>();
  // The columns of training rows tell most; other tables follow them.
  for (const table of tables.toSorted(
    (a, b) => Number(a.mayLackLabels) - Number(b.mayLackLabels),
  )) {
    const names = namesOf(table.rows);
    const columns = givenColumns(table, names, given);
    for (const field of Object.keys(columns) as Field[]) how.set(field, "given");
    for (const [field, name] of Object.entries(known) as [Field, string][]) {
      if (columns[field] !== undefined || !names.includes(name)) continue;
      columns[field] = name;
      if (!how.has(field)) how.set(field, "as in training");
    }
    const labels = given.labels && oneHotColumns(table, names, given.labels);
    const guesser = new Guesser(table, names, needs, issues);
    for (const [field, { column, by }] of guesser.complete(columns, skip, given.labels ?? [])) {
      columns[field] = column;
      if (!how.has(field)) how.set(field, by);
    }
    const all: Columns = { ...columns, ...(labels && { labels }) };
    refuseUseless(table, names, all, needs);
    if (how.get("label") === "guessed" && known.label === undefined) {
      suggestOneHot(table, names, all, issues);
    }
    Object.assign(known, columns);
    found.set(table, all);
  }
  return { tables: tables.map((table) => found.get(table)!), how };
}
