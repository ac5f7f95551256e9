/** @module A comparison as LaTeX tables. */

import type { ComparisonRow } from "../compare/summary.js";
import { type Column, COLUMNS, type ResultRow } from "../evaluate/aggregate.js";
import { gridsOf } from "./grids.js";
import type { ExtraTables } from "./impaired.js";
import { formatValue, HEADINGS, isBest, isHarmful, isSecond } from "./table.js";

const LATEX_SPECIAL = /[&%$#_{}\\~^]/g;

/** Marks that no backslash before them makes plain. */
const SPELT_OUT: Readonly<Record<string, string>> = {
  "\\": "\\textbackslash{}",
  "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}",
};

const escape = (text: string): string =>
  text.replace(LATEX_SPECIAL, (mark) => SPELT_OUT[mark] ?? `\\${mark}`);

const withSign = (text: string): string => text.replaceAll("±", "{\\scriptstyle\\pm}");

/** A booktabs table: names on the left, numbers to the right. */
function tabular(
  title: string,
  head: readonly string[],
  body: readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[]): string => `${cells.join(" & ")} \\\\`;
  return [
    `% ${title}`,
    `\\begin{tabular}{l${"r".repeat(head.length - 1)}}`,
    "\\toprule",
    line(head.map(escape)),
    "\\midrule",
    ...body.map(([label = "", ...cells]) => line([escape(label), ...cells])),
    "\\bottomrule",
    "\\end{tabular}",
  ].join("\n");
}

function resultCell(all: readonly ResultRow[], row: ResultRow, column: Column): string {
  const value = withSign(formatValue(row, column));
  const marked = isHarmful(row, column) ? `${value}^\\dagger` : value;
  if (isBest(all, row, column)) return `$\\mathbf{${marked}}$`;
  return isSecond(all, row, column) ? `\\underline{$${marked}$}` : `$${marked}$`;
}

function results(title: string, rows: readonly ResultRow[]): string {
  const body = rows.map((row) => [
    row.label,
    ...COLUMNS.map((column) => resultCell(rows, row, column)),
  ]);
  return tabular(title, ["method", ...COLUMNS.map((column) => HEADINGS[column])], body);
}

/** The comparison's tables as LaTeX (booktabs): best bold, second underlined, negative transfer marked. */
export function latexComparison(rows: readonly ComparisonRow[], extra: ExtraTables): string {
  const tables = [
    results(
      "results; bold: best, underlined: second, dagger: above full input",
      rows.map(({ protocol }) => protocol),
    ),
    results(
      "modality-aware prediction",
      rows.map(({ aware }) => aware),
    ),
    ...gridsOf(rows, extra).map(({ title, head, body }) =>
      tabular(
        title,
        head,
        body.map(([label = "", ...cells]) => [
          label,
          ...cells.map((cell) => (cell === "" ? "" : `$${withSign(cell)}$`)),
        ]),
      ),
    ),
  ];
  return `% needs \\usepackage{booktabs}\n\n${tables.join("\n\n")}\n`;
}
