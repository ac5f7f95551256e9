/** @module Replaces pictures and texts by the features of frozen encoders, made once and kept. */

import { type Split, SPLITS } from "../../data/dataset.js";
import { ConfigError } from "../../errors.js";
import type { FloatRows } from "../../tensors/rows.js";
import { caseDegradations, type Degradations } from "../../impairments/further.js";
import {
  at,
  type ImageDegradation,
  type NoiseLevels,
  type TextDegradation,
} from "../../impairments/impairment.js";
import { droppedTokens } from "../../impairments/noisy.js";
import type {
  DegradedFeatures,
  PreparedDataset,
  PreparedImages,
  PreparedSplit,
  PreparedTexts,
} from "../../prepare/prepared.js";
import type { ImageEncoder, PretrainedEncoder, TextEncoder } from "../pretrained/encoder.js";
import { type DegradedInputs, degradedImages, degradedTexts } from "./degraded.js";
import { Extractor, type ExtractorOptions } from "./extractor.js";
import {
  type EncoderInputs,
  imageFeeds,
  imageInputs,
  type InputChange,
  textFeeds,
  textInputs,
} from "./inputs.js";
import { FeatureStore } from "./store.js";

/** How far an extraction is. */
export interface ExtractProgress {
  /** Feature vectors that are there. */
  readonly done: number;
  readonly total: number;
  /** How many of them were made now; the others were in the cache. */
  readonly encoded: number;
}

/** Settings of {@link extractFeatures}. */
export interface ExtractOptions extends Pick<ExtractorOptions, "threads" | "batchSize" | "signal"> {
  /** Strength of the noise of noisy inputs. */
  readonly noise: NoiseLevels;
  /** Seed of that noise. */
  readonly seed: number;
  /** Further degradations, whose features are made for one split. */
  readonly further?: Degradations & { readonly split: Split };
  readonly onProgress?: (progress: ExtractProgress) => void;
  /** Is told about files of the cache that are damaged; what they held is computed again. */
  readonly onDamaged?: (path: string) => void;
}

/** Frozen encoders; a modality without one stays as it is. */
export interface FrozenEncoders {
  readonly image?: ImageEncoder;
  readonly text?: TextEncoder;
}

/** Samples whose features lie in one file. */
export const FEATURE_CHUNK = 256;

/** What inputs of a split are degraded by: networks are trained on clean ones, companions also on noisy texts. */
function degradationsOf(split: Split, { noise, further }: ExtractOptions): Degradations {
  if (split === "train") {
    return { image: [], text: noise.text > 0 ? [at(droppedTokens, noise.text)] : [] };
  }
  const { image, text } = caseDegradations(noise);
  const own = further?.split === split ? further : { image: [], text: [] };
  return { image: [...image, ...own.image], text: [...text, ...own.text] };
}

const countOf = (present: Uint8Array): number => present.reduce((sum, one) => sum + one, 0);

/** Number of feature vectors of a data set. */
function totalOf(
  data: PreparedDataset,
  { image, text }: FrozenEncoders,
  options: ExtractOptions,
): number {
  return SPLITS.reduce((sum, split) => {
    const { imagePresent, textPresent } = data[split];
    const degraded = degradationsOf(split, options);
    const images = image ? countOf(imagePresent) * (1 + degraded.image.length) : 0;
    const texts = text ? countOf(textPresent) * (1 + degraded.text.length) : 0;
    return sum + images + texts;
  }, 0);
}

/** Features of the samples of a split that have the modality; the others' are zeros. */
async function splitFeatures(
  extractor: Extractor,
  inputs: EncoderInputs,
  { size, ids }: PreparedSplit,
  present: Uint8Array,
  change: InputChange | null,
): Promise<(row: number) => Float32Array> {
  const chunks: (FloatRows | null)[] = [];
  const places = new Int32Array(size).fill(-1);
  for (let start = 0; start < size; start += FEATURE_CHUNK) {
    const rows: number[] = [];
    for (let row = start; row < Math.min(size, start + FEATURE_CHUNK); row++) {
      if (present[row]) places[row] = rows.push(row) - 1;
    }
    const none = rows.length === 0;
    chunks.push(none ? null : await extractor.features(inputs, rows, change, (row) => ids[row]!));
  }
  const missing = new Float32Array(extractor.encoder.size);
  return (row) => {
    const place = places[row]!;
    return place < 0 ? missing : chunks[Math.floor(row / FEATURE_CHUNK)]!.row(place);
  };
}

/** Features of one modality of one split, and of its degraded inputs. */
async function sideFeatures(
  extractor: Extractor,
  inputs: EncoderInputs,
  split: PreparedSplit,
  present: Uint8Array,
  degradations: Iterable<DegradedInputs>,
): Promise<{ row: (at: number) => Float32Array; degraded: DegradedFeatures }> {
  const row = await splitFeatures(extractor, inputs, split, present, null);
  const degraded = new Map<string, (at: number) => Float32Array>();
  for (const { key, inputs: own, change } of degradations) {
    degraded.set(key, await splitFeatures(extractor, own, split, present, change));
  }
  return { row, degraded };
}

const alreadyFeatures = (modality: string): ConfigError =>
  new ConfigError(
    `The data bring features of the ${modality}s: there is nothing for an encoder to do.`,
    `Leave out the ${modality} encoder or the ${modality} features.`,
  );

async function imageFeatures(
  extractor: Extractor<ImageEncoder>,
  split: PreparedSplit,
  degradations: readonly ImageDegradation[],
  seed: number,
): Promise<PreparedImages> {
  const { encoder } = extractor;
  const { images, imagePresent } = split;
  if (images.shape.length !== 3) throw alreadyFeatures("image");
  const inputs = imageInputs(images);
  const degraded = degradedImages(inputs, degradations, seed);
  const features = await sideFeatures(extractor, inputs, split, imagePresent, degraded);
  return { shape: [encoder.size], ...features };
}

async function textFeatures(
  extractor: Extractor<TextEncoder>,
  split: PreparedSplit,
  degradations: readonly TextDegradation[],
  seed: number,
): Promise<PreparedTexts> {
  const { encoder } = extractor;
  const { texts, textPresent } = split;
  if (texts.kind !== "tokens") throw alreadyFeatures("text");
  const inputs = textInputs(texts.tokens, encoder);
  const degraded = degradedTexts(texts, textPresent, degradations, encoder, seed);
  const features = await sideFeatures(extractor, inputs, split, textPresent, degraded);
  return { kind: "features", size: encoder.size, ...features };
}

/** Features of the blank picture: zeros after normalisation. */
function blankImage(extractor: Extractor<ImageEncoder>, shape: readonly number[]) {
  const blank = new Float32Array(shape.reduce((product, dim) => product * dim, 1));
  const name = `the blank picture of ${shape.join(" x ")}`;
  const feeds = imageFeeds(blank, shape, extractor.encoder);
  return extractor.blank(name, { kind: "ready", feeds, lengths: null });
}

/** Features of the empty text; zeros where not even special tokens are left of it. */
function emptyText(extractor: Extractor<TextEncoder>): Promise<Float32Array> {
  const { encoder } = extractor;
  const { empty, size } = encoder;
  if (empty.length === 0) return Promise.resolve(new Float32Array(size));
  const lengths = new Array<number>(encoder.batch ?? 1).fill(empty.length);
  const feeds = textFeeds([empty], encoder);
  return extractor.blank(`the empty text ${empty.join(" ")}`, { kind: "ready", feeds, lengths });
}

type Progress = ExtractorOptions["onDone"];

function progressOf(total: number, onProgress: ExtractOptions["onProgress"]): Progress {
  let done = 0;
  let encoded = 0;
  return (features, made) => {
    done += features;
    encoded += made;
    onProgress?.({ done, total, encoded });
  };
}

/** Runs work with an encoder where there is one. */
async function withExtractor<E extends PretrainedEncoder, T>(
  encoder: E | undefined,
  store: FeatureStore,
  options: ExtractorOptions,
  work: (extractor: Extractor<E>) => Promise<T>,
): Promise<T | null> {
  if (!encoder) return null;
  const extractor = new Extractor(encoder, store, options);
  try {
    return await work(extractor);
  } finally {
    await extractor.release();
  }
}

const perSplit = async <T>(make: (split: Split) => Promise<T>): Promise<Record<Split, T>> => {
  const result = {} as Record<Split, T>;
  for (const split of SPLITS) result[split] = await make(split);
  return result;
};

/**
 * Replaces pixels and tokens by features of frozen encoders, for validation and test also those of the
 * noisy inputs, for training those of noisy texts, and for one of them those of further degraded inputs that are asked for. They are made
 * once: files of 256 samples in the cache are named by a hash of the encoder, the inputs and the noise, and
 * checked when they are opened.
 *
 * A missing picture or text has features of zeros, and what the encoder makes of a blank one is in
 * `blanks`. The first 256 MB of features stay in memory, the rest is read row by row.
 *
 * @throws {ConfigError} where the data bring features already.
 * @throws {DataError} where an encoder gives features that are no numbers.
 * @throws {UserError} where an encoder's file cannot be run, or features not be kept.
 * @throws {unknown} the signal's reason, when it stops the extraction; what is done stays.
 */
export async function extractFeatures(
  data: PreparedDataset,
  encoders: FrozenEncoders,
  options: ExtractOptions,
): Promise<PreparedDataset> {
  const { seed, onProgress, onDamaged } = options;
  const store = await FeatureStore.open((path) => onDamaged?.(path));
  const running = { ...options, onDone: progressOf(totalOf(data, encoders, options), onProgress) };
  const image = await withExtractor(encoders.image, store, running, async (extractor) => {
    const features = await perSplit((split) =>
      imageFeatures(extractor, data[split], degradationsOf(split, options).image, seed),
    );
    return { features, blank: await blankImage(extractor, data.train.images.shape) };
  });
  const text = await withExtractor(encoders.text, store, running, async (extractor) => {
    const features = await perSplit((split) =>
      textFeatures(extractor, data[split], degradationsOf(split, options).text, seed),
    );
    return { features, blank: await emptyText(extractor) };
  });
  const withFeatures = (split: Split): PreparedSplit => ({
    ...data[split],
    ...(image && { images: image.features[split] }),
    ...(text && { texts: text.features[split] }),
  });
  return {
    ...data,
    blanks: { ...(image && { image: image.blank }), ...(text && { text: text.blank }) },
    train: withFeatures("train"),
    validation: withFeatures("validation"),
    test: withFeatures("test"),
  };
}
