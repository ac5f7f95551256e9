/** @module Tables and report of a comparison, made by a worker, and how they are fetched from anywhere. */

import { readdir, rm } from "node:fs/promises";
import { join, posix } from "node:path";

import type { Launch } from "../../compare/pool.js";
import { UserError } from "../../errors.js";
import { openPublished } from "../../jobs/dataset.js";
import type { Downloads } from "../../jobs/downloads.js";
import { bringEncoders } from "../../jobs/encoders.js";
import { bringFeatures } from "../../jobs/features.js";
import { withKnownPictures } from "../../jobs/pictures.js";
import { bringResult, filesIn } from "../../jobs/runs.js";
import type { StoreError } from "../../jobs/errors.js";
import { say, setting, useCase } from "../../message.js";
import { type Manifest, publishFiles, readManifest, restoreFiles } from "../../objects/bundle.js";
import { isKey } from "../../objects/keys.js";
import type { JobStatus } from "../../queue/jobQueue.js";
import { checkConfig } from "../../run/config.js";
import { RunFolder } from "../../run/folder.js";
import { RESULTS_FILE } from "../../run/results.js";
import { SETTINGS_FILE } from "../../run/run.js";
import { compare } from "../compare.js";
import type { Cluster } from "./cluster.js";
import { noSuchJobs, reasonOf } from "./groups.js";
import { type JobToDo, ORIGIN, type Workplace } from "./workplace.js";

/** Key of a comparison's folder. */
const keyOf = (group: string): string => `comparisons/${group}`;

/** Runs that failed stay as they are: nothing is trained here. @param reasons - Why, by the path of their folder. */
const launchNone =
  (reasons: ReadonlyMap<string, string>): Launch =>
  ({ name }) =>
    Promise.resolve({ kind: "failed", message: reasons.get(name) ?? "it was not trained" });

/**
 * Brings the runs of a comparison into its folder.
 *
 * @returns Why those failed that are not there, by the path of their folder.
 * @throws {StoreError} where one is gone from the store, or damaged there: tables without it would look whole.
 */
async function bringRuns(
  { body: { runs }, failures }: JobToDo<"summary">,
  downloads: Downloads,
  folder: string,
): Promise<ReadonlyMap<string, string>> {
  const reasons = new Map<string, string>();
  let lost: StoreError | undefined;
  for (const { path, job } of runs) {
    const own = join(folder, path);
    if (await bringResult(downloads.store, job, own, "with settings")) continue;
    const reason = failures[job];
    if (reason === undefined) lost ??= downloads.lacks(`runs/${job}/result`);
    else reasons.set(own, reason);
  }
  if (lost) throw lost;
  return reasons;
}

/** Makes the tables and the report of a comparison whose runs have ended, and publishes its folder. */
export async function summarise(
  job: JobToDo<"summary">,
  { downloads, folder, signal }: Workplace,
): Promise<void> {
  const { body } = job;
  const { settings, rows, seeds, missingRatio, jobs, group } = body;
  const out = new RunFolder(join(folder, "comparison"));
  const reasons = await bringRuns(job, downloads, out.path);
  const config = checkConfig(settings, ORIGIN);
  await bringEncoders(downloads, body.encoders, config.model);
  if (body.features !== null) await bringFeatures(downloads, body.features);
  const dataset = await openPublished(downloads, body.data);
  await withKnownPictures(downloads.store, (known) =>
    compare({
      ...{ settings, origin: ORIGIN, store: out, seeds, missingRatio, jobs, signal },
      rows,
      data: { dataset, ...known },
      launch: launchNone(reasons),
    }),
  );
  await publishFiles(downloads.store, keyOf(group), await filesIn(out.path));
}

/** The jobs of a comparison. */
interface Jobs {
  readonly all: readonly JobStatus[];
  /** The one that makes the tables, or made them last; `undefined` where there is none. */
  readonly summary: JobStatus | undefined;
}

async function jobsOf({ queue }: Cluster, group: string): Promise<Jobs> {
  const all: JobStatus[] = [];
  for await (const status of queue.list(group)) all.push(status);
  const [summary] = all
    .filter(({ kind }) => kind === "summary")
    .sort((one, other) => (other.queuedAt ?? 0) - (one.queuedAt ?? 0));
  return { all, summary };
}

/** Why there are no tables. */
function noTables({ all, summary }: Jobs, group: string, store: string): UserError {
  const shown = say`${useCase("jobs", group)} lists its jobs.`;
  if (all.length === 0) return noSuchJobs(group);
  if (!summary) {
    return all.some(({ kind }) => kind === "train")
      ? new UserError(
          `${group}: its tables are made in the folder of the command that waits for them, and not in ${store}.`,
          say`With ${setting("detach")} workers make them.`,
        )
      : new UserError(
          `${group}: it makes features, which have no tables.`,
          say`The same command without ${setting("detach")} brings them.`,
        );
  }
  switch (summary.state) {
    case "failed":
    case "cancelled":
      return new UserError(`${group}: its tables were not made: ${reasonOf(summary)}`, shown);
    case "done":
      return new UserError(
        `${group}: its tables were made, but are gone from ${store}, or damaged there.`,
        "They are made anew when the same work is handed in again.",
      );
    default:
      return new UserError(`${group}: its tables are not made yet.`, shown);
  }
}

/** Folders of runs that were begun and not finished, among the files of a comparison. */
function unfinishedIn({ files }: Manifest): string[] {
  const names = new Set(files.map(({ name }) => name));
  return [...names]
    .filter((name) => posix.basename(name) === SETTINGS_FILE)
    .map((name) => posix.dirname(name))
    .filter((run) => !names.has(posix.join(run, RESULTS_FILE)));
}

/**
 * Fetches the folder of a comparison whose runs have ended: its tables, its report and its runs.
 *
 * @returns Folders of the runs that failed, whose results the tables do not have.
 * @throws {UserError} where its tables have not been made, or the folder has files already.
 */
export async function fetchResults(
  cluster: Cluster,
  group: string,
  folder: string,
): Promise<readonly string[]> {
  if ((await readdir(folder).catch(() => [])).length > 0) {
    throw new UserError(`${folder}: the folder is not empty.`, "Give another one.");
  }
  const { store } = cluster.downloads;
  const jobs = await jobsOf(cluster, group);
  // Those of before may be there while others are made, of other data for example.
  const isEnded = (jobs.summary?.state ?? "done") === "done";
  const isThere = isEnded && isKey(keyOf(group));
  const manifest = isThere ? await readManifest(store, keyOf(group)) : null;
  if (!manifest) throw noTables(jobs, group, store.name);
  let isWhole = false;
  try {
    isWhole = await restoreFiles(store, manifest, folder);
  } finally {
    // Half of a comparison looks like one.
    if (!isWhole) await rm(folder, { recursive: true, force: true });
  }
  if (!isWhole) throw noTables(jobs, group, store.name);
  return unfinishedIn(manifest);
}
