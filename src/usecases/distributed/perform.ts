/** @module What a worker's process does for each kind of job. */

import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";

import { extractFeatures } from "../../encode/features/extract.js";
import { DataError } from "../../errors.js";
import { say } from "../../message.js";
import { frozenEncoders } from "../../inputs/data.js";
import { openInputs, settingsOn } from "../../inputs/open.js";
import { openPart, openPublished } from "../../jobs/dataset.js";
import { bringEncoders } from "../../jobs/encoders.js";
import {
  bringFeatures,
  featureNames,
  publishFeatureList,
  publishFeatures,
} from "../../jobs/features.js";
import { withKnownPictures } from "../../jobs/pictures.js";
import { bringState, isPublished, SharedRun } from "../../jobs/runs.js";
import { atTheirPlaces, numbersIn } from "../../jobs/shards.js";
import { readTask } from "../../jobs/tasks.js";
import { prepareDataset } from "../../prepare/prepare.js";
import { checkConfig } from "../../run/config.js";
import { prepareOptions } from "../../run/data.js";
import { extractionOf } from "../../run/extraction.js";
import { RunFolder } from "../../run/folder.js";
import { Run } from "../../run/run.js";
import type { TrainEvent } from "../events.js";
import { resume } from "../resume.js";
import { summarise } from "./summary.js";
import { type JobToDo, ORIGIN, type Workplace } from "./workplace.js";

/** Makes the features of a shard. */
async function encode({ id, body }: JobToDo<"encode">, place: Workplace): Promise<void> {
  const { downloads, signal, onProgress } = place;
  const { store } = downloads;
  if (await featureNames(store, id)) return;
  const { config: settings, data, encoders } = await readTask(downloads, body.task);
  const config = checkConfig(settings, ORIGIN);
  await bringEncoders(downloads, encoders, config.model);
  const places = numbersIn(body.samples);
  const part = await openPart(downloads, data, places);
  const inputs = await openInputs({ ...config, model: settingsOn(config.model, part) });
  const { prepared, issues } = await prepareDataset(part, {
    ...prepareOptions(config, inputs),
    // They are needed once.
    ...{ cache: false, defersPixels: false },
  });
  if (prepared[body.split].size !== places.length) {
    const { where, message } = issues[0]!;
    throw new DataError(say`${where}: cannot be used on this machine: ${message}.`);
  }
  await extractFeatures(atTheirPlaces(prepared, body), frozenEncoders(inputs), {
    ...extractionOf(config, config.evaluation.split),
    signal,
    onProgress: ({ done, total }) => {
      onProgress(done / total);
    },
  });
  await publishFeatures(store, id);
}

/** Lists the features that shards made. */
async function features({ id, body }: JobToDo<"features">, place: Workplace): Promise<void> {
  const { store } = place.downloads;
  if (await featureNames(store, id)) return;
  await publishFeatureList(store, id, body.shards);
}

/** The run of a job, from its last checkpoint on wherever that was made. */
async function openShared(
  { id, body }: JobToDo<"train">,
  { downloads, folder, checkpointSeconds }: Workplace,
): Promise<SharedRun> {
  const run = new RunFolder(join(folder, "run"));
  const store = new SharedRun(run, downloads.store, id, checkpointSeconds);
  if (await bringState(downloads.store, id, run.path)) return store;
  await rm(run.path, { recursive: true, force: true });
  await Run.create(store, checkConfig(body.config, ORIGIN));
  return store;
}

/** Trains and evaluates a run. */
async function train(job: JobToDo<"train">, place: Workplace): Promise<void> {
  const { id, body } = job;
  const { downloads, signal, onProgress } = place;
  if (await isPublished(downloads.store, id)) return;
  const config = checkConfig(body.config, ORIGIN);
  await bringEncoders(downloads, body.encoders, config.model);
  if (body.features !== null) await bringFeatures(downloads, body.features);
  const dataset = await openPublished(downloads, body.data);
  const store = await openShared(job, place);
  const events = (event: TrainEvent): void => {
    if (event.kind === "steps") onProgress(event.records.at(-1)!.step / event.totalSteps);
  };
  try {
    await withKnownPictures(downloads.store, (known) =>
      resume({ store, data: { dataset, ...known }, signal, events }),
    );
  } catch (error) {
    if (signal.aborted) await store.publish();
    throw error;
  }
  await store.publishResult();
}

/** Does a job; what it makes is in the shared store afterwards. */
export async function performJob(job: JobToDo, place: Workplace): Promise<void> {
  await mkdir(place.folder, { recursive: true });
  switch (job.kind) {
    case "encode":
      return encode(job as JobToDo<"encode">, place);
    case "features":
      return features(job as JobToDo<"features">, place);
    case "train":
      return train(job as JobToDo<"train">, place);
    case "summary":
      return summarise(job as JobToDo<"summary">, place);
  }
}
