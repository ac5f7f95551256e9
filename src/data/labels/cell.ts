/** @module What a cell of a label column holds, before the whole column decides what it means. */

import type { Row } from "../tables/row.js";
import { isLabelValue, type LabelValue } from "./list.js";

/** What a cell holds; `none` and `empty` differ where an empty text is a list without entries. */
export type LabelCell =
  | { readonly kind: "none" }
  | { readonly kind: "empty" }
  | { readonly kind: "one"; readonly value: NonNullable<LabelValue> }
  | { readonly kind: "list"; readonly values: readonly LabelValue[] }
  | { readonly kind: "unusable"; readonly why: string };

/** A cell without a label. */
export const NONE: LabelCell = { kind: "none" };

/** Texts that no class is called: pandas and spreadsheets write them where a value is missing. */
const NEVER_NAMES: ReadonlySet<string> = new Set([
  ...["nan", "-nan", "<na>", "#na", "#n/a", "#n/a n/a", "1.#ind", "1.#qnan", "-1.#ind", "-1.#qnan"],
]);

/** Whether a text stands for a missing value and can be no class. */
export const isNoName = (text: string): boolean => NEVER_NAMES.has(text.toLowerCase());

const isNumbers = (value: unknown): value is ArrayLike<number | bigint> =>
  ArrayBuffer.isView(value) && !(value instanceof DataView);

/** An entry of a list; `undefined` for what is no label. */
function entryOf(value: unknown): LabelValue | undefined {
  if (value === null || value === undefined) return null;
  if (typeof value === "number" && Number.isNaN(value)) return null;
  return isLabelValue(value) ? value : undefined;
}

function listCell(values: readonly unknown[]): LabelCell {
  const entries = values.map(entryOf);
  const odd = entries.indexOf(undefined);
  return odd < 0
    ? { kind: "list", values: entries as readonly LabelValue[] }
    : { kind: "unusable", why: `entry ${odd + 1} of the list is neither a text nor a number` };
}

/** What a row's cell in a label column holds. */
export function labelCell({ cells }: Row, column: string): LabelCell {
  const value = cells.get(column);
  if (value === null || value === undefined) return NONE;
  if (Array.isArray(value)) return listCell(value);
  if (isNumbers(value)) return listCell(Array.from(value));
  if (value instanceof Date) return { kind: "one", value: value.toISOString() };
  if (typeof value === "number" && Number.isNaN(value)) return NONE;
  if (!isLabelValue(value)) {
    return { kind: "unusable", why: "the label is neither a text, a number nor a list" };
  }
  if (typeof value !== "string") return { kind: "one", value };
  if (value.trim() === "") return { kind: "empty" };
  return isNoName(value.trim()) ? NONE : { kind: "one", value };
}
