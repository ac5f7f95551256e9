/** @module The best model of a run, measured again: on another split, or with other impairments. */

import type { RunRecord } from "../run/records.js";
import { checkConfig, type RunConfig } from "../run/config.js";
import { refuseIdle } from "../run/idle.js";
import type { EvaluatedSplit } from "../run/data.js";
import { evaluateRun, type RunResult } from "../run/experiment.js";
import { runRecord } from "../run/record.js";
import { Run } from "../run/run.js";
import type { RunStore } from "../run/store.js";
import { nodeRuntime } from "../runtime/node.js";
import type { Origin } from "../settings/origin.js";
import { type GivenData, loadData } from "./data.js";
import { type DataEvent, silent, type StageEvent, tellStages, type Watch } from "./events.js";
import { stoppable } from "./interrupted.js";

/** What to evaluate. */
export interface EvaluateRequest extends Watch<DataEvent | StageEvent> {
  /** Of a finished run. */
  readonly store: RunStore;
  /** Default: those that the settings name. */
  readonly data?: GivenData;
  /** Default: test. */
  readonly split?: EvaluatedSplit;
  /** Settings of the group `evaluation` in place of the run's own, unchecked. */
  readonly evaluation?: Readonly<Record<string, unknown>>;
  /** Where errors should say that these settings came from. */
  readonly origin?: Origin | string;
}

/** What an evaluation found. */
export interface EvaluateResult {
  readonly result: RunResult;
  readonly record: RunRecord;
  /** The run's settings with those of this evaluation. */
  readonly config: RunConfig;
}

/**
 * Evaluates a run's best model, whole and impaired; nothing of the run is changed.
 *
 * @throws {UserError} when the store holds no run, or its files are damaged.
 * @throws {ConfigError} for settings that are wrong.
 * @throws {Interrupted} after the signal.
 */
export async function evaluate(request: EvaluateRequest): Promise<EvaluateResult> {
  const {
    store,
    split = "test",
    evaluation,
    origin = "evaluation",
    events = silent,
    signal,
  } = request;
  const own = await Run.open(store);
  const settings = { ...own.config, evaluation: { ...own.config.evaluation, ...evaluation } };
  const run = own.with(checkConfig(settings, origin));
  refuseIdle({ evaluation }, run.config, origin);
  const data = await loadData(run.config, { ...request.data, evaluated: split, events, signal });
  const { threads } = own.config.train;
  const runtime = nodeRuntime({ threads, ...(signal && { signal }) });
  const result = await stoppable(signal, null, () =>
    evaluateRun(run, data.prepared, runtime, split, tellStages(events)),
  );
  return { result, record: await runRecord(run, result), config: run.config };
}
