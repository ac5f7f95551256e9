/** @module Features of frozen encoders, made ahead of training. */

import { type DataIssue, type Sample, type Split, SPLITS } from "../data/dataset.js";
import { assertReadable } from "../data/fitness.js";
import { unusedSide } from "../data/modalities.js";
import { cacheSize, damagedCache, featureFolder } from "../prepare/cache.js";
import { prepareDataset, type PrepareResult } from "../prepare/prepare.js";
import type { PreparedDataset } from "../prepare/prepared.js";
import { writeFeatureFolder } from "../encode/features/folder.js";
import {
  extractFeatures,
  type ExtractProgress,
  type FrozenEncoders,
} from "../encode/features/extract.js";
import { ConfigError } from "../errors.js";
import { say, setting } from "../message.js";
import { checkConfig, type RunConfig } from "../run/config.js";
import { openInputs, type OpenInputs, settingsOn } from "../inputs/open.js";
import { openData, prepareOptions } from "../run/data.js";
import { extractionOf } from "../run/extraction.js";
import { noticesOf, reading } from "./data.js";
import { type DataEvent, silent, type Watch } from "./events.js";
import { stoppable } from "./interrupted.js";
import type { GivenSettings } from "./settings.js";

/** What to encode. */
export interface EncodeRequest extends GivenSettings, Watch<DataEvent> {
  /** Folder for the features as a data set of their own; default: they are kept in the cache alone. */
  readonly out?: string | undefined;
}

/** What was encoded; plain JSON. */
export interface EncodeReport {
  readonly data: string;
  readonly samples: number;
  /** Lengths of the vectors. */
  readonly sizes: { readonly image?: number; readonly text?: number };
  /** Feature vectors, those of noisy inputs among them. */
  readonly vectors: number;
  /** How many of them were made now. */
  readonly encoded: number;
  readonly seconds: number;
  readonly cache: { readonly folder: string; readonly files: number; readonly bytes: number };
  readonly out?: string;
}

/** Opens the encoders, of which there must be one, and of modalities that are used. */
export async function openNamed(config: RunConfig): Promise<OpenInputs> {
  const inputs = await openInputs(config);
  if (!inputs.image.encoder && !inputs.text.encoder) {
    throw new ConfigError(
      "There is no encoder to encode with.",
      say`Give ${setting("model.image.encoder")}, ${setting("model.text.encoder")} or both.`,
    );
  }
  const { modalities } = config.data;
  const unused = unusedSide(modalities);
  if (unused !== null && inputs[unused].encoder) {
    throw new ConfigError(
      say`${setting(`model.${unused}.encoder`)} has no effect with ${setting("data.modalities", modalities)}: leave one of them out.`,
    );
  }
  return inputs;
}

/** Reads the samples as the encoders take them, and tells what was wrong with them. */
async function readSamples(
  config: RunConfig,
  inputs: OpenInputs,
  watch: Watch<DataEvent>,
): Promise<PrepareResult> {
  const { events = silent } = watch;
  const onProgress = reading(watch);
  const dataset = await openData(config, {
    onProgress,
    onOpen: (opened) => {
      events({ kind: "opened", dataset: opened });
    },
  });
  settingsOn(config.model, dataset);
  const options = { ...prepareOptions(config, inputs), onProgress };
  const result = await prepareDataset(dataset, options);
  const issues = [...dataset.issues, ...result.issues];
  events({ kind: "prepared", issues, notices: noticesOf(inputs) });
  const sides = (["image", "text"] as const).filter((side) => inputs[side].encoder);
  assertReadable(dataset, result.yields, sides);
  return result;
}

/** Makes the features that are not there yet, and tells which files of the cache were damaged. */
async function extract(
  data: PreparedDataset,
  encoders: FrozenEncoders,
  config: RunConfig,
  { events = silent, signal }: Watch<DataEvent>,
): Promise<{ readonly features: PreparedDataset; readonly last: ExtractProgress }> {
  let last: ExtractProgress = { done: 0, total: 0, encoded: 0 };
  const issues: DataIssue[] = [];
  const features = await extractFeatures(data, encoders, {
    ...extractionOf(config, "test"),
    ...(signal && { signal }),
    onDamaged: (path) => issues.push(damagedCache(path)),
    onProgress: (now) => {
      last = now;
      events({ kind: "extracting", done: now.done, total: now.total });
    },
  });
  events({ kind: "prepared", issues, notices: [] });
  return { features, last };
}

const samplesOf = ({ facts }: PrepareResult): Record<Split, readonly Sample[]> => {
  const of = (split: Split): Sample[] => facts[split].map(({ sample }) => sample);
  return { train: of("train"), validation: of("validation"), test: of("test") };
};

/**
 * Makes the features of frozen encoders that are not in the cache yet.
 *
 * @throws {ConfigError} where no encoder is named, or one without effect.
 * @throws {DataError} for data that cannot be read.
 * @throws {Interrupted} after the signal; features that are made stay.
 */
export async function encode(request: EncodeRequest): Promise<EncodeReport> {
  const { settings, origin, out, signal } = request;
  const config = checkConfig(settings, origin);
  const inputs = await openNamed(config);
  const [image, text] = [inputs.image.encoder, inputs.text.encoder];
  const encoders = { ...(image && { image }), ...(text && { text }) };
  return stoppable(signal, featureFolder(), async () => {
    const read = await readSamples(config, inputs, request);
    const start = performance.now();
    const { features, last } = await extract(read.prepared, encoders, config, request);
    const seconds = (performance.now() - start) / 1000;
    if (out !== undefined) await writeFeatureFolder(out, features, samplesOf(read));
    return {
      data: read.prepared.name,
      samples: SPLITS.reduce((sum, split) => sum + read.prepared[split].size, 0),
      sizes: { ...(image && { image: image.size }), ...(text && { text: text.size }) },
      vectors: last.total,
      encoded: last.encoded,
      seconds,
      cache: { folder: featureFolder(), ...(await cacheSize()).features },
      ...(out !== undefined && { out }),
    };
  });
}
