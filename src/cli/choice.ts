/** @module Which method was chosen and why, in words. */

import type { Choice } from "../compare/choice.js";
import { FIGURES } from "../compare/judge.js";
import type { Entry } from "../compare/plan.js";
import { interval } from "../report/grids.js";
import { terminalGrid } from "../report/table.js";

const settingsOf = ({ options, train }: Entry): string => {
  const own = { ...options, ...train };
  return Object.keys(own).length > 0 ? ` with ${JSON.stringify(own)}` : "";
};

/** What was chosen, and what the samples allow to say about it. */
function verdict({ chosen, undecided, candidates }: Choice): string {
  const name = `${chosen.label}${settingsOf(chosen)}`;
  const judged = candidates.filter(({ judgement }) => judgement);
  const own = judged.find(({ entry }) => entry.label === chosen.label)?.judgement?.difference;
  if (judged.length === 1) return `${name}, the only one that could be judged.`;
  if (undecided)
    return `${name}, the simplest: the samples show no difference between the methods.`;
  if (own?.mean === 0) return `${name}, the best of ${judged.length} methods.`;
  return `${name}, the simplest that the samples cannot tell apart from the best.`;
}

/** What was judged, as a table, and what it allows to say; a line each. */
export function choiceLines(choice: Choice): string[] {
  const { score, folds, samples, skipped, candidates } = choice;
  const body = candidates.map(({ entry, outcome, judgement }) => [
    entry.label,
    ...FIGURES.map((name) => judgement?.figures[name].toFixed(1) ?? ""),
    judgement ? interval(judgement.difference) : outcome,
  ]);
  const place = `${samples} validation samples${folds > 1 ? ` of ${folds} folds` : ""}`;
  return [
    `auto: ${score} on ${place}, percent; overall: half full input, half the mean of the impairments`,
    terminalGrid(["method", ...FIGURES, "difference to the best [95 %]"], body),
    ...(skipped > 0
      ? [
          `auto: ${skipped} runs were skipped because the time was up; only folds that all methods finished count.`,
        ]
      : []),
    `auto: ${verdict(choice)}`,
  ];
}
