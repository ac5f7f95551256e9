/** @module A new training: one run, or one for each of several seeds. */

import { join } from "node:path";

import { withSeed } from "../compare/plan.js";
import { ConfigError } from "../errors.js";
import { say, setting } from "../message.js";
import { checkConfig, type RunConfig } from "../run/config.js";
import { RunFolder } from "../run/folder.js";
import { refuseIdle } from "../run/idle.js";
import { isFitted, refuseTraining } from "../run/methods.js";
import type { RunStore } from "../run/store.js";
import { asksForAuto, chooseSettings, withoutMethod } from "./choose.js";
import type { GivenData } from "./data.js";
import type { TrainEvent, Watch } from "./events.js";
import { type Launching, launching } from "./launch.js";
import type { GivenSettings } from "./settings.js";
import { newRun, trainInTurn, type TrainResult } from "./turn.js";

/** What to train, and how the candidates of the method `auto` are launched. */
export interface TrainRequest extends GivenSettings, Launching, Watch<TrainEvent> {
  /** Where the run, or those of several seeds, are kept; default: the folder `runs/<method>-seed<seed>`. */
  readonly store?: RunStore | undefined;
  /** Default: those that the settings name. */
  readonly data?: GivenData;
  /** Of weights, shuffling, noise and of a drawn split; default: what the settings say. */
  readonly seed?: number | undefined;
  /** So many seeds, one after the other; default: 1. */
  readonly seeds?: number;
}

/** Where a training keeps its runs. */
export interface Places {
  /** Of the run, or of those of several seeds. */
  readonly store: RunFolder;
  /** Paths of the runs in it, `.` for its own; none where the method is chosen first. */
  readonly runs: readonly string[];
}

const seedFolder = (seed: number): string => `seed-${seed}`;

/**
 * Where a training keeps its runs.
 *
 * @param folder - That was asked for; default: `runs/<method>-seed<seed>`.
 * @throws {ConfigError} for settings that are wrong.
 */
export function placesOf(
  { settings, origin, seed, seeds = 1 }: Omit<TrainRequest, "store">,
  folder?: string,
): Places {
  const isAuto = asksForAuto({ settings, origin });
  const { method, train } = checkConfig(isAuto ? withoutMethod(settings) : settings, origin);
  const first = seed ?? train.seed;
  const name = `${isAuto ? "auto" : method.name}-seed${first}`;
  const several = Array.from({ length: seeds }, (_, at) => seedFolder(first + at));
  return {
    store: new RunFolder(folder ?? join("runs", name)),
    runs: isAuto ? [] : seeds === 1 ? ["."] : several,
  };
}

const seeded = ({ settings, origin }: GivenSettings, seed: number): RunConfig =>
  checkConfig(withSeed(settings, seed), origin);

/**
 * Trains a model for each seed, keeps the best epoch by validation, evaluates it under impairments and writes
 * `report.html`. With the method `auto` method and options are chosen first.
 *
 * @throws {ConfigError} for settings that are wrong, or would have no effect.
 * @throws {DataError} for data that cannot be trained on.
 * @throws {UserError} where there is a run in the store already.
 * @throws {DivergenceError} when a loss is no longer a number.
 * @throws {Interrupted} after the signal.
 */
export async function train(request: TrainRequest): Promise<TrainResult> {
  const { seed, seeds = 1, data, events, signal } = request;
  if (seeds < 1)
    throw new ConfigError(say`${setting("seeds", String(seeds))}: there must be at least one.`);
  const isAuto = asksForAuto(request);
  const store = request.store ?? placesOf(request).store;
  const asked = isAuto
    ? await chooseSettings({ ...request, store, seeds, ...launching(request, data) })
    : request;
  const config = checkConfig(asked.settings, asked.origin);
  refuseIdle(request.settings, config, request.origin);
  if (!isAuto && isFitted(config.method)) refuseTraining(asked.settings, asked.origin);
  const first = seed ?? config.train.seed;
  const runs =
    seeds === 1
      ? [newRun(store, seed === undefined ? config : seeded(asked, first))]
      : Array.from({ length: seeds }, (_, at) =>
          newRun(store.inside(seedFolder(first + at)), seeded(asked, first + at)),
        );
  return trainInTurn(runs, { store, data, settings: request.settings, events, signal });
}
