/** @module A training that was stopped continues. */

import { readdir } from "node:fs/promises";
import { join } from "node:path";

import { ConfigError, UserError } from "../errors.js";
import { say, setting } from "../message.js";
import { RunFolder } from "../run/folder.js";
import { Run } from "../run/run.js";
import type { TrainEvent, Watch } from "./events.js";
import { type PendingRun, trainInTurn, type TrainResult } from "./turn.js";

/** What to continue. */
export interface ResumeRequest extends Watch<TrainEvent> {
  /** Of a run, or of the runs of several seeds. */
  readonly folder: string;
  /** For runs of older versions, which noted no number of threads. */
  readonly threads?: number | undefined;
}

/** A run that continues. Runs of older versions have no number of threads: it may be given. */
function continued(run: Run, threads: number | undefined): PendingRun {
  const { config, store } = run;
  const own = config.train.threads;
  if (threads !== undefined && own !== undefined && threads !== own) {
    throw new ConfigError(
      `${store.name}: the run was started with ${own} threads; with ${threads} its numbers would be others.`,
      say`Leave out ${setting("train.threads")}: the run continues with ${own}, whatever the machine has.`,
    );
  }
  const given = threads === undefined ? {} : { threads };
  const opened = run.with({ ...config, train: { ...given, ...config.train } });
  return { config: opened.config, isNew: false, open: () => Promise.resolve(opened) };
}

/** Runs of a folder: the folder itself, or its `seed-*` folders, by number. */
async function runsIn(base: string): Promise<Run[]> {
  const single = new RunFolder(base);
  if (await Run.exists(single)) return [await Run.open(single)];
  const names = await readdir(base).catch(() => {
    throw new UserError(`${base}: no such run.`, "Give the folder that the run was started in.");
  });
  const seeds = names.filter((name) => name.startsWith("seed-"));
  if (seeds.length === 0) throw new UserError(`${base}: there is no run in this folder.`);
  const order = seeds.sort((a, b) => Number(a.slice(5)) - Number(b.slice(5)));
  return Promise.all(order.map((name) => Run.open(new RunFolder(join(base, name)))));
}

/**
 * Continues the runs of a folder with their own settings, to the same bits as without a stop; a finished one is
 * reported again.
 *
 * @throws {UserError} when the folder holds no run.
 * @throws {ConfigError} for another number of threads than the run has.
 * @throws {Interrupted} after the signal.
 */
export async function resume({ folder, threads, ...watch }: ResumeRequest): Promise<TrainResult> {
  const runs = (await runsIn(folder)).map((run) => continued(run, threads));
  return trainInTurn(runs, { base: folder, ...watch });
}
