/** @module Columns of the list of runs: what they show, and how they sort. */

import { SCORE_NAMES } from "../report/html.js";
import { duration } from "../text.js";
import type { RunState, RunSummary, SummaryScores } from "./summary.js";

/** A column of the list. */
export interface Column {
  /** In addresses and flags. */
  readonly name: string;
  /** At its head; the group is said once for neighbours that share it. */
  readonly heading: string;
  readonly group?: "validation" | "test";
  readonly text: (run: RunSummary) => string;
  /** What it sorts by; runs without it come last. */
  readonly key: (run: RunSummary) => string | number | null;
  /** Whether the largest value comes first where nothing else is asked for. */
  readonly descends?: boolean;
}

const STATES = ["training", "evaluating", "waiting", "stopped", "finished", "damaged"] as const;

/** How far a run is, in words. */
export function stateText(state: RunState): string {
  switch (state.kind) {
    case "training": {
      const left = state.left === null ? "" : `, ~${duration(state.left)} left`;
      return `training, epoch ${Math.min(state.epoch + 1, state.epochs)}/${state.epochs}${left}`;
    }
    case "evaluating":
      return "evaluating";
    case "stopped":
      return `stopped after ${state.epoch} of ${state.epochs} epochs`;
    case "waiting":
      return "not begun";
    case "finished":
      return "finished";
    case "damaged":
      return "cannot be read";
  }
}

const percent = (value: number | undefined): string =>
  value === undefined || Number.isNaN(value) ? "" : value.toFixed(1);

const scoreColumns = (group: "validation" | "test"): Column[] =>
  (
    [
      ["full", "full"],
      ["imageMissing", "image missing"],
      ["textMissing", "text missing"],
    ] as const satisfies readonly (readonly [keyof SummaryScores, string])[]
  ).map(([score, heading]) => ({
    name: `${group}.${score}`,
    heading,
    group,
    text: (run) => percent(run[group]?.[score]),
    key: (run) => run[group]?.[score] ?? null,
    descends: true,
  }));

/** The columns, in order. */
export const COLUMNS: readonly Column[] = [
  { name: "run", heading: "run", text: ({ path }) => path, key: ({ path }) => path },
  {
    name: "method",
    heading: "method",
    text: ({ config }) => config?.method.name ?? "",
    key: ({ config }) => config?.method.name ?? null,
  },
  {
    name: "data",
    heading: "data",
    text: ({ config }) => config?.data.source ?? "",
    key: ({ config }) => config?.data.source ?? null,
  },
  {
    name: "seed",
    heading: "seed",
    text: ({ config }) => String(config?.train.seed ?? ""),
    key: ({ config }) => config?.train.seed ?? null,
  },
  {
    name: "state",
    heading: "state",
    text: ({ state }) => stateText(state),
    key: ({ state }) => STATES.indexOf(state.kind),
  },
  ...scoreColumns("validation"),
  ...scoreColumns("test"),
];

const ORDER = new Intl.Collator("en", { numeric: true });

const compare = (a: string | number, b: string | number): number =>
  typeof a === "number" && typeof b === "number" ? a - b : ORDER.compare(String(a), String(b));

/** What a list is sorted by. */
export interface Sorting {
  readonly column: Column;
  readonly descends: boolean;
}

/** What a column's name asks for: `test.full`, or `-test.full` for the other way round; `null` for no column. */
export function sortingOf(text: string): Sorting | null {
  const [, minus, name] = /^(-?)(.*)$/s.exec(text)!;
  const column = COLUMNS.find((one) => one.name === name);
  if (!column) return null;
  return { column, descends: (column.descends ?? false) !== (minus === "-") };
}

/** Runs in the order of a column; equal ones stay in the order of their paths, those without a value come last. */
export function sorted(runs: readonly RunSummary[], { column, descends }: Sorting): RunSummary[] {
  const sign = descends ? -1 : 1;
  const isKey = (key: string | number | null): key is string | number =>
    key !== null && !Number.isNaN(key);
  return [...runs].sort((a, b) => {
    const [first, second] = [column.key(a), column.key(b)];
    if (!isKey(first) || !isKey(second)) return Number(isKey(second)) - Number(isKey(first));
    return sign * compare(first, second);
  });
}

/** What the scores of the list are, as a sentence; empty where no run is finished. */
export function scoreNote(runs: readonly RunSummary[]): string {
  const scores = [...new Set(runs.flatMap(({ score }) => (score ? [SCORE_NAMES[score]] : [])))];
  if (scores.length === 0) return "";
  return `Scores are ${scores.join(" or ")} in percent: of the joint classifier on the validation split at the best epoch, and of the answers of predict on the test split, or on the one that the run was evaluated on.`;
}
