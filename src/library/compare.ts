/** @module Methods compared on the same data, splits and seeds, from a program. */

import type { ResultRow } from "../evaluate/aggregate.js";
import type { RunRecord } from "../run/records.js";
import { markdownTable, resultRows } from "../report/table.js";
import { ConfigError } from "../errors.js";
import type { Watch } from "../usecases/events.js";
import { Interrupted } from "../usecases/interrupted.js";
import type { TrainingData } from "./data.js";
import { methodChoice, type MethodInput } from "./method.js";
import { train, type TrainingEvent, type TrainOptions, type TrainSettings } from "./train.js";

/** What to compare; all other settings are the same for every method. */
export interface CompareOptions
  extends Omit<TrainSettings, "method" | "seed">, Watch<TrainingEvent> {
  /** Methods; two with the same name must differ in their options. */
  readonly methods: readonly MethodInput[];
  /** Seeds of weights, shuffling and noise. Default: 1, 2 and 3. */
  readonly seeds?: readonly number[];
}

/** What a comparison found. */
export interface Comparison {
  /** Scores of each method over the seeds, mean and deviation, on full and on impaired input. */
  readonly rows: readonly ResultRow[];
  /** Every run, for `renderReport`. */
  readonly runs: readonly RunRecord[];
  /** The rows as a Markdown table. */
  readonly markdown: string;
}

/** Names of methods in tables: with options if others have the same name. */
function labelsOf(methods: readonly MethodInput[]): string[] {
  const choices = methods.map(methodChoice);
  const labels = choices.map(({ name, options }) => {
    const isAlone = choices.filter((other) => other.name === name).length === 1;
    const isPlain = isAlone || Object.keys(options).length === 0;
    return isPlain ? name : `${name} ${JSON.stringify(options)}`;
  });
  const twice = labels.find((label, at) => labels.indexOf(label) < at);
  if (twice === undefined) return labels;
  throw new ConfigError(`compare(): ${twice} is named twice.`, "Name each method once.");
}

/** Trains one run, of which the record alone is kept. */
async function recordOf(data: TrainingData, options: TrainOptions): Promise<RunRecord> {
  try {
    const run = await train(data, options);
    const record = await run.record();
    await run.release();
    return record;
  } catch (error) {
    // Nothing of the run is kept, which an interrupted training says otherwise.
    throw error instanceof Interrupted ? new Interrupted(null, { by: "repeat" }) : error;
  }
}

/**
 * Trains methods one after the other in this process, on the same splits, seeds and initial weights.
 *
 * @throws {ConfigError} for settings that are wrong, and where a method is named twice.
 * @throws {DataError} for data that cannot be trained on.
 * @throws {Interrupted} after the signal; nothing is kept.
 */
export async function compare(
  data: TrainingData,
  { methods, seeds = [1, 2, 3], ...options }: CompareOptions,
): Promise<Comparison> {
  const labels = labelsOf(methods);
  if (methods.length === 0 || seeds.length === 0) {
    throw new ConfigError("compare(): expected at least one method and one seed.");
  }
  const runs: RunRecord[] = [];
  for (const [at, method] of methods.entries()) {
    for (const seed of seeds) {
      const record = await recordOf(data, { ...options, method, seed });
      runs.push({ ...record, method: labels[at]! });
    }
  }
  const rows = resultRows(runs);
  return { rows, runs, markdown: markdownTable(rows, runs[0]!.test.mainScore) };
}
