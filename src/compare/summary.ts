/** @module From the runs of a comparison to its rows. */

import {
  aggregate,
  columnValue,
  type ResultRow,
  type Spread,
  spreadOf,
} from "../evaluate/aggregate.js";
import { bootstrapMean, type Interval } from "../evaluate/scores/bootstrap.js";
import type { ProtocolResult, ProtocolRow } from "../evaluate/result.js";
import { type CaseOf, casesOf, OWN_IMPAIRMENTS, type OwnImpairment } from "../impairments/cases.js";
import type { Score } from "../data/dataset.js";
import { UserError } from "../errors.js";
import type { ValidationFigures } from "../evaluate/validation.js";
import type { RunResult } from "../run/experiment.js";
import type { RunRecord } from "../run/records.js";
import { Run } from "../run/run.js";
import { runRecord } from "../run/record.js";
import { isFinished, readResults } from "../run/results.js";
import type { ComparisonPlan, PlannedEntry, PlannedRun } from "./plan.js";

/** Figures whose paired differences to the first entry are reported. */
export const DIFFERENCES = ["full", "missing-average", "missing-gap", "noisy-average"] as const;

/** Figures of the validation split that are reported; see {@link ValidationFigures}. */
export const VALIDATED = [
  "full",
  "imageMissing",
  "textMissing",
  "missing",
  "balanced",
  "image",
  "text",
] as const;

/** Inputs whose mean average precision is reported. */
export const RANKED = ["full", "image-missing", "text-missing"] as const;

/** Mean average precision by input, percent. */
export type PrecisionRow = Readonly<Record<(typeof RANKED)[number], Spread>>;

/** Scores of the two cases of an impairment that has a table of its own, and their mean. */
export type OwnRow<N extends string> = Readonly<Record<CaseOf<N> | "average", Spread>>;

/** Scores of the impairments with tables of their own; `null` in results of versions that did not measure them. */
type OwnRows = {
  readonly [N in OwnImpairment]: Readonly<Record<"protocol" | "aware", OwnRow<N>>> | null;
};

/** One entry over its finished seeds. */
export interface ComparisonRow extends OwnRows {
  readonly label: string;
  /** Folder of the entry's runs, inside that of the comparison. */
  readonly folder: string;
  readonly seeds: readonly number[];
  readonly protocol: ResultRow;
  readonly aware: ResultRow;
  /** Multi-label: the protocol with every label's threshold at 0.5, as published; else `null`. */
  readonly published: ResultRow | null;
  /** Multi-label: mean average precision in percent, which no threshold changes; else `null`. */
  readonly averagePrecision: Readonly<Record<"protocol" | "aware", PrecisionRow>> | null;
  /** Scores on the validation split at the best epoch, percent; what to choose settings by. */
  readonly validation: Readonly<Record<(typeof VALIDATED)[number], Spread>>;
  /** Differences to the first entry over the seeds that both have; percentage points. */
  readonly differences: Readonly<Record<(typeof DIFFERENCES)[number], Interval>> | null;
  /** Processor seconds of training per run, as a multiple of the first entry's. */
  readonly relativeTime: number;
  /** Shapley values of the modalities for the main score, percentage points. */
  readonly shapley: Readonly<Record<"image" | "text" | "imbalance", Spread>>;
  /** Mean scores by missing ratio. */
  readonly ratios: readonly {
    readonly ratio: number;
    readonly imageMissing: number;
    readonly textMissing: number;
  }[];
}

interface Finished {
  readonly seed: number;
  readonly result: RunResult;
  readonly seconds: number;
  readonly validation: ValidationFigures;
}

async function finishedRun({ store, seed }: PlannedRun): Promise<Finished | null> {
  // Rows of an earlier call lack the seeds that were added since.
  if (!(await Run.exists(store))) return null;
  const run = await Run.open(store);
  if (!(await isFinished(run))) return null;
  const result = await readResults(run);
  const epochs = (await run.metrics.read()).flatMap((line) =>
    line.kind === "epoch" ? [line.record] : [],
  );
  const seconds = epochs.reduce((sum, epoch) => sum + (epoch.cpuSeconds ?? epoch.seconds), 0);
  const best = epochs.findLast((epoch) => epoch.best);
  if (!best) {
    throw new UserError(
      `${store.name}: metrics.jsonl lacks the best epoch.`,
      "Delete the folder, and compare again with the same command.",
    );
  }
  return { seed, result, seconds, validation: best.validation };
}

const mean = (values: readonly number[]): number => spreadOf(values).mean;

function pairedDifferences(own: readonly Finished[], base: readonly Finished[]) {
  const pairs = own.flatMap((run) => {
    const partner = base.find(({ seed }) => seed === run.seed);
    return partner ? [[run.result.result.protocol, partner.result.result.protocol] as const] : [];
  });
  if (pairs.length === 0) return null;
  const entries = DIFFERENCES.map((name) => {
    const differences = pairs.map(([a, b]) => columnValue(a, name) - columnValue(b, name));
    return [name, bootstrapMean(differences)] as const;
  });
  return Object.fromEntries(entries) as ComparisonRow["differences"];
}

const precisionOf = (rows: readonly ProtocolRow[]): PrecisionRow =>
  Object.fromEntries(
    RANKED.map((name) => [
      name,
      spreadOf(rows.map(({ cases }) => 100 * (cases[name].averagePrecision ?? 0))),
    ]),
  ) as PrecisionRow;

/** What is told of multi-label data beside scores that depend on thresholds. */
function rankingOf(label: string, results: readonly ProtocolResult[]) {
  const published = results.flatMap((result) => result.published ?? []);
  if (published.length < results.length) return { published: null, averagePrecision: null };
  return {
    published: aggregate(label, published),
    averagePrecision: {
      protocol: precisionOf(results.map(({ protocol }) => protocol)),
      aware: precisionOf(results.map(({ aware }) => aware)),
    },
  };
}

function ownRow<N extends OwnImpairment>(name: N, rows: readonly ProtocolRow[]): OwnRow<N> | null {
  const found = rows.flatMap((row) => row[name] ?? []);
  if (found.length < rows.length) return null;
  const cases = casesOf(name).map(
    (one) => [one, spreadOf(found.map(({ scores }) => scores[one]))] as const,
  );
  const average = spreadOf(found.map((own) => own.average));
  return { ...Object.fromEntries(cases), average } as OwnRow<N>;
}

/** How answers stand the impairments that have tables of their own. */
function ownRows(results: readonly ProtocolResult[]): OwnRows {
  const entries = OWN_IMPAIRMENTS.map(({ name }) => {
    const row = (way: "protocol" | "aware") =>
      ownRow(
        name,
        results.map((result) => result[way]),
      );
    const [protocol, aware] = [row("protocol"), row("aware")];
    return [name, protocol && aware ? { protocol, aware } : null] as const;
  });
  return Object.fromEntries(entries) as OwnRows;
}

function rowOf(
  { label, folder }: PlannedEntry,
  own: readonly Finished[],
  base: readonly Finished[],
): ComparisonRow {
  const results = own.map(({ result }) => result.result);
  const spread = (value: (result: (typeof results)[number]) => number): Spread =>
    spreadOf(results.map(value));
  return {
    label,
    folder,
    seeds: own.map(({ seed }) => seed),
    protocol: aggregate(
      label,
      results.map(({ protocol }) => protocol),
    ),
    aware: aggregate(
      `${label}, modality-aware`,
      results.map(({ aware }) => aware),
    ),
    ...rankingOf(label, results),
    ...ownRows(results),
    validation: Object.fromEntries(
      VALIDATED.map((name) => [name, spreadOf(own.map(({ validation }) => validation[name]))]),
    ) as ComparisonRow["validation"],
    differences: own === base ? null : pairedDifferences(own, base),
    relativeTime:
      mean(own.map(({ seconds }) => seconds)) / mean(base.map(({ seconds }) => seconds)),
    shapley: {
      image: spread(({ shapley }) => shapley.image),
      text: spread(({ shapley }) => shapley.text),
      imbalance: spread(({ shapley }) => Math.abs(shapley.image - shapley.text)),
    },
    ratios: results[0]!.ratios.map(({ ratio }, at) => ({
      ratio,
      imageMissing: mean(results.map(({ ratios }) => ratios[at]!.imageMissing)),
      textMissing: mean(results.map(({ ratios }) => ratios[at]!.textMissing)),
    })),
  };
}

/** The first finished run of each entry, under the entry's label: its curves stand for the entry's. */
export async function firstRecords(runs: readonly PlannedRun[]): Promise<RunRecord[]> {
  const records = new Map<string, RunRecord>();
  for (const { entry, store } of runs) {
    if (records.has(entry.folder)) continue;
    const run = await Run.open(store);
    if (!(await isFinished(run))) continue;
    records.set(entry.folder, await runRecord(run, await readResults(run), entry.label));
  }
  return [...records.values()];
}

/** Rows of the entries that have at least one finished run, the first entry's first. */
export async function summarise(
  plan: ComparisonPlan,
  runs: readonly PlannedRun[],
): Promise<{ rows: ComparisonRow[]; mainScore: Score }> {
  const finished = new Map<string, Finished[]>();
  for (const run of runs) {
    const result = await finishedRun(run);
    if (!result) continue;
    const { folder } = run.entry;
    finished.set(folder, [...(finished.get(folder) ?? []), result]);
  }
  const entries = plan.entries.flatMap((entry) => {
    const own = finished.get(entry.folder);
    return own ? [{ entry, own }] : [];
  });
  const base = entries[0]?.own ?? [];
  return {
    rows: entries.map(({ entry, own }) => rowOf(entry, own, base)),
    mainScore: base[0]?.result.result.mainScore ?? "accuracy",
  };
}
