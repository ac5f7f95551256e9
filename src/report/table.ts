/** @module The results table in the layout of the paper's table 1, for terminals and Markdown. */

import Table from "cli-table3";

import { aggregate, type Column, COLUMNS, type ResultRow } from "../evaluate/aggregate.js";
import { byMethod, type RunRecord } from "./records.js";

/** Headings of the columns. */
export const HEADINGS: Readonly<Record<Column, string>> = {
  full: "full",
  "image-missing": "image missing",
  "text-missing": "text missing",
  "missing-average": "avg",
  "missing-gap": "gap",
  "image-noisy": "image noisy",
  "text-noisy": "text noisy",
  "noisy-average": "avg",
  "noisy-gap": "gap",
};

/** Name of the row of modality-aware prediction under a method's row. */
const AWARE = "modality-aware";

/** Rows of the results table: each method by the protocol, and with modality-aware prediction. */
export function resultRows(runs: readonly RunRecord[]): ResultRow[] {
  return [...byMethod(runs)].flatMap(([method, group]) => [
    aggregate(
      method,
      group.map(({ test }) => test.protocol),
    ),
    aggregate(
      `${method}, ${AWARE}`,
      group.map(({ test }) => test.aware),
    ),
  ]);
}

/** Whether a row holds the best value of a column: the largest score, the smallest gap. */
export function isBest(rows: readonly ResultRow[], row: ResultRow, column: Column): boolean {
  const values = rows.map(({ columns }) => columns[column].mean);
  const best = column.endsWith("gap") ? Math.min(...values) : Math.max(...values);
  return rows.length > 1 && row.columns[column].mean === best;
}

/** A value as it is printed: one decimal, `±` over several seeds, marks for best and harm. */
export function formatCell(rows: readonly ResultRow[], row: ResultRow, column: Column): string {
  const { mean, deviation } = row.columns[column];
  const value = row.seeds > 1 ? `${mean.toFixed(1)}±${deviation.toFixed(1)}` : mean.toFixed(1);
  const harmful = (row.negativeTransfer as readonly string[]).includes(column);
  return `${value}${harmful ? "!" : ""}${isBest(rows, row, column) ? "*" : ""}`;
}

/** What the marks and columns of a table mean. */
export function footnotes(rows: readonly ResultRow[], mainScore: string): string[] {
  const seeds = rows[0]?.seeds ?? 1;
  return [
    `Scores: ${mainScore}, percent; gap: percentage points between the two impaired scores.`,
    "modality-aware: each head answers for the modalities that it saw.",
    ...(seeds > 1 ? [`Mean ± standard deviation over ${seeds} seeds.`] : []),
    "* best of the column.",
    ...(rows.some((row) => row.negativeTransfer.length > 0)
      ? ["! above the score on full input: the modality does harm there."]
      : []),
  ];
}

/** The table for a terminal, at most 100 columns wide for one seed. */
export function terminalTable(rows: readonly ResultRow[], mainScore: string): string {
  const table = new Table({
    head: ["method", ...COLUMNS.map((column) => HEADINGS[column].replace(" ", "\n"))],
    colAligns: ["left", ...COLUMNS.map(() => "right" as const)],
    style: { head: [], border: [], compact: true },
  });
  for (const row of rows) {
    table.push([row.label, ...COLUMNS.map((column) => formatCell(rows, row, column))]);
  }
  return [table.toString(), ...footnotes(rows, mainScore)].join("\n");
}

/** The table as Markdown. */
export function markdownTable(rows: readonly ResultRow[], mainScore: string): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [
    line(["method", ...COLUMNS.map((column) => HEADINGS[column])]),
    line(["---", ...COLUMNS.map(() => "---:")]),
    ...rows.map((row) =>
      line([row.label, ...COLUMNS.map((column) => formatCell(rows, row, column))]),
    ),
    "",
    ...footnotes(rows, mainScore).map((note) => `${note.replaceAll("*", "\\*")}  `),
  ].join("\n");
}
