/** @module A comparison as tables for a terminal and in Markdown. */

import type { ComparisonRow } from "../compare/summary.js";
import type { ResultRow } from "../evaluate/aggregate.js";
import { gridsOf } from "./grids.js";
import type { ExtraTables } from "./impaired.js";
import { markdownGrid, markdownTable, terminalSection, terminalTable } from "./table.js";

const protocolRows = (rows: readonly ComparisonRow[]): ResultRow[] =>
  rows.map(({ protocol }) => protocol);
const awareRows = (rows: readonly ComparisonRow[]): ResultRow[] => rows.map(({ aware }) => aware);

/** The comparison for a terminal. */
export function terminalComparison(
  rows: readonly ComparisonRow[],
  mainScore: string,
  extra: ExtraTables,
): string {
  return [
    terminalTable(protocolRows(rows), mainScore),
    `Modality-aware prediction:\n${terminalTable(awareRows(rows), mainScore)}`,
    ...gridsOf(rows, extra).map(terminalSection),
  ].join("\n\n");
}

/** The comparison as Markdown. */
export function markdownComparison(
  rows: readonly ComparisonRow[],
  mainScore: string,
  extra: ExtraTables,
): string {
  const sections = [
    markdownTable(protocolRows(rows), mainScore),
    `Modality-aware prediction:\n\n${markdownTable(awareRows(rows), mainScore)}`,
    ...gridsOf(rows, extra).map(
      ({ title, head, body }) => `${title}\n\n${markdownGrid(head, body)}`,
    ),
  ];
  return `${sections.join("\n\n")}\n`;
}
