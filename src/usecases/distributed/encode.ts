/** @module Features of frozen encoders, made by workers on other machines. */

import { bringFeatures } from "../../jobs/features.js";
import { checkConfig, type RunConfig } from "../../run/config.js";
import { encode, type EncodeReport, type EncodeRequest, openNamed } from "../encode.js";
import { progressOnly } from "../data.js";
import { type DataEvent, silent, type Watch } from "../events.js";
import { Interrupted } from "../interrupted.js";
import { cancelGroup, failureOf, groupName, groupProgress } from "./groups.js";
import { handInAgain } from "./again.js";
import type { Cluster } from "./cluster.js";
import { awaitJob } from "./launch.js";
import { listing, Planner } from "./planner.js";

/** What workers encode. */
export interface EncodeQueuedRequest extends EncodeRequest {
  readonly cluster: Cluster;
}

const PROGRESS_MILLISECONDS = 1000;

/** Tells how far a group of jobs is, until it is stopped. */
function tellProgress(
  { queue }: Cluster,
  group: string,
  events: NonNullable<Watch<DataEvent>["events"]>,
): () => void {
  let isLooking = false;
  const timer = setInterval(() => {
    if (isLooking) return;
    isLooking = true;
    void groupProgress(queue, group)
      .then(({ done, total }) => {
        events({ kind: "jobs", done, total });
      })
      .finally(() => {
        isLooking = false;
      });
  }, PROGRESS_MILLISECONDS);
  return () => {
    clearInterval(timer);
  };
}

/**
 * Lets workers make the features that a run needs, where they are not made yet, and brings them into this machine's cache.
 *
 * @throws {UserError} where a job failed for good.
 * @throws {Interrupted} after the signal; what workers have made stays.
 */
export async function makeFeatures(
  config: RunConfig,
  cluster: Cluster,
  planner: Planner,
  watch: Watch<DataEvent>,
): Promise<void> {
  const { events = silent, signal = new AbortController().signal } = watch;
  const needs = await planner.needsOf(config, { signal, events: progressOnly(events) });
  const list = listing(needs);
  if (list === null) return;
  const { queue, downloads } = cluster;
  const { group } = planner.options;
  const bring = (): Promise<boolean> => bringFeatures(downloads, list);
  const stop = tellProgress(cluster, group, events);
  try {
    const outcome = await awaitJob(cluster, needs.making, bring, {
      signal,
      onProgress: () => undefined,
    });
    if (outcome.kind === "failed") throw await failureOf(queue, group, outcome.message);
    if (outcome.kind === "done") return;
    await cancelGroup(queue, group);
    throw new Interrupted(downloads.store.name, { by: "repeat" });
  } finally {
    stop();
  }
}

/** Plans an extraction. */
async function planEncoding({
  settings,
  origin,
  cluster,
}: EncodeQueuedRequest): Promise<{ readonly config: RunConfig; readonly planner: Planner }> {
  const config = checkConfig(settings, origin);
  await openNamed(config);
  const { data, model, evaluation } = config;
  const group = groupName("encode", data, model.image, model.text, evaluation);
  return { config, planner: new Planner({ downloads: cluster.downloads, group }) };
}

/** {@link encode} by workers; the features are brought into this machine's cache. */
export async function encodeQueued(request: EncodeQueuedRequest): Promise<EncodeReport> {
  const { config, planner } = await planEncoding(request);
  request.events?.({ kind: "handed-in", group: planner.options.group });
  await makeFeatures(config, request.cluster, planner, request);
  return encode(request);
}

/** Hands in the jobs of an extraction, and leaves them to workers; gives the name of their group. */
export async function submitEncoding(request: EncodeQueuedRequest): Promise<string> {
  const { config, planner } = await planEncoding(request);
  const { making } = await planner.needsOf(config, request);
  await handInAgain(request.cluster, making);
  return planner.options.group;
}
