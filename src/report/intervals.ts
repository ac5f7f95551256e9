/** @module How sure the scores of single runs are, as a table. */

import { CASES } from "../impairments/cases.js";
import type { ScoreInterval } from "../evaluate/scores/intervals.js";
import { byMethod, type RunRecord } from "../run/records.js";
import { AWARE, type Grid, HEADINGS } from "./table.js";

const format = ({ low, high }: ScoreInterval): string => `${low.toFixed(1)}-${high.toFixed(1)}`;

/** The intervals of each method that has one run; none where seeds tell more, or in results of older versions. */
export function intervalGrids(runs: readonly RunRecord[]): Grid[] {
  const body = [...byMethod(runs)].flatMap(([method, [run, ...others]]) => {
    if (!run || others.length > 0) return [];
    const rows = [
      [method, run.test.protocol],
      [`${method}, ${AWARE}`, run.test.aware],
    ] as const;
    return rows.flatMap(([label, { intervals }]) =>
      intervals ? [[label, ...CASES.map((name) => format(intervals[name]))]] : [],
    );
  });
  const title = "How sure: 95 % bootstrap intervals of the scores over the samples";
  const head = ["method", ...CASES.map((name) => HEADINGS[name])];
  return body.length > 0 ? [{ title, head, body }] : [];
}
