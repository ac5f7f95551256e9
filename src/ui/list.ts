/** @module The runs below a folder, looked at again and again: only what has changed is read. */

import { join } from "node:path";

import { RunFolder } from "../run/folder.js";
import { workerIn } from "../run/lock.js";
import { METRICS_FILE } from "../run/metrics.js";
import { readResults, RESULTS_FILE } from "../run/results.js";
import { Run, SETTINGS_FILE } from "../run/run.js";
import { MetricsTail } from "../run/tail.js";
import { recordOf, runRecord } from "../run/record.js";
import type { RunRecord, TrainingRecord } from "../run/records.js";
import { statOf } from "../system.js";
import { type Found, findRunPaths } from "../run/find.js";
import { type RunSummary, summarise } from "./summary.js";

/** Files that say whether a run has changed. */
const WATCHED = [SETTINGS_FILE, METRICS_FILE, RESULTS_FILE];

/** Runs whose metrics are kept in memory: those that train, and those that are shown. */
const KEPT = 24;

/** A run that was read, and how its files were then. */
interface Known {
  readonly stamp: string;
  readonly summary: RunSummary;
}

/** Sizes and times of a run's files, and who works on it. */
async function stampOf(folder: string): Promise<string> {
  const stamps = await Promise.all(
    WATCHED.map(async (file) => {
      const info = await statOf(join(folder, file)).catch(() => null);
      return info ? `${info.ino}:${info.size}:${info.mtimeMs}` : "";
    }),
  );
  const worker = await workerIn(folder).catch(() => null);
  return [...stamps, worker ?? ""].join(" ");
}

/** The runs below a folder. */
export class RunList {
  #known = new Map<string, Known>();
  #found: Found = { paths: [], refused: [], isCut: false };
  #isThere = true;
  /** The least recently used one first. */
  readonly #tails = new Map<string, MetricsTail>();
  #looking: Promise<boolean> | null = null;

  /** @param folder - That the runs are below. */
  constructor(readonly folder: string) {}

  /** All runs in order of their paths, as of the last look. */
  get runs(): readonly RunSummary[] {
    return this.#found.paths.flatMap((path) => this.#known.get(path)?.summary ?? []);
  }

  /** Folders that could not be read, and whether some were not looked into. */
  get found(): Pick<Found, "refused" | "isCut"> {
    return this.#found;
  }

  /** Whether there is such a folder. */
  get isThere(): boolean {
    return this.#isThere;
  }

  /** A run by its path; `undefined` where there is none. */
  run(path: string): RunSummary | undefined {
    return this.#known.get(path)?.summary;
  }

  /** Changes when a file of the run does; empty where there is no such run. */
  stamp(path: string): string {
    return this.#known.get(path)?.stamp ?? "";
  }

  /** Where a run is kept. */
  store(path: string): RunFolder {
    return new RunFolder(join(this.folder, path));
  }

  /** Looks at the folder; gives whether anything has changed since the last look. */
  look(): Promise<boolean> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = null;
    });
    return this.#looking;
  }

  async #look(): Promise<boolean> {
    const wasThere = this.#isThere;
    this.#isThere = (await statOf(this.folder).catch(() => null))?.isDirectory() === true;
    this.#found = await findRunPaths(this.folder);
    const before = this.#known;
    this.#known = new Map();
    let isChanged = wasThere !== this.#isThere || before.size !== this.#found.paths.length;
    for (const path of this.#found.paths) {
      const stamp = await stampOf(join(this.folder, path));
      const known = before.get(path);
      const isSame = known?.stamp === stamp;
      isChanged ||= !isSame;
      this.#known.set(path, isSame ? known : { stamp, summary: await this.#read(path) });
    }
    return isChanged;
  }

  #read(path: string): Promise<RunSummary> {
    return summarise(path, this.store(path), () => this.#tail(path).lines());
  }

  #tail(path: string): MetricsTail {
    const tail = this.#tails.get(path) ?? new MetricsTail(this.store(path));
    this.#tails.delete(path);
    this.#tails.set(path, tail);
    for (const oldest of this.#tails.keys()) {
      if (this.#tails.size <= KEPT) break;
      this.#tails.delete(oldest);
    }
    return tail;
  }

  /**
   * What a run has recorded so far.
   *
   * @throws {UserError} where a file of it is damaged or gone.
   */
  async record(path: string, label?: string): Promise<TrainingRecord> {
    const run = await Run.open(this.store(path));
    return recordOf(run, await this.#tail(path).lines(), label);
  }
  /**
   * What a finished run has recorded and came to.
   *
   * @throws {UserError} where a file of it is damaged or gone.
   */
  async finished(path: string): Promise<RunRecord> {
    const run = await Run.open(this.store(path));
    return runRecord(run, await readResults(run));
  }
}
