/** @module The demonstration: joint training and BalGrad on the same embedded emoji. */

import { join } from "node:path";

import { checkConfig, type RunConfig } from "../run/config.js";
import { RunFolder } from "../run/folder.js";
import type { RunStore } from "../run/store.js";
import { exists } from "../system.js";
import type { TrainEvent, Watch } from "./events.js";
import { newRun, trainInTurn, type TrainResult } from "./turn.js";

const METHODS = ["joint", "balgrad"];

/** A folder name that is not taken: `runs/demo`, `runs/demo-2`, ... */
async function freeFolder(base: string): Promise<string> {
  for (let number = 1; ; number++) {
    const path = number === 1 ? base : `${base}-${number}`;
    if (!(await exists(path))) return path;
  }
}

/** What to demonstrate. */
export interface DemoRequest extends Watch<TrainEvent> {
  /** Where both runs are kept; default: the folder `runs/demo`, or the next free number. */
  readonly store?: RunStore | undefined;
  /** Passes over the training split; default: that of any training. */
  readonly epochs?: number | undefined;
}

/** Trains both methods, one after the other, on the same data. */
export async function demo({ store: given, epochs, ...watch }: DemoRequest): Promise<TrainResult> {
  const train = epochs === undefined ? {} : { epochs };
  const settings = (name: string): RunConfig => checkConfig({ method: { name }, train }, "demo");
  const store = given ?? new RunFolder(await freeFolder(join("runs", "demo")));
  return trainInTurn(
    METHODS.map((method) => newRun(store.inside(method), settings(method))),
    {
      store,
      title: ({ dataset }) => `${METHODS.join(" and ")} on ${dataset.name}`,
      areSeeds: false,
      ...watch,
    },
  );
}
