/** @module The pretrained encoders of a run, and the data as they take them. */

import type { Split } from "../data/dataset.js";
import { furtherDegradations } from "../prepare/degradations.js";
import type { PreparedDataset, PreparedSplit } from "../prepare/prepared.js";
import {
  extractFeatures,
  type ExtractOptions,
  type ExtractProgress,
} from "../encode/features/extract.js";
import type { ImageEncoder, TextEncoder } from "../encode/pretrained/encoder.js";
import { openEncoder, type OpenEncoderOptions } from "../encode/pretrained/open.js";
import type { RunConfig } from "./config.js";
import { furtherCases } from "./further.js";

/** Encoders that are opened; a modality without one has one that is trained from scratch. */
export interface OpenEncoders {
  readonly image?: ImageEncoder;
  readonly text?: TextEncoder;
}

type PretrainedSide = Extract<RunConfig["model"]["image"], { readonly type: "pretrained" }>;

/** How a side's encoder is opened. */
const openingOf = ({ weights, pooling }: PretrainedSide): OpenEncoderOptions => ({
  ...(weights !== undefined && { weights }),
  ...(pooling !== undefined && { pooling }),
});

/** Opens the pretrained encoders that a run's settings name. */
export async function openEncoders({
  model,
  data,
}: Pick<RunConfig, "model" | "data">): Promise<OpenEncoders> {
  const { image, text } = model;
  const { maxTokens } = data;
  return {
    ...(image.type === "pretrained" && {
      image: await openEncoder(image.encoder, "image", openingOf(image)),
    }),
    ...(text.type === "pretrained" && {
      text: await openEncoder(text.encoder, "text", { ...openingOf(text), maxTokens }),
    }),
  };
}

/** Length that a model pads texts to which must take the longest ones. */
export const fullLength = ({ length, maxTokens }: TextEncoder): number => length ?? maxTokens;

/** Lengths are rounded up to a multiple of this, so that kernels have whole vectors. */
const LENGTH_STEP = 4;

/** Length that all texts are padded to: of the longest one, within what the encoder takes. */
function commonLength(
  { train, validation, test }: PreparedDataset,
  { length, maxTokens }: TextEncoder,
): number {
  if (length !== undefined) return length;
  const lengths = [train, validation, test].map(({ texts }) =>
    texts.kind === "tokens"
      ? texts.tokens.reduce((most, { length }) => Math.max(most, length), 1)
      : 1,
  );
  const longest = Math.ceil(Math.max(...lengths) / LENGTH_STEP) * LENGTH_STEP;
  return Math.min(longest, maxTokens);
}

/**
 * Samples as encoders inside a model take them: normalised their way, texts of one length.
 *
 * @param length - Of texts, in tokens; at most what the encoder takes.
 */
function forEncoders(
  data: PreparedDataset,
  { image, text }: OpenEncoders,
  length: number | undefined,
): PreparedDataset {
  const special = text && new Set([...text.special].map((id) => id + 1));
  const adapted = (split: PreparedSplit): PreparedSplit => ({
    ...split,
    ...(image && { images: { ...split.images, normalisation: image.normalisation } }),
    ...(split.texts.kind === "tokens" &&
      length !== undefined &&
      special && { texts: { ...split.texts, length, special } }),
  });
  return {
    ...data,
    train: adapted(data.train),
    validation: adapted(data.validation),
    test: adapted(data.test),
  };
}

/**
 * What features depend on by a run's settings.
 *
 * @param split - The one that is evaluated.
 */
export function extractionOf(
  config: RunConfig,
  split: Split,
): Pick<ExtractOptions, "noise" | "seed" | "further" | "threads"> {
  const { evaluation, train } = config;
  const noise = { image: evaluation.imageNoise, text: evaluation.textNoise };
  return {
    noise,
    seed: evaluation.seed,
    further: { split, ...furtherDegradations(furtherCases(config), noise) },
    threads: train.threads,
  };
}

/** How to prepare data for encoders. */
export interface EncoderOptions {
  /** Split that is evaluated; default: test. */
  readonly evaluated?: Split;
  readonly onProgress?: (progress: ExtractProgress) => void;
  /** Is told about files of the cache that are damaged; what they held is computed again. */
  readonly onDamaged?: (path: string) => void;
  readonly signal?: AbortSignal;
}

/**
 * Data as the model of a run takes them: features of encoders that are frozen, inputs of those that
 * train.
 */
export async function applyEncoders(
  data: PreparedDataset,
  encoders: OpenEncoders,
  config: RunConfig,
  { evaluated = "test", ...options }: EncoderOptions = {},
): Promise<PreparedDataset> {
  if (!encoders.image && !encoders.text) return data;
  const length = encoders.text && commonLength(data, encoders.text);
  const prepared =
    config.model.finetune.mode === "none"
      ? await extractFeatures(data, encoders, { ...extractionOf(config, evaluated), ...options })
      : forEncoders(data, encoders, length);
  return { ...prepared, encoders };
}

/** Data as the complete model of a run takes them, see `completeModel`: pixels and ids. */
export const completeInputs = (data: PreparedDataset, encoders: OpenEncoders): PreparedDataset => ({
  ...forEncoders(data, encoders, encoders.text && fullLength(encoders.text)),
  encoders,
});
