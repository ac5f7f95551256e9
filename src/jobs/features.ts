/** @module Features of frozen encoders as objects that machines share. */

import { readdir } from "node:fs/promises";
import { join } from "node:path";

import { z } from "zod";

import { mapBounded } from "../bounded.js";
import { touch } from "../files/room.js";
import type { ObjectStore } from "../objects/objectStore.js";
import { featureFolder, openCache } from "../prepare/cache.js";
import { exists } from "../system.js";
import type { Downloads } from "./downloads.js";
import { StoreError } from "./errors.js";

/** Files of features, by their names in the cache. */
const featureList = z.strictObject({ format: z.literal(1), names: z.array(z.string()) });

/** Where the list of a job's files is; it is written last. */
const listKey = (job: string): string => `lists/${job}.json`;

const fileKey = (name: string): string => `features/${name}`;

/** Names of the files of features that a job made; `null` where it has not made them. */
export async function featureNames(
  objects: ObjectStore,
  job: string,
): Promise<readonly string[] | null> {
  const bytes = await objects.read(listKey(job));
  if (!bytes) return null;
  try {
    return featureList.parse(JSON.parse(new TextDecoder().decode(bytes))).names;
  } catch {
    // Damaged: they are made again.
    return null;
  }
}

const writeList = (objects: ObjectStore, job: string, names: readonly string[]): Promise<void> =>
  objects.write(listKey(job), JSON.stringify({ format: 1, names }));

/** Publishes all features of this process's cache as those that a job made. */
export async function publishFeatures(objects: ObjectStore, job: string): Promise<void> {
  const folder = featureFolder();
  const names = (await readdir(folder)).filter((name) => name.endsWith(".safetensors")).sort();
  for (const name of names) await objects.writeFile(fileKey(name), join(folder, name));
  await writeList(objects, job, names);
}

/**
 * Publishes the list of all features that some jobs made.
 *
 * @throws {StoreError} where one of them made none.
 */
export async function publishFeatureList(
  objects: ObjectStore,
  job: string,
  shards: readonly string[],
): Promise<void> {
  const all = new Set<string>();
  for (const shard of shards) {
    const names = await featureNames(objects, shard);
    if (!names) throw new StoreError(`${objects.name}: the features of ${shard} are missing.`);
    for (const name of names) all.add(name);
  }
  await writeList(objects, job, [...all]);
}

/** What is being brought. */
export interface BringProgress {
  readonly done: number;
  readonly total: number;
}

const AT_A_TIME = 8;

/**
 * Brings the features that a job lists into this machine's cache, as far as they are not there.
 *
 * @returns Whether there is such a list. Files that are missing, or damaged, are computed where they are needed.
 */
export async function bringFeatures(
  { store }: Pick<Downloads, "store">,
  job: string,
  onProgress: (progress: BringProgress) => void = () => undefined,
): Promise<boolean> {
  const names = await featureNames(store, job);
  if (!names) return false;
  const folder = await openCache(featureFolder());
  let done = 0;
  await mapBounded(names, AT_A_TIME, async (name) => {
    const path = join(folder, name);
    if (await exists(path)) await touch(path);
    else await store.readInto(fileKey(name), path);
    onProgress({ done: ++done, total: names.length });
  });
  return true;
}
