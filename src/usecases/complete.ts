/** @module One run from where it stands to its end: trained, evaluated, written as a model. */

import { ConfigError } from "../errors.js";
import type { RunData } from "../run/data.js";
import { saveModel } from "../run/save.js";
import { evaluateRun, type RunEvents, type RunResult, trainRun } from "../run/experiment.js";
import { isFinished, readResults, writeResults } from "../run/results.js";
import type { Run } from "../run/run.js";
import { findDevice, obstacle } from "../runtime/device.js";
import type { Device } from "../runtime/devices.js";
import { nodeRuntime } from "../runtime/node.js";
import type { Runtime } from "../runtime/session.js";
import { SystemError } from "../system.js";
import { type Listener, type RunEvent, silent, tellStages, type Watch } from "./events.js";
import { Interrupted } from "./interrupted.js";

/** Where a run is among those that are trained in turn. */
export interface Place {
  /** From 0. */
  readonly at: number;
  /** Their number. */
  readonly of: number;
  /** Folder to resume after a stop: the run's own, or that of all seeds. */
  readonly base: string;
}

/** What a stop is told as. */
const stopped = ({ base }: Place): Interrupted =>
  new Interrupted(base, { by: "resume", folder: base });

/** What training tells, as events. */
const told = (events: Listener<RunEvent>): RunEvents => ({
  onPlan: (plan) => {
    events({ kind: "planned", plan });
  },
  onSteps: (records, totalSteps) => {
    events({ kind: "steps", records, totalSteps });
  },
  onEpoch: (record) => {
    events({ kind: "epoch", record });
  },
});

/** Trains a run from where it stands to its end; gives whether it came there. */
async function trainOn(
  run: Run,
  { prepared }: RunData,
  runtime: Runtime,
  { events = silent, signal }: Watch<RunEvent>,
): Promise<boolean> {
  const resume = (await run.isBegun()) ? await run.load("last") : undefined;
  // A kill before the first checkpoint leaves metrics too, which will be recorded again.
  await run.metrics.rewind(resume?.position ?? { epoch: 0, step: 0 });
  return trainRun(run, prepared, runtime, told(events), {
    ...(signal && { signal }),
    ...(resume && { resume }),
  });
}

/**
 * The device that a run was begun on.
 *
 * @throws {ConfigError} where it does not work here.
 */
async function deviceOf({ store, config }: Run): Promise<Device> {
  const { device } = config.train;
  const reason = device === "auto" ? null : await obstacle(device);
  if (reason === null) return (await findDevice(device)).device;
  throw new ConfigError(
    `${store.name}: the run was begun on ${device}, which does not work here: ${reason}.`,
    "Continue it where that device works, or train again into a new folder.",
  );
}

/** Trains and evaluates a run, and saves its model, where no other process works on it. */
async function complete(
  run: Run,
  data: RunData,
  place: Place,
  watch: Watch<RunEvent>,
): Promise<RunResult> {
  const { events = silent, signal } = watch;
  if (await isFinished(run)) return readResults(run);
  const { method, train, evaluation } = run.config;
  const device = await deviceOf(run);
  // It stops at the signal too, so that validation and evaluation do.
  const runtime = nodeRuntime({ threads: train.threads, device, ...(signal && { signal }) });
  const { seed, epochs } = train;
  const { at, of } = place;
  events({ kind: "run-started", method: method.name, seed, epochs, at, of });
  try {
    const isTrained = await trainOn(run, data, runtime, watch);
    if (!isTrained || signal?.aborted) throw stopped(place);
    const result = await evaluateRun(
      run,
      data.prepared,
      runtime,
      evaluation.split,
      tellStages(events),
    );
    await saveModel(run, data.prepared, result.aware, runtime);
    await writeResults(run, result);
    return result;
  } finally {
    events({ kind: "run-ended" });
  }
}

/**
 * Trains a run to its end, wherever it stands, evaluates it once and saves its model. One that is finished is
 * left as it is.
 *
 * @throws {ConfigError} where the device that the run was begun on does not work here.
 * @throws {Interrupted} after the signal.
 * @throws {SystemError} where the system refuses, for example for want of room.
 */
export async function completeRun(
  run: Run,
  data: RunData,
  place: Place,
  watch: Watch<RunEvent> = {},
): Promise<RunResult> {
  const { events = silent, signal } = watch;
  const onWait = (holder: string): void => {
    events({ kind: "waiting", holder, folder: run.store.name });
  };
  try {
    const work = (): Promise<RunResult> => complete(run, data, place, watch);
    return await run.store.exclusive(work, { onWait, ...(signal && { signal }) });
  } catch (error) {
    if (signal?.aborted) throw stopped(place);
    if (!(error instanceof SystemError)) throw error;
    const hint = `${error.hint ?? ""} Then resume the run in ${place.base}.`;
    throw new SystemError(error.message, hint, error.code, { cause: error });
  }
}
