/** @module A comparison as tables: terminal, Markdown, CSV, LaTeX. */

import type { Interval } from "../compare/bootstrap.js";
import { type ComparisonRow, DIFFERENCES } from "../compare/summary.js";
import { COLUMNS, type ResultRow } from "../evaluate/aggregate.js";
import {
  formatValue,
  HEADINGS,
  isBest,
  isHarmful,
  isSecond,
  markdownGrid,
  markdownTable,
  terminalGrid,
  terminalTable,
} from "./table.js";

/** A table of texts, with a title and what to know about it. */
interface Grid {
  readonly title: string;
  readonly head: readonly string[];
  readonly body: readonly (readonly string[])[];
}

const points = (value: number): string => `${value > 0 ? "+" : ""}${value.toFixed(1)}`;
const interval = ({ mean, low, high }: Interval): string =>
  `${points(mean)} [${points(low)}, ${points(high)}]`;

const DIFFERENCE_HEADINGS: Readonly<Record<(typeof DIFFERENCES)[number], string>> = {
  full: "full",
  "missing-average": "missing avg",
  "missing-gap": "missing gap",
  "noisy-average": "noisy avg",
};

function differencesGrid(rows: readonly ComparisonRow[]): Grid {
  const base = rows[0]!.label;
  return {
    title: `Paired differences to ${base} in points, with 95 % bootstrap intervals over seeds; time as a multiple`,
    head: ["method", ...DIFFERENCES.map((name) => DIFFERENCE_HEADINGS[name]), "time"],
    body: rows.map(({ label, differences, relativeTime }) => [
      label,
      ...DIFFERENCES.map((name) => (differences ? interval(differences[name]) : "")),
      relativeTime.toFixed(2),
    ]),
  };
}

function shapleyGrid(rows: readonly ComparisonRow[]): Grid {
  return {
    title:
      "Shapley values: what each modality adds to the score, in points; imbalance: their distance",
    head: ["method", "image", "text", "imbalance"],
    body: rows.map(({ label, shapley }) => [
      label,
      ...(["image", "text", "imbalance"] as const).map((name) => shapley[name].mean.toFixed(1)),
    ]),
  };
}

/** The mean score by the share of samples that lack a modality, image and text averaged. */
function ratioGrid(rows: readonly ComparisonRow[]): Grid {
  return {
    title: "Average score by missing ratio",
    head: ["method", ...rows[0]!.ratios.map(({ ratio }) => ratio.toFixed(2))],
    body: rows.map(({ label, ratios }) => [
      label,
      ...ratios.map(({ imageMissing, textMissing }) =>
        ((imageMissing + textMissing) / 2).toFixed(1),
      ),
    ]),
  };
}

const gridsOf = (rows: readonly ComparisonRow[], withRatios: boolean): Grid[] => [
  differencesGrid(rows),
  shapleyGrid(rows),
  ...(withRatios ? [ratioGrid(rows)] : []),
];

const protocolRows = (rows: readonly ComparisonRow[]): ResultRow[] =>
  rows.map(({ protocol }) => protocol);
const awareRows = (rows: readonly ComparisonRow[]): ResultRow[] => rows.map(({ aware }) => aware);

/** The comparison for a terminal. */
export function terminalComparison(
  rows: readonly ComparisonRow[],
  mainScore: string,
  withRatios: boolean,
): string {
  return [
    terminalTable(protocolRows(rows), mainScore),
    `Modality-aware prediction:\n${terminalTable(awareRows(rows), mainScore)}`,
    ...gridsOf(rows, withRatios).map(
      ({ title, head, body }) => `${title}\n${terminalGrid(head, body)}`,
    ),
  ].join("\n\n");
}

/** The comparison as Markdown. */
export function markdownComparison(
  rows: readonly ComparisonRow[],
  mainScore: string,
  withRatios: boolean,
): string {
  const sections = [
    markdownTable(protocolRows(rows), mainScore),
    `Modality-aware prediction:\n\n${markdownTable(awareRows(rows), mainScore)}`,
    ...gridsOf(rows, withRatios).map(
      ({ title, head, body }) => `${title}\n\n${markdownGrid(head, body)}`,
    ),
  ];
  return `${sections.join("\n\n")}\n`;
}

const quoted = (text: string): string =>
  /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;

/** The comparison as CSV: one line per method and kind of prediction. */
export function csvComparison(rows: readonly ComparisonRow[]): string {
  const head = [
    ...["method", "prediction", "seeds"],
    ...COLUMNS.flatMap((column) => [`${column}-mean`, `${column}-deviation`]),
    ...["relative-time", "shapley-image", "shapley-text"],
  ];
  const line = (row: ComparisonRow, prediction: "protocol" | "aware"): string[] => [
    ...[row.label, prediction, String(row.seeds.length)],
    ...COLUMNS.flatMap((column) => {
      const { mean, deviation } = row[prediction].columns[column];
      return [String(mean), String(deviation)];
    }),
    ...[row.relativeTime, row.shapley.image.mean, row.shapley.text.mean].map(String),
  ];
  const lines = rows.flatMap((row) => [line(row, "protocol"), line(row, "aware")]);
  return `${[head, ...lines].map((cells) => cells.map(quoted).join(",")).join("\n")}\n`;
}

const LATEX_SPECIAL = /[&%$#_{}]/g;

/** The results table as LaTeX (booktabs): best bold, second underlined, negative transfer marked. */
export function latexComparison(rows: readonly ComparisonRow[]): string {
  const all = protocolRows(rows);
  const cell = (row: ResultRow, column: (typeof COLUMNS)[number]): string => {
    const value = formatValue(row, column).replace("±", "{\\scriptstyle\\pm}");
    const harmed = isHarmful(row, column) ? `${value}^\\dagger` : value;
    if (isBest(all, row, column)) return `$\\mathbf{${harmed}}$`;
    return isSecond(all, row, column) ? `\\underline{$${harmed}$}` : `$${harmed}$`;
  };
  const escape = (text: string): string => text.replace(LATEX_SPECIAL, (mark) => `\\${mark}`);
  const line = (cells: readonly string[]): string => `${cells.join(" & ")} \\\\`;
  return [
    "% needs \\usepackage{booktabs}; bold: best, underlined: second, dagger: above full input",
    `\\begin{tabular}{l${"r".repeat(COLUMNS.length)}}`,
    "\\toprule",
    line(["method", ...COLUMNS.map((column) => HEADINGS[column])]),
    "\\midrule",
    ...all.map((row) => line([escape(row.label), ...COLUMNS.map((column) => cell(row, column))])),
    "\\bottomrule",
    "\\end{tabular}",
    "",
  ].join("\n");
}
