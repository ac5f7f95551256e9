/** @module What the results say, in a sentence. */

import type { ResultRow } from "../evaluate/aggregate.js";
import { AWARE } from "./table.js";

const points = (value: number): string => `${value.toFixed(1)} %`;

/** Differences that are printed as zero. */
const LEVEL = 0.05;

const isAware = ({ label }: ResultRow): boolean => label.endsWith(`, ${AWARE}`);
const nameOf = ({ label }: ResultRow): string => label.replace(`, ${AWARE}`, "");

/**
 * Which method does best where a modality is missing, and what it costs on full input.
 *
 * @param rows - Two of each method: by the protocol, and with modality-aware prediction, see `resultRows`.
 */
export function verdict(rows: readonly ResultRow[], score: string): string {
  const aware = rows.filter(isAware);
  const missing = ({ columns }: ResultRow): number => columns["missing-average"].mean;
  const best = aware.reduce((a, b) => (missing(b) > missing(a) ? b : a));
  const said = `${score} of ${nameOf(best)} is ${points(best.columns.full.mean)} with both modalities and ${points(missing(best))} on average with one of them missing`;
  if (aware.length === 1) {
    const joint = rows.find((row) => !isAware(row))!;
    return `As predict answers, the ${said}; its joint classifier alone has ${points(missing(joint))} there.`;
  }
  const others = aware.filter((row) => row !== best);
  const next = others.reduce((a, b) => (missing(b) > missing(a) ? b : a));
  const ahead = missing(best) - missing(next);
  const fullest = aware.reduce((a, b) => (b.columns.full.mean > a.columns.full.mean ? b : a));
  const behind = fullest.columns.full.mean - best.columns.full.mean;
  const lead =
    ahead < LEVEL
      ? `level with ${nameOf(next)}`
      : `${ahead.toFixed(1)} points ahead of ${nameOf(next)}`;
  const onFull =
    behind < LEVEL
      ? "and none is better on full input"
      : `and ${behind.toFixed(1)} points below ${nameOf(fullest)} on full input`;
  return `As predict answers, the ${said}: ${lead}, ${onFull}. The intervals below say how sure that is.`;
}
