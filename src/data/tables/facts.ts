/** @module What the values of a column look like, to tell what they are. */

import { isImage } from "../sources/layout.js";
import { splitNamed } from "../splitWords.js";
import { PictureCell, type Row } from "./row.js";

/** What the filled cells of a column look like; shares are `0..1`. */
export interface ColumnFacts {
  /** Cells that were looked at. */
  readonly filled: number;
  readonly pictures: number;
  /** Of texts, those with a letter that are no picture's name. */
  readonly texts: number;
  readonly lists: number;
  readonly splits: number;
  /** Different values. */
  readonly distinct: number;
  /** Different splits that values name. */
  readonly splitNames: number;
  /** Mean number of words of a text. */
  readonly words: number;
}

/** Cells of a column that are looked at, spread over the table. */
const LOOKED_AT = 500;

const isEmpty = (value: unknown): boolean =>
  value === null || value === undefined || (typeof value === "string" && value.trim() === "");

const isPictureText = (text: string): boolean =>
  text.startsWith("data:image/") || isImage(text.trim().replace(/[?#].*$/, ""));

const isPictureObject = (value: unknown): boolean =>
  typeof value === "object" && value !== null && ("bytes" in value || "path" in value);

const isPicture = (value: unknown): boolean =>
  value instanceof PictureCell ||
  (typeof value === "string" ? isPictureText(value) : isPictureObject(value));

const isText = (value: unknown): value is string =>
  typeof value === "string" && /\p{L}/u.test(value) && !isPictureText(value);

/** Looks at the cells of a column. */
export function columnFacts(rows: readonly Row[], column: string): ColumnFacts {
  const step = Math.max(1, Math.floor(rows.length / LOOKED_AT));
  const values = rows
    .filter((_, at) => at % step === 0)
    .map(({ cells }) => cells.get(column))
    .filter((value) => !isEmpty(value));
  const share = (test: (value: unknown) => boolean): number =>
    values.filter(test).length / Math.max(1, values.length);
  const texts = values.filter(isText);
  const words = texts.map((text) => text.trim().split(/\s+/).length);
  const splits = values.flatMap((value) => splitNamed(String(value)) ?? []);
  return {
    filled: values.length,
    pictures: share(isPicture),
    texts: share(isText),
    lists: share(Array.isArray),
    splits: splits.length / Math.max(1, values.length),
    distinct: new Set(values.map(String)).size,
    splitNames: new Set(splits).size,
    words: words.reduce((sum, one) => sum + one, 0) / Math.max(1, words.length),
  };
}
