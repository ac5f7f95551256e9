/** @module Runs that are trained one after the other in this process, and the report about them. */

import { imbalanceHint, imbalanceOf } from "../check/imbalance.js";
import { ConfigError } from "../errors.js";
import type { RunRecord } from "../run/records.js";
import type { RunConfig } from "../run/config.js";
import type { RunData } from "../run/data.js";
import { runRecord } from "../run/record.js";
import { Run } from "../run/run.js";
import type { RunStore } from "../run/store.js";
import { completeRun } from "./complete.js";
import { type GivenData, loadData } from "./data.js";
import { settleDevice } from "./device.js";
import { type Listener, silent, type TrainEvent, type Watch } from "./events.js";
import { writeReport } from "./report.js";
import type { GivenSettings } from "./settings.js";

/** A run to do: its settings, and its folder, which is made once the data are known to be usable. */
export interface PendingRun {
  readonly config: RunConfig;
  /** Whether it is new: a folder that is made for it goes where no step can be built from its settings. */
  readonly isNew: boolean;
  readonly open: () => Promise<Run>;
}

/** A new run in a store. */
export const newRun = (store: RunStore, config: RunConfig): PendingRun => ({
  config,
  isNew: true,
  open: () => Run.create(store, config),
});

/** What some runs came to. */
export interface TrainResult {
  /** Name of the store of the run, or of those of all seeds: the path of its folder. */
  readonly folder: string;
  /** Path of `report.html`. */
  readonly report: string;
  /** Settings of the first run. */
  readonly config: RunConfig;
  readonly records: readonly RunRecord[];
}

/** Says what to try where the classes are very unequal and nothing is done about it. */
function tellHint({ dataset }: RunData, { train }: RunConfig, events: Listener<TrainEvent>): void {
  const message = train.classWeights === "none" ? imbalanceHint(imbalanceOf(dataset)) : null;
  if (message !== null) events({ kind: "hint", message });
}

/** How runs are trained in turn. */
export interface TurnOptions extends Watch<TrainEvent> {
  /** Where the report goes; where there are several runs, they are inside it. */
  readonly store: RunStore;
  /** Default: those that the settings name. */
  readonly data?: GivenData | undefined;
  /** Of the report; default: the method on the data. */
  readonly title?: (data: RunData) => string;
  /**
   * Whether the runs are the seeds of one training, which is resumed as a whole and of which each draws splits of
   * its own; default: yes.
   */
  readonly areSeeds?: boolean;
  /** Settings as they were given; those without effect on the data are refused. Default: none are. */
  readonly settings?: GivenSettings["settings"];
}

/** Trains some runs, one after the other, to their end, and writes `report.html` about them. */
export async function trainInTurn(
  runs: readonly PendingRun[],
  { store, data: given, title, areSeeds = true, settings, ...watch }: TurnOptions,
): Promise<TrainResult> {
  const { events = silent } = watch;
  const { config } = runs[0]!;
  if (runs[0]!.isNew) await settleDevice(config.train.device, events);
  // Reading the data first leaves no empty runs behind where they cannot be used.
  const load = { ...given, ...watch };
  let data = await loadData(config, { ...load, ...(settings && { given: settings }) });
  tellHint(data, config, events);
  const opened: Run[] = [];
  for (const { open } of runs) opened.push(await open());
  const records: RunRecord[] = [];
  try {
    for (const [at, run] of opened.entries()) {
      if (at > 0 && areSeeds) data = await loadData(run.config, load);
      const place = { at, of: opened.length, base: areSeeds ? store.name : run.store.name };
      records.push(await runRecord(run, await completeRun(run, data, place, watch)));
    }
  } catch (error) {
    // Settings that no step can be built from leave nothing behind: corrected ones find their place free.
    const added = error instanceof ConfigError ? opened.filter((_, at) => runs[at]!.isNew) : [];
    for (const run of added) await run.discardUnbegun();
    throw error;
  }
  const heading = title?.(data) ?? `${config.method.name} on ${data.dataset.name}`;
  const report = await writeReport(store, heading, data, records);
  return { folder: store.name, report, config, records };
}
