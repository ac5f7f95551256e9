/** @module Flags of a queue and of the store that its workers share. */

import { join } from "node:path";

import { type Command, Option } from "commander";

import { ConfigError } from "../errors.js";
import { type Cluster, openCluster } from "../usecases/distributed/cluster.js";
import { cacheFolder } from "../prepare/cache.js";
import type { JobQueue } from "../queue/jobQueue.js";
import { withInterrupt } from "./interrupt.js";
import { complain, print, printJson } from "./print.js";
import { quoted } from "./words.js";

/** What the flags say. */
export interface ClusterOptions {
  readonly queue?: string;
  readonly store?: string;
}

/** The same, where both must be given. */
export type RequiredClusterOptions = Required<ClusterOptions>;

const HEADING = "Many machines:";

/** Help about credentials, which no flag takes. */
export const CREDENTIALS = `
Credentials come from the environment: BALGRAD_QUEUE_USER, and BALGRAD_QUEUE_PASSWORD or a file named by
BALGRAD_QUEUE_PASSWORD_FILE, for the queue; AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION and
AWS_ENDPOINT_URL_S3, or a profile of the shared credentials file, for the store. See docs/scale.md.`;

const queueFlag = (): Option =>
  new Option("--queue <address>", "queue of jobs, for example redis://host:6379").helpGroup(
    HEADING,
  );

const storeFlag = (): Option =>
  new Option(
    "--store <address>",
    "what the machines share: a folder that all see, or s3://bucket/prefix",
  ).helpGroup(HEADING);

/** Adds the flags to a command that cannot do without them. */
export const addRequiredClusterFlags = (command: Command): Command =>
  command.addOption(queueFlag().makeOptionMandatory()).addOption(storeFlag().makeOptionMandatory());

/** Adds the flags to a command that works on this machine without them. */
export const addClusterFlags = (command: Command): Command =>
  command
    .addOption(queueFlag())
    .addOption(storeFlag())
    .addOption(
      new Option("--detach", "hand in the jobs and leave; balgrad jobs shows them").helpGroup(
        HEADING,
      ),
    );

/** Queue and store as flags, to be copied. */
const placeOf = ({ queue, store }: ClusterOptions): string =>
  `--queue ${quoted(queue!)} --store ${quoted(store!)}`;

/** Says what people should know about a queue. */
export async function printNotices(queue: Pick<JobQueue, "notices">): Promise<void> {
  for (const notice of await queue.notices()) complain(`note: ${notice}`);
}

/** Says that jobs wait where no worker takes them. */
export async function printWorkers(
  jobs: Pick<JobQueue, "name" | "workers">,
  place: ClusterOptions,
): Promise<void> {
  if ((await jobs.workers()) > 0) return;
  complain(
    `note: no worker that has this store takes jobs from ${jobs.name} now. They wait until there is one: balgrad worker ${placeOf(place)}`,
  );
}

/** What is printed at Ctrl-C while workers do the work. */
const CANCELS =
  "\nStopping; what is left of its jobs is cancelled. Press Ctrl-C again to stop at once.";

/** Says how work is followed that was left to workers. */
export function printDetached(
  group: string,
  { json = false, ...place }: ClusterOptions & { readonly json?: boolean },
): void {
  if (json) {
    printJson({ group });
    return;
  }
  print(`Handed in: ${group}`);
  print(`Follow it with: balgrad jobs ${group} ${placeOf(place)}`);
}

/** Folder of what this machine brings from stores. */
const downloadFolder = (): string => join(cacheFolder(), "shared");

/**
 * Works with the queue and the store that flags name; without them, with none.
 *
 * @throws {ConfigError} where one is named without the other, or `--detach` without both.
 */
export async function withCluster<T>(
  { queue, store, detach = false }: ClusterOptions & { readonly detach?: boolean },
  work: (cluster: Cluster | null) => Promise<T>,
): Promise<T> {
  if (queue === undefined && store === undefined) {
    if (detach)
      throw new ConfigError("--detach leaves jobs to workers: give --queue and --store, too.");
    return work(null);
  }
  if (queue === undefined || store === undefined) {
    const [given, missing] = queue === undefined ? ["--store", "--queue"] : ["--queue", "--store"];
    throw new ConfigError(
      `${given} needs ${missing}, too: workers take jobs from the one and share data by the other.`,
    );
  }
  const cluster = await openCluster(queue, store, downloadFolder());
  try {
    await printNotices(cluster.queue);
    return await work(cluster);
  } finally {
    await cluster.close();
  }
}

/**
 * Does work on this machine, or hands it to the workers of the queue and the store that flags name; Ctrl-C stops it.
 *
 * @throws {ConfigError} as {@link withCluster}.
 */
export const withWorkers = <T>(
  options: ClusterOptions & { readonly detach?: boolean },
  work: (cluster: Cluster | null, signal: AbortSignal) => Promise<T>,
): Promise<T> =>
  withCluster(options, async (cluster) => {
    if (cluster) await printWorkers(cluster.queue, options);
    const told = cluster && options.detach !== true ? CANCELS : undefined;
    return withInterrupt((signal) => work(cluster, signal), told);
  });
