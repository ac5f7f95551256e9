/** @module Which method was chosen and why, printed. */

import type { Choice } from "../compare/choice.js";
import { FIGURES } from "../compare/judge.js";
import type { Entry } from "../compare/plan.js";
import { interval } from "../report/grids.js";
import { terminalGrid } from "../report/table.js";
import { complain } from "./print.js";

const settingsOf = ({ options, train }: Entry): string => {
  const own = { ...options, ...train };
  return Object.keys(own).length > 0 ? ` with ${JSON.stringify(own)}` : "";
};

/** Prints what was judged, as a table, and what it allows to say. */
export function printChoice({
  chosen,
  undecided,
  score,
  folds,
  samples,
  skipped,
  candidates,
}: Choice): void {
  const body = candidates.map(({ entry, outcome, judgement }) => [
    entry.label,
    ...FIGURES.map((name) => judgement?.figures[name].toFixed(1) ?? ""),
    judgement ? interval(judgement.difference) : outcome,
  ]);
  complain(
    `auto: ${score} on ${samples} validation samples${folds > 1 ? ` of ${folds} folds` : ""}, percent; overall: half full input, half the three impairments`,
  );
  complain(terminalGrid(["method", ...FIGURES, "difference to the best [95 %]"], body));
  if (skipped > 0) {
    complain(`auto: ${skipped} runs were skipped for want of time; a fold counts that all have.`);
  }
  const name = `${chosen.label}${settingsOf(chosen)}`;
  const judged = candidates.filter(({ judgement }) => judgement);
  const isBest = judged.find(({ entry }) => entry.label === chosen.label)?.judgement?.difference;
  if (judged.length === 1) complain(`auto: ${name}, the only one that could be judged.`);
  else if (undecided) {
    complain(`auto: ${name}, the simplest: the samples tell no difference between the methods.`);
  } else if (isBest?.mean === 0) complain(`auto: ${name}, the best of ${judged.length} methods.`);
  else {
    complain(`auto: ${name}, the simplest that the samples cannot tell apart from the best.`);
  }
}
