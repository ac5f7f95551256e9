/** @module A comparison as CSV. */

import type { Interval } from "../evaluate/scores/bootstrap.js";
import { type ComparisonRow, DIFFERENCES, RANKED, VALIDATED } from "../compare/summary.js";
import { csvField } from "../files/csv.js";
import { casesOf, OWN_IMPAIRMENTS } from "../impairments/cases.js";
import { CORRUPTION_NAMES } from "../impairments/further.js";
import { NOISE_STRENGTHS } from "../impairments/noisy.js";
import { COLUMNS, type ResultRow, type Spread } from "../evaluate/aggregate.js";

/** Cells by column name, in the order of the columns. */
type Cells = readonly (readonly [column: string, value: string | number])[];

const NO_SPREAD = { mean: "", deviation: "" } as const;

const spread = (column: string, { mean, deviation }: Spread | typeof NO_SPREAD): Cells => [
  [`${column}-mean`, mean],
  [`${column}-deviation`, deviation],
];

const EMPTY = { mean: "", low: "", high: "" } as const;

const interval = (column: string, value: Interval | typeof EMPTY): Cells =>
  (["mean", "low", "high"] as const).map((name) => [`${column}-${name}`, value[name]]);

/** How a line's answers were made. */
type Prediction = "protocol" | "aware" | "published";

function cellsOf(row: ComparisonRow, prediction: Prediction, result: ResultRow): Cells {
  const { label, seeds, relativeTime, shapley, validation, differences, ratios } = row;
  return [
    ["method", label],
    ["prediction", prediction],
    ["seeds", seeds.length],
    ...COLUMNS.flatMap((column) => spread(column, result.columns[column])),
    ...RANKED.flatMap((name) => {
      const found = prediction === "published" ? null : row.averagePrecision?.[prediction][name];
      return spread(`average-precision-${name}`, found ?? NO_SPREAD);
    }),
    ...OWN_IMPAIRMENTS.flatMap(({ name }) => {
      const found = prediction === "published" ? null : row[name]?.[prediction];
      return casesOf(name).flatMap((one) => spread(one, found?.[one] ?? NO_SPREAD));
    }),
    ...NOISE_STRENGTHS.flatMap((strength, at): Cells => {
      const { imageNoisy = "", textNoisy = "" } = result.noiseCurve?.[at] ?? {};
      return [
        [`image-noisy-at-${strength}`, imageNoisy],
        [`text-noisy-at-${strength}`, textNoisy],
      ];
    }),
    ...CORRUPTION_NAMES.flatMap((name) => {
      const found = result.corruptions?.kinds.find(({ corruption }) => corruption === name);
      return spread(`corruption-${name}`, found?.average ?? NO_SPREAD);
    }),
    ...spread("corruption-average", result.corruptions?.average ?? NO_SPREAD),
    ["relative-time", relativeTime],
    ...DIFFERENCES.flatMap((name) => interval(`difference-${name}`, differences?.[name] ?? EMPTY)),
    ...VALIDATED.flatMap((name) => spread(`validation-${name}`, validation[name])),
    ...(["image", "text", "imbalance"] as const).flatMap((name) =>
      spread(`shapley-${name}`, shapley[name]),
    ),
    ...ratios.flatMap(({ ratio, imageMissing, textMissing }): Cells => [
      [`image-missing-at-${ratio}`, imageMissing],
      [`text-missing-at-${ratio}`, textMissing],
    ]),
  ];
}

/** A text that no spreadsheet takes for a formula; numbers are left alone. */
const defused = (cell: string | number): string =>
  typeof cell === "string" && /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : String(cell);

/** A cell as CSV has it; a text that begins like a formula gets an apostrophe. */
export const csvCell = (cell: string | number): string => csvField(defused(cell));

/**
 * The comparison as CSV: one line per method and kind of prediction, for multi-label data also the
 * protocol with thresholds of 0.5 (`published`). Differences to the first method,
 * validation scores, Shapley values and the scores by missing ratio are those of the protocol, the same
 * on all lines.
 */
export function csvComparison(rows: readonly ComparisonRow[]): string {
  const lines = rows.flatMap((row) => [
    cellsOf(row, "protocol", row.protocol),
    cellsOf(row, "aware", row.aware),
    ...(row.published ? [cellsOf(row, "published", row.published)] : []),
  ]);
  const head = lines[0]?.map(([column]) => column) ?? [];
  const body = lines.map((cells) => cells.map(([, value]) => value));
  return `${[head, ...body].map((cells) => cells.map(csvCell).join(",")).join("\n")}\n`;
}
