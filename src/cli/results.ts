/** @module Results of runs, printed. */

import { impairedGrids } from "../report/impaired.js";
import { intervalGrids } from "../report/intervals.js";
import type { RunRecord } from "../run/records.js";
import {
  modalityNote,
  publishedRows,
  resultRows,
  terminalSection,
  terminalTable,
} from "../report/table.js";
import type { RunConfig } from "../run/config.js";
import type { TrainResult } from "../usecases/turn.js";
import { print } from "./print.js";

/** Says under a table of results what it lacks where one modality alone was used. */
export function printModalityNote({ data }: RunConfig): void {
  const note = modalityNote(data.modalities);
  if (note !== "") print(note);
}

/**
 * Prints what belongs under a table of results: how sure they are, and the tables of further impairments where
 * they were asked for.
 */
export function printFurther(runs: readonly RunRecord[], { evaluation }: RunConfig): void {
  const rows = [...resultRows(runs), ...publishedRows(runs)];
  const grids = impairedGrids(rows, { noise: evaluation.noiseCurve === true });
  for (const grid of [...intervalGrids(runs), ...grids]) print(`\n${terminalSection(grid)}`);
}

/** Prints what a training came to. */
export function printTrained(
  { folder, report, records, config }: TrainResult,
  json: boolean,
): void {
  const rows = resultRows(records);
  if (json) {
    print(JSON.stringify({ folder, report, rows }));
    return;
  }
  print(terminalTable(rows, records[0]!.test.mainScore));
  printFurther(records, config);
  printModalityNote(config);
  const runs = records.length > 1 ? "Runs:  " : "Run:   ";
  print(`\nReport: ${report}\n${runs} ${folder}`);
}
