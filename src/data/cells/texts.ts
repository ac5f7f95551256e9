/** @module Text cells: plain texts, lists of several texts, and what is no text. */

import { say, setting } from "../../message.js";
import { randomStream } from "../../random.js";
import type { DataConfig } from "../config.js";
import type { ColumnYield } from "../dataset.js";
import { PictureCell } from "../tables/row.js";
import { parseLiteral } from "./literal.js";
import { cellExcerpt, type CellNote, CellTally, type NoReading } from "./tally.js";

/** What decides which of a sample's several texts is its text. */
export type CaptionOptions = Pick<DataConfig, "splitSeed"> & {
  readonly variant: Pick<DataConfig["variant"], "caption">;
};

/**
 * The text of a sample that has several: all of them, the first, or one at random; that is the same at
 * every reading. `null` where there is none.
 *
 * @param id - The sample's name: the choice is its own.
 */
export function chosenText(
  texts: readonly string[],
  id: string,
  { variant, splitSeed }: CaptionOptions,
): string | null {
  if (texts.length === 0) return null;
  if (variant.caption === "all") return texts.join(" ");
  const random = randomStream(splitSeed, "caption", id);
  return texts[variant.caption === "first" ? 0 : random.integer(texts.length)]!;
}

/** What a text cell gives. */
export type TextReading =
  NoReading | { readonly kind: "text"; readonly text: string; readonly note?: CellNote };

/** A single value as text, trimmed; `null` where it is empty, `undefined` where it is none. */
function plainText(value: unknown): string | null | undefined {
  switch (typeof value) {
    case "undefined":
      return null;
    case "number":
      return Number.isNaN(value) ? null : String(value);
    case "boolean":
    case "bigint":
      return String(value);
    case "string": {
      const text = value.trim();
      return text === "" || text === "NaN" || text === "nan" ? null : text;
    }
    default:
      if (value === null) return null;
      return value instanceof Date ? value.toISOString() : undefined;
  }
}

/** Several texts that a text is written as a list of; `null` for every other text. */
function writtenList(text: string): readonly string[] | null {
  if (!/^[[(]/.test(text)) return null;
  const values = parseLiteral(text);
  if (!Array.isArray(values)) return null;
  const filled = values.filter((value) => value !== null);
  const isTexts = filled.length > 0 && filled.every((value) => typeof value === "string");
  return isTexts ? filled : null;
}

/** Why a list gives no text, or its texts. */
function textsOf(values: readonly unknown[]): string | string[] {
  const texts = values.map(plainText);
  if (texts.includes(undefined)) return "the cells hold lists of something else than texts";
  const filled = texts.filter((text) => text !== null && text !== undefined);
  const isNumbers = filled.length > 0 && values.every((value) => typeof value !== "string");
  return isNumbers ? "the cells hold lists of numbers" : filled;
}

/** The text cells of one column. */
export class TextColumn {
  readonly #tally = new CellTally();

  constructor(
    readonly place: { readonly table: string; readonly column: string },
    readonly options: CaptionOptions,
  ) {}

  /**
   * Reads a cell and counts what it gives.
   *
   * @param id - The sample's name, see {@link chosenText}.
   */
  read(value: unknown, where: string, id: string): TextReading {
    if (Array.isArray(value)) return this.#readList(value, where, id);
    const text = plainText(value);
    if (text === null) return { kind: "none" };
    if (text === undefined) {
      const what =
        value instanceof PictureCell || value instanceof Uint8Array ? "bytes" : "objects";
      return this.#lose(`the cells hold ${what}`, value, where);
    }
    const list = writtenList(text);
    if (list === null) {
      this.#tally.gain();
      return { kind: "text", text };
    }
    const reading = this.#readList(list, where, id);
    if (reading.kind !== "text") return reading;
    const message = `${cellExcerpt(text)} is read as a list of texts (${list.length})`;
    return { ...reading, note: { kind: "text-list", message } };
  }

  /** What all cells gave so far. */
  yield(): ColumnYield {
    const hint = say`A text or a list of texts is expected: name another column with ${setting("data.columns.text")}.`;
    const counts = this.#tally.counts();
    return { side: "text", ...this.place, ...counts, ...(counts.losses.length > 0 && { hint }) };
  }

  #readList(values: readonly unknown[], where: string, id: string): TextReading {
    const texts = textsOf(values);
    if (typeof texts === "string") return this.#lose(texts, values, where);
    const text = chosenText(texts, id, this.options);
    if (text === null) return { kind: "none" };
    const { caption } = this.options.variant;
    this.#tally.gain(
      texts.length > 1
        ? `several texts, ${caption === "all" ? "all of them taken" : `${caption === "first" ? "the first" : "one at random"} taken`}`
        : undefined,
    );
    return { kind: "text", text };
  }

  #lose(reason: string, value: unknown, where: string): TextReading {
    this.#tally.lose(reason, where, value);
    return { kind: "lost", issue: "text-cell", message: `${cellExcerpt(value)}: ${reason}` };
  }
}
