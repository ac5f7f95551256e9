/** @module Runs as objects that machines share: how far one is, and what it came to. */

import { basename } from "node:path";
import { isDeepStrictEqual } from "node:util";

import type { ObjectStore } from "../objects/objectStore.js";
import {
  filesOf,
  type LocalFile,
  publishFiles,
  readManifest,
  removeBundle,
  restoreFiles,
} from "../objects/bundle.js";
import type { RunFolder } from "../run/folder.js";
import type { LockEvents } from "../run/lock.js";
import { RESULTS_FILE } from "../run/results.js";
import { SETTINGS_FILE } from "../run/run.js";
import type { RunStore } from "../run/store.js";

/** Key of a run's last checkpoint. */
const stateKey = (job: string): string => `runs/${job}/state`;

/** Key of a finished run. */
const resultKey = (job: string): string => `runs/${job}/result`;

/** The file whose writing ends a checkpoint: all others were written before. */
const LAST = "checkpoints/last.safetensors";

/** Files that belong to the process that works in the folder. */
const PASSING = /\.tmp$|^lock/;

/** The files of a run in the order in which they are brought elsewhere: what makes it finished comes last. */
export async function filesIn(folder: string): Promise<Map<string, LocalFile>> {
  const files = await filesOf(folder, (path) => !PASSING.test(basename(path)));
  const isLast = ([name]: readonly [string, LocalFile]): number => Number(name === RESULTS_FILE);
  return new Map([...files].sort((one, other) => isLast(one) - isLast(other)));
}

/** A run in a folder of this machine whose checkpoints go to the shared store, so that another machine can continue it. */
export class SharedRun implements RunStore {
  #published = performance.now();

  /**
   * @param run - The folder.
   * @param objects - Where checkpoints go.
   * @param job - Id of the job that trains it.
   * @param seconds - Least time between two checkpoints that are published.
   */
  constructor(
    readonly run: RunFolder,
    readonly objects: ObjectStore,
    readonly job: string,
    readonly seconds: number,
  ) {}

  /** The folder's path. */
  get name(): string {
    return this.run.name;
  }

  /** @inheritdoc */
  inside(folder: string): RunStore {
    return this.run.inside(folder);
  }

  /** @inheritdoc */
  folders(): Promise<readonly string[]> {
    return this.run.folders();
  }

  /** @inheritdoc */
  locate(file: string): string {
    return this.run.locate(file);
  }

  /** @inheritdoc */
  read(file: string): Promise<Uint8Array | null> {
    return this.run.read(file);
  }

  /** @inheritdoc */
  has(file: string): Promise<boolean> {
    return this.run.has(file);
  }

  /** Writes a file; with the last one of a checkpoint, the run as it is then is published. */
  async write(file: string, contents: string | Uint8Array): Promise<void> {
    await this.run.write(file, contents);
    if (file !== LAST || performance.now() - this.#published < 1000 * this.seconds) return;
    await this.publish();
  }

  /** @inheritdoc */
  append(file: string, text: string, durable: boolean): Promise<void> {
    return this.run.append(file, text, durable);
  }

  /** @inheritdoc */
  remove(file: string): Promise<void> {
    return this.run.remove(file);
  }

  /** @inheritdoc */
  exclusive<T>(work: () => Promise<T>, events?: LockEvents): Promise<T> {
    return this.run.exclusive(work, events);
  }

  /** Publishes the run as it is now, for whoever continues it. */
  async publish(): Promise<void> {
    await publishFiles(this.objects, stateKey(this.job), await filesIn(this.run.path));
    this.#published = performance.now();
  }

  /** Publishes the finished run; what was kept to continue it goes. */
  async publishResult(): Promise<void> {
    await publishFiles(this.objects, resultKey(this.job), await filesIn(this.run.path));
    await removeBundle(this.objects, stateKey(this.job));
  }
}

/**
 * Brings a bundle into a folder. One that is replaced meanwhile, by a worker that does the same job, is brought anew.
 *
 * @returns Whether it is there and whole.
 */
async function bring(
  objects: ObjectStore,
  key: string,
  folder: string,
  isWanted?: (name: string) => boolean,
): Promise<boolean> {
  let manifest = await readManifest(objects, key);
  while (manifest && !(await restoreFiles(objects, manifest, folder, isWanted))) {
    const now = await readManifest(objects, key);
    if (isDeepStrictEqual(now, manifest)) return false;
    manifest = now;
  }
  return manifest !== null;
}

/** Brings the last checkpoint of a run into a folder; `false` where there is none, or none that is whole. */
export const bringState = (objects: ObjectStore, job: string, folder: string): Promise<boolean> =>
  bring(objects, stateKey(job), folder);

/** Whether a run is finished and published. */
export const isPublished = async (objects: ObjectStore, job: string): Promise<boolean> =>
  (await readManifest(objects, resultKey(job))) !== null;

/**
 * Brings a finished run into a folder; `false` where it is not published. One that is damaged in the store is removed from
 * it, so that it is trained again.
 *
 * @param settings - Whether its settings come along, or stay as the folder has them; default: they stay.
 */
export async function bringResult(
  objects: ObjectStore,
  job: string,
  folder: string,
  settings: "with settings" | "without settings" = "without settings",
): Promise<boolean> {
  const isWanted = (name: string): boolean =>
    settings === "with settings" || name !== SETTINGS_FILE;
  const isWhole = await bring(objects, resultKey(job), folder, isWanted);
  if (!isWhole) await removeBundle(objects, resultKey(job));
  return isWhole;
}
