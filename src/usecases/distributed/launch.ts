/** @module Runs that workers on other machines train. */

import type { Launch, Outcome } from "../../compare/pool.js";
import type { Cluster } from "./cluster.js";
import { featureNames } from "../../jobs/features.js";
import { bringResult } from "../../jobs/runs.js";
import type { JobStatus, NewJob } from "../../queue/jobQueue.js";
import { Run } from "../../run/run.js";
import { handInAgain } from "./again.js";
import { reasonOf } from "./groups.js";
import { listing, type Planner, type SharedNeeds } from "./planner.js";

/** Longest time between two looks at a job: signs of a change can be lost with the queue's server. */
const LOOK_MILLISECONDS = 2000;

/** Looks between two times that a job is handed in again while it waits: one that it waits for can be lost. */
const LOOKS = 15;

/** How waiting for a job is watched and stopped. */
export interface Waiting {
  readonly signal: AbortSignal;
  readonly onProgress: (done: number) => void;
}

const isOver = (status: JobStatus | null): boolean =>
  status === null || ["done", "failed", "cancelled"].includes(status.state);

/**
 * Hands in a job and waits until it has made what it should. Nothing of it depends on what the queue remembers: a job that was
 * lost with it is handed in again, and so is one that failed or was cancelled before, or whose output is gone.
 *
 * @param jobs - The job, last, and those that it needs.
 * @param fetch - Fetches what the job made; `false` where it is not there.
 */
export async function awaitJob(
  cluster: Cluster,
  jobs: readonly NewJob[],
  fetch: () => Promise<boolean>,
  { signal, onProgress }: Waiting,
): Promise<Outcome> {
  const { queue } = cluster;
  const { id } = jobs.at(-1)!;
  const watch = queue.watch(id);
  try {
    for (let looks = 0; ; looks++) {
      const status = await queue.find(id);
      if (isOver(status) && (await fetch())) return { kind: "done" };
      if (signal.aborted) {
        await queue.cancel(id);
        return { kind: "stopped" };
      }
      const isAgain = status?.state === "waiting" && looks % LOOKS === LOOKS - 1;
      if (status === null || isAgain) await queue.add(jobs);
      else if (!isOver(status)) {
        if (status.state === "running") onProgress(status.done);
      } else if (looks === 0 || status.state === "done") {
        await handInAgain(cluster, jobs);
      } else return { kind: "failed", message: reasonOf(status) };
      await watch.next(LOOK_MILLISECONDS, signal);
    }
  } finally {
    watch.close();
  }
}

/** Launches runs as jobs, and brings what they came to into their folders. */
export function launchQueued(cluster: Cluster, planner: Planner): Launch {
  const { store: objects } = cluster.downloads;
  const made = new Map<string, Promise<Outcome>>();
  /** Has features made, once for all runs that need them. */
  const make = (needs: SharedNeeds, waiting: Waiting): Promise<Outcome> => {
    const list = listing(needs);
    if (list === null) return Promise.resolve({ kind: "done" });
    const isListed = async (): Promise<boolean> => (await featureNames(objects, list)) !== null;
    const making = made.get(list) ?? awaitJob(cluster, needs.making, isListed, waiting);
    made.set(list, making);
    return making;
  };
  return async (store, waiting) => {
    const { config } = await Run.open(store);
    // The path of a folder says nothing elsewhere.
    const label = store.name.split(/[\\/]/).slice(-2).join(" ");
    const { needs, job } = await planner.trainJob(config, label);
    const features = await make(needs, { ...waiting, onProgress: () => undefined });
    if (features.kind !== "done") return features;
    const fetch = (): Promise<boolean> => bringResult(objects, job.id, store.name);
    return awaitJob(cluster, [{ ...job, after: [] }], fetch, waiting);
  };
}
