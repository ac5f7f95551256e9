/** @module A comparison whose runs are trained by workers on other machines. */

import { plannedRuns } from "../../compare/plan.js";
import { ConfigError } from "../../errors.js";
import { say, setting } from "../../message.js";
import { RunFolder } from "../../run/folder.js";
import { noted } from "../../run/run.js";
import { compare, type CompareRequest, type CompareResult, planComparison } from "../compare.js";
import { progressOnly } from "../data.js";
import { handInAgain, renew } from "./again.js";
import { makeFeatures } from "./encode.js";
import { cancelGroup, groupName } from "./groups.js";
import type { Cluster } from "./cluster.js";
import { launchQueued } from "./launch.js";
import { jobOf, listing, Planner, type SharedNeeds } from "./planner.js";

/** What workers compare. */
export interface CompareQueuedRequest extends Omit<CompareRequest, "launch" | "inFlight"> {
  readonly cluster: Cluster;
  /** Runs that one worker trains at a time: each gets its share of the cores. */
  readonly jobs: number;
}

/** Runs that wait for workers at a time. */
const IN_FLIGHT = 256;

const groupOf = ({ settings, rows, seeds, tune, missingRatio }: CompareQueuedRequest): string =>
  groupName("compare", settings, rows, seeds, tune, missingRatio);

/**
 * {@link compare} by workers. Stopped, it cancels what is left of its jobs; the same request again goes on where the workers
 * stopped.
 */
export async function compareQueued(request: CompareQueuedRequest): Promise<CompareResult> {
  const { cluster, data, jobs, events, signal } = request;
  const group = groupOf(request);
  const planner = new Planner({ downloads: cluster.downloads, group, given: data });
  try {
    // What is wrong with the request is said before workers begin.
    const asked = { ...request, events: progressOnly(events) };
    const { config } = await planComparison(asked, jobs, "blank");
    events?.({ kind: "handed-in", group });
    await makeFeatures(config, cluster, planner, request);
    const launch = launchQueued(cluster, planner);
    return await compare({ ...request, launch, inFlight: IN_FLIGHT });
  } finally {
    if (signal?.aborted) await cancelGroup(cluster.queue, group);
  }
}

/**
 * Hands in all jobs of a comparison and leaves them to workers, the last of which makes the tables.
 *
 * @returns Name of the group of jobs, by which the comparison is fetched.
 * @throws {ConfigError} for settings that are wrong, and for a search, whose runs depend on each other.
 */
export async function submitComparison(request: CompareQueuedRequest): Promise<string> {
  const { cluster, settings, rows = {}, seeds = 3, tune = 0, missingRatio = false } = request;
  if (tune > 0) {
    throw new ConfigError(
      say`${setting("tune", String(tune))}: what is trained after a search depends on it, so it cannot be left to workers as a whole.`,
      say`Leave out ${setting("detach")} or the search.`,
    );
  }
  const { jobs, data: given } = request;
  const group = groupOf(request);
  const planner = new Planner({ downloads: cluster.downloads, group, given });
  const { config, plan } = await planComparison(request, jobs, "blank");
  const needs = await planner.needsOf(config, request);
  const out = new RunFolder(group);
  const runs: { path: string; job: string }[] = [];
  const handedIn = new Set<SharedNeeds>();
  for (const run of plannedRuns(plan, out)) {
    const label = `${run.entry.label} seed ${run.seed}`;
    const { needs: own, job } = await planner.trainJob(await noted(run.config), label);
    if (!handedIn.has(own) && own.making.length > 0) await handInAgain(cluster, own.making);
    handedIn.add(own);
    await renew(cluster, [job]);
    await cluster.queue.add([job]);
    runs.push({ path: `${run.entry.folder}/seed-${run.seed}`, job: job.id });
  }
  const { data, encoders } = needs;
  const { named, ...others } = rows;
  const asked = { ...others, ...(named && { named: [...named] }) };
  const body = { settings, rows: asked, seeds, missingRatio, jobs, group, data, encoders };
  const summary = jobOf(
    "summary",
    { ...body, features: listing(needs), runs },
    { label: "tables and report", group, after: runs.map(({ job }) => job) },
  );
  await handInAgain(cluster, [summary]);
  return group;
}
