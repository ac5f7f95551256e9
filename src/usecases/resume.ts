/** @module A training that was stopped continues. */

import { ConfigError } from "../errors.js";
import { say, setting } from "../message.js";
import { Run } from "../run/run.js";
import type { DeviceChoice } from "../runtime/devices.js";
import type { RunStore } from "../run/store.js";
import type { GivenData } from "./data.js";
import type { TrainEvent, Watch } from "./events.js";
import { type PendingRun, trainInTurn, type TrainResult } from "./turn.js";

/** What to continue. */
export interface ResumeRequest extends Watch<TrainEvent> {
  /** Of a run, or of the runs of several seeds. */
  readonly store: RunStore;
  /** Default: those that the settings name. */
  readonly data?: GivenData;
  /** For runs of older versions, which noted no number of threads. */
  readonly threads?: number | undefined;
  /** The run's own: another one is refused. */
  readonly device?: DeviceChoice | undefined;
}

/** @throws {ConfigError} for another device than a run's: its results would differ. */
function refuseOther(device: DeviceChoice | undefined, { store, config }: Run): void {
  const own = config.train.device;
  if (device === undefined || device === own) return;
  throw new ConfigError(
    `${store.name}: the run was started on ${own}; on ${device} its results would differ.`,
    say`Leave out ${setting("train.device")}: the run continues on ${own}.`,
  );
}

/** A run that continues. Runs of older versions have no number of threads: it may be given. */
function continued(run: Run, { threads, device }: ResumeRequest): PendingRun {
  refuseOther(device, run);
  const { config, store } = run;
  const own = config.train.threads;
  if (threads !== undefined && own !== undefined && threads !== own) {
    throw new ConfigError(
      `${store.name}: the run was started with ${own} threads; with ${threads} its results would differ.`,
      say`Leave out ${setting("train.threads")}: the run continues with ${own}.`,
    );
  }
  const given = threads === undefined ? {} : { threads };
  const opened = run.with({ ...config, train: { ...given, ...config.train } });
  return { config: opened.config, isNew: false, open: () => Promise.resolve(opened) };
}

/** Paths of the runs of a store: `.` for its own, or its `seed-*` folders, by number. */
export async function runPathsIn(store: RunStore): Promise<string[]> {
  const seeds = (await store.folders()).filter((name) => name.startsWith("seed-"));
  if (seeds.length === 0 || (await Run.exists(store))) return ["."];
  return seeds.sort((a, b) => Number(a.slice(5)) - Number(b.slice(5)));
}

async function runsIn(store: RunStore): Promise<Run[]> {
  const paths = await runPathsIn(store);
  return Promise.all(paths.map((path) => Run.open(path === "." ? store : store.inside(path))));
}

/**
 * Continues the runs of a store with their own settings, to the same bits as without a stop; a finished one is
 * reported again.
 *
 * @throws {UserError} when the store holds no run.
 * @throws {ConfigError} for another number of threads or another device than the run has, and where its device does not
 *   work here.
 * @throws {Interrupted} after the signal.
 */
export async function resume(request: ResumeRequest): Promise<TrainResult> {
  const { store, data, events, signal } = request;
  const runs = (await runsIn(store)).map((run) => continued(run, request));
  return trainInTurn(runs, { store, data, events, signal });
}
