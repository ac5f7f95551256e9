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

/** The store of a training that is given none. */
function defaultStore({ settings, origin, seed }: TrainRequest, isAuto: boolean): RunStore {
  const config = checkConfig(isAuto ? withoutMethod(settings) : settings, origin);
  const method = isAuto ? "auto" : config.method.name;
  return new RunFolder(join("runs", `${method}-seed${seed ?? config.train.seed}`));
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
  const store = request.store ?? defaultStore(request, isAuto);
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
          newRun(store.inside(`seed-${first + at}`), seeded(asked, first + at)),
        );
  return trainInTurn(runs, { store, data, settings: request.settings, events, signal });
}
