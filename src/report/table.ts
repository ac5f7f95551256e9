/** @module The results table in the layout of the paper's table 1, for terminals and Markdown. */

import Table from "cli-table3";

import type { Modalities } from "../data/dataset.js";
import {
  aggregate,
  type Column,
  COLUMNS,
  type ResultRow,
  type Spread,
} from "../evaluate/aggregate.js";
import { RESULT_IMPAIRMENTS } from "../impairments/cases.js";
import { printableLine } from "../text.js";
import { byMethod, type RunRecord } from "../run/records.js";

/** Headings of the columns. */
export const HEADINGS = Object.fromEntries([
  ["full", "full"],
  ...RESULT_IMPAIRMENTS.flatMap(({ name, caption }) => [
    [`image-${name}`, `image ${caption}`],
    [`text-${name}`, `text ${caption}`],
    [`${name}-average`, "avg"],
    [`${name}-gap`, "gap"],
  ]),
]) as Readonly<Record<Column, string>>;

/** Name of the row of modality-aware prediction under a method's row. */
export const AWARE = "modality-aware";

/** Name of a multi-label row with a threshold of 0.5 for every label. */
export const publishedLabel = (method: string): string => `${method}, as published`;

/** Multi-label: rows of each method with thresholds of 0.5; none for other data. */
export function publishedRows(runs: readonly RunRecord[]): ResultRow[] {
  return [...byMethod(runs)].flatMap(([method, group]) => {
    const published = group.flatMap(({ test }) => test.published ?? []);
    return published.length === group.length ? [aggregate(publishedLabel(method), published)] : [];
  });
}

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

/** Place of a row in a column, from 1: the largest score, the smallest gap come first. */
export function rankOf(rows: readonly ResultRow[], row: ResultRow, column: Column): number {
  const sign = column.endsWith("gap") ? -1 : 1;
  const own = row.columns[column].mean;
  const ahead = rows.filter(({ columns }) => sign * (columns[column].mean - own) > 0);
  return new Set(ahead.map(({ columns }) => columns[column].mean)).size + 1;
}

/** Whether a row holds the best value of a column. */
export function isBest(rows: readonly ResultRow[], row: ResultRow, column: Column): boolean {
  return rows.length > 1 && rankOf(rows, row, column) === 1;
}

/** Whether a row holds the second best value of a column, where that says something. */
export function isSecond(rows: readonly ResultRow[], row: ResultRow, column: Column): boolean {
  return rows.length > 2 && rankOf(rows, row, column) === 2;
}

/** Whether the mean of an impaired case is above the mean on full input. */
export const isHarmful = ({ negativeTransfer }: ResultRow, column: Column): boolean =>
  (negativeTransfer as readonly string[]).includes(column);

/** A mean as it is printed: one decimal, with `±` and the deviation over several seeds. */
export const formatSpread = ({ mean, deviation }: Spread, seeds: number): string =>
  seeds > 1 ? `${mean.toFixed(1)}±${deviation.toFixed(1)}` : mean.toFixed(1);

/** A value as it is printed, without marks. */
export const formatValue = ({ columns, seeds }: ResultRow, column: Column): string =>
  formatSpread(columns[column], seeds);

/** A value as it is printed, with marks for best, second best and harm. */
export function formatCell(rows: readonly ResultRow[], row: ResultRow, column: Column): string {
  const mark = isBest(rows, row, column) ? "*" : isSecond(rows, row, column) ? "+" : "";
  return `${formatValue(row, column)}${isHarmful(row, column) ? "!" : ""}${mark}`;
}

/** What the marks and columns of a table mean. */
export function footnotes(rows: readonly ResultRow[], mainScore: string): string[] {
  const counts = rows.map(({ seeds }) => seeds);
  const [fewest, most] = [Math.min(...counts), Math.max(...counts)];
  const seeds = fewest === most ? String(most) : `${fewest} to ${most}`;
  return [
    `Scores: ${mainScore}, percent; gap: percentage points between the two impaired scores.`,
    "modality-aware: the answer of predict, which knows what is missing.",
    ...(most > 1 ? [`Mean ± standard deviation over ${seeds} seeds.`] : []),
    rows.length > 2 ? "* best of the column, + second best." : "* best of the column.",
    ...(rows.some((row) => row.negativeTransfer.length > 0)
      ? ["! above the score on full input: the modality does harm there."]
      : []),
  ];
}

/** What the columns of missing and noisy inputs mean where one modality alone was used; else empty. */
export function modalityNote(modalities: Modalities): string {
  if (modalities === "both") return "";
  const [used, unused] = modalities === "text" ? ["Texts", "image"] : ["Images", "text"];
  return `${used} alone were used: without the ${unused} nothing changes, and the gap says nothing.`;
}

/** A table of texts with a title. */
export interface Grid {
  readonly title: string;
  readonly head: readonly string[];
  readonly body: readonly (readonly string[])[];
}

/** Any table for a terminal: names on the left, numbers to the right. */
export function terminalGrid(
  head: readonly string[],
  body: readonly (readonly (string | number)[])[],
): string {
  const table = new Table({
    head: [...head],
    colAligns: head.map((_, at) => (at === 0 ? "left" : "right")),
    style: { head: [], border: [], compact: true },
  });
  for (const row of body) {
    table.push(row.map((cell) => (typeof cell === "string" ? printableLine(cell) : cell)));
  }
  return table.toString();
}

/** A table under its title for a terminal; headings of several words are broken, so that it is narrow. */
export const terminalSection = ({ title, head, body }: Grid): string =>
  `${title}\n${terminalGrid(
    head.map((heading) => heading.replace(" ", "\n")),
    body,
  )}`;

/** Any table as Markdown, aligned like {@link terminalGrid}. */
export function markdownGrid(
  head: readonly string[],
  body: readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell) => cell.replaceAll("|", "\\|")).join(" | ")} |`;
  const rule = line(head.map((_, at) => (at === 0 ? "---" : "---:")));
  return [line(head), rule, ...body.map(line)].join("\n");
}

const cellsOf = (rows: readonly ResultRow[]): string[][] =>
  rows.map((row) => [row.label, ...COLUMNS.map((column) => formatCell(rows, row, column))]);

/** The table for a terminal, at most 100 columns wide for one seed. */
export function terminalTable(rows: readonly ResultRow[], mainScore: string): string {
  const head = ["method", ...COLUMNS.map((column) => HEADINGS[column].replace(" ", "\n"))];
  return [terminalGrid(head, cellsOf(rows)), ...footnotes(rows, mainScore)].join("\n");
}

/** The table as Markdown. */
export function markdownTable(rows: readonly ResultRow[], mainScore: string): string {
  return [
    markdownGrid(["method", ...COLUMNS.map((column) => HEADINGS[column])], cellsOf(rows)),
    "",
    ...footnotes(rows, mainScore).map((note) => `${note.replaceAll("*", "\\*")}  `),
  ].join("\n");
}
