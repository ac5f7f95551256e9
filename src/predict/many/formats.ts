/** @module Answers as CSV, JSON Lines and Parquet. */

import { extname } from "node:path";

import { UserError } from "../../errors.js";
import { csvField } from "../../files/csv.js";
import type { ModelCard } from "../card.js";
import { type AnswerField, answerFields, type FieldValue, rounded, type Wanted } from "./fields.js";
import { parquetOfLines } from "./parquet.js";
import type { SampleAnswer } from "./samples.js";

/** How answers are written. */
export interface AnswerWriter {
  /** What the file begins with. */
  readonly head: string;
  /** One answer, with the line's end. */
  readonly line: (answer: SampleAnswer) => string;
  /** Makes the final file of the lines, where these are not the file already. */
  readonly finish?: (lines: string, target: string) => Promise<void>;
}

/** Formats of answers. */
export type AnswerFormat = "csv" | "jsonl" | "parquet";

const ENDINGS: ReadonlyMap<string, AnswerFormat> = new Map([
  [".csv", "csv"],
  [".jsonl", "jsonl"],
  [".ndjson", "jsonl"],
  [".parquet", "parquet"],
]);

/**
 * The format that a file's ending means.
 *
 * @throws {UserError} for another ending.
 */
export function formatOf(path: string): AnswerFormat {
  const format = ENDINGS.get(extname(path).toLowerCase());
  if (format) return format;
  throw new UserError(
    `${path}: the ending tells the format, and "${extname(path)}" is none.`,
    `Give a file that ends with ${[...ENDINGS.keys()].join(", ")}.`,
  );
}

/** Words have spaces between them, lists are written as in JSON. */
function csvValue(value: FieldValue, kind: AnswerField["kind"]): string {
  if (typeof value === "string" || typeof value === "number") return csvField(String(value));
  return csvField(kind === "words" ? value.join(" ") : JSON.stringify(value));
}

/** As one object: the likeliest classes are a list, the probabilities an object. */
function jsonOf(answer: SampleAnswer, fields: readonly AnswerField[], wanted: Wanted): object {
  const { predictions } = answer;
  const likeliest = predictions.slice(0, wanted.top ?? 0);
  const plain = fields.filter(({ name }) => PLAIN.has(name));
  return {
    ...Object.fromEntries(plain.map(({ name, of }) => [name, of(answer)])),
    ...(wanted.top !== undefined && {
      predictions: likeliest.map((one) => ({ ...one, probability: rounded(one.probability) })),
    }),
    ...(wanted.probabilities && {
      probabilities: Object.fromEntries(
        predictions.map(({ label, probability }) => [label, rounded(probability)]),
      ),
    }),
  };
}

/** Fields that are the same in JSON. */
const PLAIN: ReadonlySet<string> = new Set([
  ...["id", "label", "labels", "sure", "decidedBy", "unusual", "missing", "warnings"],
]);

/** Writes answers of a model in a format. */
export function answerWriter(
  format: AnswerFormat,
  card: Pick<ModelCard, "classes" | "labelKind">,
  wanted: Wanted,
): AnswerWriter {
  const fields = answerFields(card, wanted);
  const csvLine = (cells: readonly string[]): string => `${cells.join(",")}\n`;
  switch (format) {
    case "csv":
      return {
        head: csvLine(fields.map(({ name }) => csvField(name))),
        line: (answer) => csvLine(fields.map(({ of, kind }) => csvValue(of(answer), kind))),
      };
    case "jsonl":
      return {
        head: "",
        line: (answer) => `${JSON.stringify(jsonOf(answer, fields, wanted))}\n`,
      };
    case "parquet":
      return {
        head: "",
        line: (answer) => `${JSON.stringify(fields.map(({ of }) => of(answer)))}\n`,
        finish: (lines, target) => parquetOfLines(lines, target, fields),
      };
  }
}
