/** @module What the cells of a label column mean, decided over the whole column. */

import { say, setting } from "../../message.js";
import { count } from "../../text.js";
import type { IssueLog } from "../issues.js";
import type { Row } from "../tables/row.js";
import { type LabelCell, NONE } from "./cell.js";
import { type LabelValue, parseBareList, parseList } from "./list.js";
import { decideWords, isMissingWord, type MissingStyle } from "./missing.js";
import { vectorLength } from "./vectors.js";

/** A row and what its label cell holds. */
export interface LabelItem {
  readonly row: Row;
  readonly cell: LabelCell;
}

/** How a column writes labels. */
export interface Reading {
  readonly items: readonly LabelItem[];
  /** In words, `null` where a cell is a label. */
  readonly how: string | null;
  /** Length of vectors of zeros and ones, `null` where there are none. */
  readonly positions: number | null;
}

/** Of all cells, so many must be lists before the others count as exceptions. */
const MOST = 0.9;

/** Zeros and ones with spaces or separators between them. */
const SPACED_BITS = /^[01](?:\.0*)?(?:(?:\s*[,;|]\s*|\s+)[01](?:\.0*)?)+$/;

const textOf = ({ cell }: LabelItem): string | null =>
  cell.kind === "one" && typeof cell.value === "string" ? cell.value.trim() : null;

const list = (row: Row, values: readonly LabelValue[]): LabelItem => ({
  row,
  cell: { kind: "list", values },
});

/** Items whose texts a reader can read become lists; the other texts stay. */
const withLists = (
  items: readonly LabelItem[],
  read: (text: string) => readonly LabelValue[] | null,
): readonly LabelItem[] =>
  items.map((item) => {
    const text = textOf(item);
    const values = text === null ? null : read(text);
    return values ? list(item.row, values) : item;
  });

/** Share of the texts that a reader can read; words that may mean a missing label do not count. */
function shareOf(items: readonly LabelItem[], read: (text: string) => unknown): number {
  const texts = items.flatMap((item) => textOf(item) ?? []).filter((text) => !isMissingWord(text));
  return texts.length === 0 ? 0 : texts.filter((text) => read(text) !== null).length / texts.length;
}

const listsOf = (items: readonly LabelItem[]): readonly (readonly LabelValue[])[] =>
  items.flatMap(({ cell }) => (cell.kind === "list" ? [cell.values] : []));

const spacedBits = (text: string): readonly string[] | null =>
  SPACED_BITS.test(text) ? text.split(/\s*[,;|]\s*|\s+/) : null;

/** Texts that are lists: as JSON, Python or numpy write them. */
function textLists(items: readonly LabelItem[], issues: IssueLog): Reading | null {
  const share = shareOf(items, parseList);
  if (share >= MOST) {
    const lists = withLists(items, parseList);
    return { items: lists, how: "lists", positions: vectorLength(listsOf(lists), false) };
  }
  // Without quotes, only several words are a sign of a list.
  const several = items.some((item) => (parseBareList(textOf(item) ?? "")?.length ?? 0) > 1);
  if (several && shareOf(items, parseBareList) >= MOST) {
    return { items: withLists(items, parseBareList), how: "lists without quotes", positions: null };
  }
  const odd = items.find((item) => (parseList(textOf(item) ?? "")?.length ?? 0) > 1);
  if (odd) {
    const message = `"${textOf(odd)!}" looks like a list, but most cells do not: every cell is one label`;
    issues.add("label-lists-mixed", odd.row.where, message, "noted");
  }
  return null;
}

/** Texts of zeros and ones with signs between them, where they are vectors. */
function spacedVectors(items: readonly LabelItem[]): Reading | null {
  if (shareOf(items, spacedBits) < MOST) return null;
  const vectors = withLists(items, spacedBits);
  const positions = vectorLength(listsOf(vectors), false);
  return positions === null ? null : { items: vectors, how: "lists", positions };
}

/** Cells split at a sign that the user gave; an empty cell is a list of none. */
function separated(items: readonly LabelItem[], separator: string): Reading {
  const split = (text: string): string[] =>
    text
      .split(separator)
      .map((part) => part.trim())
      .filter((part) => part !== "");
  const lists = withLists(items, split).map((item) =>
    item.cell.kind === "empty" ? list(item.row, []) : item,
  );
  const positions = vectorLength(listsOf(lists), true);
  return { items: lists, how: `separated by "${separator}"`, positions };
}

/** Counts of cells with one label, as it is written. */
export function labelCounts(items: readonly LabelItem[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { cell } of items) {
    if (cell.kind !== "one") continue;
    const text = String(cell.value).trim();
    counts.set(text, (counts.get(text) ?? 0) + 1);
  }
  return counts;
}

/** Leaves out the labels of rows whose cell is one of some words. */
const withoutWords = (
  items: readonly LabelItem[],
  words: ReadonlySet<string>,
): readonly LabelItem[] =>
  items.map((item) => (words.has(textOf(item) ?? "") ? { row: item.row, cell: NONE } : item));

/** Decides about `None`, `NA` and the like, and says so. */
function withoutDoubtful(
  items: readonly LabelItem[],
  style: MissingStyle,
  issues: IssueLog,
): readonly LabelItem[] {
  const missing = new Set<string>();
  for (const { word, rows, missing: isMissing } of decideWords(labelCounts(items), style)) {
    if (isMissing) missing.add(word);
    const first = items.find((item) => textOf(item) === word)!;
    const message = isMissing
      ? say`"${word}" in ${count(rows, "row")} is read as a missing label; if it is a class, give ${setting("data.missingLabels", "")}`
      : say`"${word}" in ${count(rows, "row")} is read as a class; if it means a missing label, give ${setting("data.missingLabels", word)}`;
    issues.add("label-word", first.row.where, message, "noted");
  }
  return withoutWords(items, missing);
}

/** What decides how cells are read. */
export interface CellOptions {
  readonly separator: string | undefined;
  /** Words that mean a missing label; guessed where they are not given. */
  readonly missing: readonly string[] | undefined;
  /** Whether the files can say `null`. */
  readonly typed: boolean;
}

/** Decides how a column writes labels, over all its cells; words that mean a missing label are left out. */
export function readCells(
  given: readonly LabelItem[],
  { separator, missing, typed }: CellOptions,
  issues: IssueLog,
): Reading {
  const known = missing ? withoutWords(given, new Set(missing)) : given;
  const style = typed ? "null" : "words";
  const settled = (items: readonly LabelItem[], how: MissingStyle = style) =>
    missing ? items : withoutDoubtful(items, how, issues);
  if (separator !== undefined) return separated(settled(known), separator);
  const lists = textLists(known, issues) ?? spacedVectors(known);
  if (lists) return { ...lists, items: settled(lists.items, "words-among-lists") };
  const items = settled(known);
  const cells = listsOf(items);
  return { items, how: cells.length > 0 ? "lists" : null, positions: vectorLength(cells, false) };
}
