/** @module Lists of labels that are written as a text. */

import { parseLiteral } from "../cells/literal.js";

/** A value of a label; `null` stands for none. */
export type LabelValue = string | number | bigint | boolean | null;

/** Whether a value can be a label or stand for none. */
export const isLabelValue = (value: unknown): value is LabelValue =>
  value === null || ["string", "number", "bigint", "boolean"].includes(typeof value);

/** Reads a list as JSON, Python (lists, tuples and sets) or NumPy write it; `null` for any other text. */
export function parseList(text: string): readonly LabelValue[] | null {
  if (text.trim() === "set()") return [];
  const values = parseLiteral(text);
  return Array.isArray(values) && values.every(isLabelValue) ? values : null;
}

const BARE = /^\[([^[\](){}'"]*)\]$/;

/** Reads a list of words without quotes, as in `[drama, war]`; `null` for any other text. */
export const parseBareList = (text: string): readonly string[] | null =>
  BARE.exec(text.trim())?.[1]
    ?.split(",")
    .map((word) => word.trim()) ?? null;
