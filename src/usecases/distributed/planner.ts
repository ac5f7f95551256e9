/** @module From runs to jobs: what they need goes to the shared store first. */

import type { Dataset } from "../../data/dataset.js";
import { makesFeatures, type OpenInputs, openInputs, settingsOn } from "../../inputs/open.js";
import { bodyOf, type BodyOf, idOf, type JobKind } from "../../jobs/bodies.js";
import { openPublished, publishDataset } from "../../jobs/dataset.js";
import type { Downloads } from "../../jobs/downloads.js";
import { publishEncoders, type SharedEncoders } from "../../jobs/encoders.js";
import { PackWriter } from "../../jobs/packs.js";
import { publishPictures } from "../../jobs/pictures.js";
import { shardsOf } from "../../jobs/shards.js";
import { publishTask } from "../../jobs/tasks.js";
import { prepareDataset } from "../../prepare/prepare.js";
import { type PrepareOptions, prepareRows } from "../../prepare/rows.js";
import type { PictureState } from "../../prepare/shard.js";
import type { NewJob } from "../../queue/jobQueue.js";
import type { RunConfig } from "../../run/config.js";
import { openData, prepareOptions } from "../../run/data.js";
import { type GivenData, reading } from "../data.js";
import type { DataEvent, Watch } from "../events.js";

/** What a run needs, as it lies in the shared store. */
export interface SharedNeeds {
  /** Digest of the data set. */
  readonly data: string;
  readonly encoders: SharedEncoders;
  /** Jobs that make the features of frozen encoders, the last of which lists them; empty where there are none. */
  readonly making: readonly NewJob[];
}

/** How jobs are planned. */
export interface PlannerOptions {
  /** From the shared store. */
  readonly downloads: Downloads;
  /** Name of the jobs' group. */
  readonly group: string;
  /** Default: the data that the settings name. */
  readonly given?: GivenData | undefined;
}

/** A job of a kind. */
export function jobOf<K extends JobKind>(
  kind: K,
  body: BodyOf<K>,
  about: Pick<NewJob, "label" | "group" | "after">,
): NewJob {
  return { id: idOf(kind, body), kind, payload: bodyOf(kind, body), ...about };
}

/** The job that lists all features, the last of those that make them; `null` where there are none. */
export const listing = ({ making }: SharedNeeds): string | null => making.at(-1)?.id ?? null;

/** Plans jobs, and publishes what they need: the same data and encoders once. */
export class Planner {
  readonly #packs: PackWriter;
  readonly #needs = new Map<string, Promise<SharedNeeds>>();
  #turn: Promise<unknown> = Promise.resolve();

  constructor(readonly options: PlannerOptions) {
    this.#packs = new PackWriter(options.downloads.store);
  }

  /** Publishes what a run needs, and tells how far reading the data is. */
  needsOf(config: RunConfig, watch: Watch<DataEvent> = {}): Promise<SharedNeeds> {
    const { data, model, evaluation } = config;
    const key = JSON.stringify([data, model.image, model.text, model.finetune, evaluation]);
    const known = this.#needs.get(key);
    if (known) return known;
    // One after the other: they read the same pictures.
    const needs = this.#turn.then(() => this.#publish(config, watch));
    this.#turn = needs.catch(() => undefined);
    this.#needs.set(key, needs);
    return needs;
  }

  /** The job that trains a run, and what it needs. */
  async trainJob(
    config: RunConfig,
    label: string,
  ): Promise<{ readonly needs: SharedNeeds; readonly job: NewJob }> {
    const needs = await this.needsOf(config);
    const { data, encoders } = needs;
    const features = listing(needs);
    const body = { config, data, encoders, features };
    const { group } = this.options;
    const after = features === null ? [] : [features];
    return { needs, job: jobOf("train", body, { label, group, after }) };
  }

  async #publish(config: RunConfig, watch: Watch<DataEvent>): Promise<SharedNeeds> {
    const { downloads, given } = this.options;
    const { store: objects } = downloads;
    const onProgress = reading(watch);
    const { cache = true } = given ?? {};
    const dataset = await openData(config, { ...given, cache, onProgress });
    const data = await publishDataset(objects, dataset, this.#packs, onProgress);
    const inputs = await openInputs({ ...config, model: settingsOn(config.model, dataset) });
    const encoders = await publishEncoders(objects, inputs);
    const making = makesFeatures(config.model)
      ? await this.#shards(config, dataset, inputs, { data, encoders }, onProgress)
      : [];
    return { data, encoders, making };
  }

  /** Publishes what became of the pictures: who trains on features needs no more of them. */
  async #publishPictures(dataset: Dataset, data: string, options: PrepareOptions): Promise<void> {
    const pictures: PictureState[] = [];
    for await (const { entry } of prepareRows(dataset.samples, options, [])) {
      pictures.push(entry.picture);
    }
    const { downloads } = this.options;
    const { samples } = await openPublished(downloads, data);
    await publishPictures(downloads.store, samples, pictures, options);
  }

  /** Jobs for the features of frozen encoders. */
  async #shards(
    config: RunConfig,
    dataset: Dataset,
    inputs: OpenInputs,
    shared: Pick<SharedNeeds, "data" | "encoders">,
    onProgress: (done: number, total: number) => void,
  ): Promise<NewJob[]> {
    const { downloads, group } = this.options;
    const { data, model, evaluation } = config;
    const task = await publishTask(downloads.store, {
      config: { data, model, evaluation },
      ...shared,
    });
    const options = { ...prepareOptions(config, inputs), onProgress };
    const prepared = await prepareDataset(dataset, options);
    await this.#publishPictures(dataset, shared.data, options);
    const shards = [...shardsOf(dataset, prepared)].map((shard) =>
      jobOf(
        "encode",
        { task, ...shard, samples: shard.samples.map(([from, to]) => [from, to]) },
        { label: `${shard.split} from ${shard.first}`, group },
      ),
    );
    const after = shards.map(({ id }) => id);
    const list = jobOf("features", { shards: after }, { label: "features", group, after });
    return [...shards, list];
  }
}
