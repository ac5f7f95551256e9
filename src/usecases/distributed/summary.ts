/** @module Tables and report of a comparison, made by a worker, and how they are fetched from anywhere. */

import { readdir } from "node:fs/promises";
import { join } from "node:path";

import type { Launch } from "../../compare/pool.js";
import { UserError } from "../../errors.js";
import { openPublished } from "../../jobs/dataset.js";
import type { Downloads } from "../../jobs/downloads.js";
import { bringEncoders } from "../../jobs/encoders.js";
import { bringFeatures } from "../../jobs/features.js";
import { withKnownPictures } from "../../jobs/pictures.js";
import { bringResult, filesIn } from "../../jobs/runs.js";
import { say, useCase } from "../../message.js";
import { publishFiles, readManifest, restoreFiles } from "../../objects/bundle.js";
import { checkConfig } from "../../run/config.js";
import { RunFolder } from "../../run/folder.js";
import { compare } from "../compare.js";
import { type JobToDo, ORIGIN, type Workplace } from "./workplace.js";

/** Key of a comparison's folder. */
const keyOf = (group: string): string => `comparisons/${group}`;

/** Runs that failed stay as they are: nothing is trained here. */
const launchNone: Launch = () =>
  Promise.resolve({ kind: "failed", message: "its job did not end well" });

/** Makes the tables and the report of a comparison whose runs have ended, and publishes its folder. */
export async function summarise(
  { body }: JobToDo<"summary">,
  { downloads, folder, signal }: Workplace,
): Promise<void> {
  const { settings, rows, seeds, missingRatio, jobs, runs, group } = body;
  const out = new RunFolder(join(folder, "comparison"));
  const config = checkConfig(settings, ORIGIN);
  await bringEncoders(downloads, body.encoders, config.model);
  if (body.features !== null) await bringFeatures(downloads, body.features);
  const dataset = await openPublished(downloads, body.data);
  for (const { path, job } of runs) {
    await bringResult(downloads.store, job, join(out.path, path), "with settings");
  }
  await withKnownPictures(downloads.store, (known) =>
    compare({
      ...{ settings, origin: ORIGIN, store: out, seeds, missingRatio, jobs, signal },
      rows,
      data: { dataset, ...known },
      launch: launchNone,
    }),
  );
  await publishFiles(downloads.store, keyOf(group), await filesIn(out.path));
}

/**
 * Fetches the folder of a comparison whose runs have ended: its tables, its report and its runs.
 *
 * @throws {UserError} where its tables have not been made, or the folder has files already.
 */
export async function fetchResults(
  downloads: Downloads,
  group: string,
  folder: string,
): Promise<void> {
  if ((await readdir(folder).catch(() => [])).length > 0) {
    throw new UserError(`${folder}: the folder is not empty.`, "Give another one.");
  }
  const manifest = await readManifest(downloads.store, keyOf(group));
  if (manifest && (await restoreFiles(downloads.store, manifest, folder))) return;
  throw new UserError(
    `${group}: there are no tables of it in ${downloads.store.name} yet.`,
    say`${useCase("jobs", group)} shows how far it is.`,
  );
}
