/** @module A run without training steps: its regressions are fitted, which counts as one epoch. */

import { fitCompanions } from "../companion/fit.js";
import type { ModelData } from "../inputs/data.js";
import { validate } from "../evaluate/validation.js";
import type { Runtime } from "../runtime/session.js";
import { lossShape } from "../train/classWeights.js";
import type { TrainingState } from "../train/step.js";
import { stopwatch } from "../train/stopwatch.js";
import type { EpochRecord, Snapshot } from "../train/trainer.js";
import { cpuClock } from "./clock.js";
import type { RunConfig } from "./config.js";
import { modelFor } from "../inputs/model.js";
import { loadPredictor, labelSpaceOf } from "./predictor.js";
import type { Run } from "./run.js";
import { refuseUnsupportedRun } from "./supported.js";

async function figuresOf(
  config: RunConfig,
  data: ModelData,
  runtime: Runtime,
  state: TrainingState,
) {
  const predictor = await loadPredictor(config, data, runtime);
  const shape = lossShape(config.train, data.classes, data.train.targets, labelSpaceOf(data));
  const score = config.evaluation.score ?? data.score;
  try {
    return await validate(predictor, data.validation, state, score, shape);
  } finally {
    await predictor.release();
  }
}

/** The regressions as a run of steps would leave its parameters behind. */
function snapshotOf(
  state: TrainingState,
  validation: EpochRecord["validation"],
  { selectBy }: RunConfig["train"],
): Snapshot {
  const done = { epoch: 1, call: 0, step: 0, sums: {}, elapsed: { seconds: 0 } };
  const best = { bestEpoch: 0, bestFigure: validation[selectBy] ?? null };
  return { state, position: { ...done, ...best, history: [validation] } };
}

/**
 * Fits the regressions of a run; the files are those of a training of one epoch.
 *
 * @returns Whether the run is complete: a fit is never half done.
 * @throws {ConfigError} where regressions cannot see the data or the model, see {@link refuseUnsupportedRun}.
 */
export async function fitRun(
  run: Run,
  data: ModelData,
  runtime: Runtime,
  { onEpoch }: { readonly onEpoch?: (record: EpochRecord) => void },
  resume?: Snapshot,
): Promise<boolean> {
  if (resume && resume.position.epoch > 0) return true;
  const { config } = run;
  await refuseUnsupportedRun(config, data);
  const labels = labelSpaceOf(data);
  const model = await modelFor(config.model, data);
  const shape = lossShape(config.train, data.classes, data.train.targets, labels);
  const takes = stopwatch({ seconds: 0 }, cpuClock);
  const { time } = config.train;
  const limit = time === undefined ? {} : { time };
  const state = await fitCompanions(runtime, data, model, labels, { shape, ...limit });
  const elapsed = takes();
  const validation = await figuresOf(config, data, runtime, state);
  const snapshot = snapshotOf(state, validation, config.train);
  const record = { epoch: 0, ...elapsed, validation, best: true };
  await run.save("best", snapshot);
  await run.metrics.append([{ kind: "epoch", record }]);
  await run.save("last", snapshot);
  onEpoch?.(record);
  return true;
}
