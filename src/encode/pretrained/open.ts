/** @module Opens a pretrained encoder: finds its files, reads what they state, and works out the rest. */

import type { Modality } from "../../data/dataset.js";
import { UserError } from "../../errors.js";
import { say, setting } from "../../message.js";
import type { InspectedModel } from "../../runtime/inspect.js";
import { exists } from "../../system.js";
import { type EncoderConfig, readEncoderConfig } from "./config.js";
import { contentHash } from "./contents.js";
import type { ImageEncoder, PoolingKind, TextEncoder } from "./encoder.js";
import { type EncoderFiles, findEncoder, resolvePair } from "./files.js";
import type { DownloadProgress } from "./hub.js";
import { openImagePreparation } from "./images.js";
import { inspect, type OpenedModel, openModel } from "./modelFile.js";
import type { WeightChoice } from "./names.js";
import { type ChosenPooling, choosePooling, pooledSize } from "./pooling.js";
import { fixedSize, imageInput, textInputs } from "./ports.js";
import { excludesPrompt } from "./sentence.js";
import { standInOf } from "./standIns.js";
import { openTextPreparation, type OpenTextPreparation } from "./texts.js";
import { isWordVectors, wordEncoder } from "./words.js";

/** How to open an encoder. */
export interface OpenEncoderOptions {
  /** Which of the folder's models; default: `fp32`, or else the first that there is, with a notice. */
  readonly weights?: WeightChoice;
  /** How positions become one vector; default: as the folder states. */
  readonly pooling?: PoolingKind;
  /** Largest number of tokens of a text, special ones included; the model's own limit where that is smaller. */
  readonly maxTokens?: number;
  /** Called while files are downloaded. */
  readonly onProgress?: DownloadProgress;
}

/** Chooses the pooling by the shapes of one blank sample's outputs. */
async function poolingOn(
  files: EncoderFiles,
  modality: Modality,
  config: EncoderConfig,
  model: InspectedModel,
  sample: readonly number[],
  wanted: PoolingKind | undefined,
): Promise<ChosenPooling & { readonly size: number }> {
  const shapes = await model
    .shapesOn(Object.fromEntries(model.inputs.map(({ name }) => [name, sample])))
    .catch((error: unknown) => {
      throw new UserError(
        `${files.model}: ONNX Runtime cannot run it on [${sample.join(", ")}] (${(error as Error).message}).`,
      );
    });
  const outputs = Object.entries(shapes).map(([name, shape]) => ({ name, shape }));
  const { sentence, model: path } = files;
  const facts = { modality, model: path, outputs, config, sentence };
  const chosen = choosePooling({ ...facts, ...(wanted !== undefined && { wanted }) });
  return { ...chosen, size: pooledSize(chosen, shapes[chosen.pooling.output]!, path) };
}

/** What both kinds of encoders have. */
async function describe(
  { name, folder, preparation, sentence, notices }: EncoderFiles,
  { path, weights, data }: OpenedModel,
  { pooling, steps, size, notices: more }: ChosenPooling & { readonly size: number },
  batch: number | undefined,
) {
  const stated = sentence instanceof UserError ? [] : (sentence?.files ?? []);
  return {
    ...{ name, folder, model: path, weights, pooling, size },
    hash: await contentHash([path, ...data, ...preparation, ...stated]),
    notices: [...notices, ...more],
    ...(steps.length > 0 && { steps }),
    ...(batch !== undefined && { batch }),
  };
}

async function openImages(
  files: EncoderFiles,
  config: EncoderConfig,
  opened: OpenedModel,
  model: InspectedModel,
  { pooling }: OpenEncoderOptions,
): Promise<ImageEncoder> {
  const prepared = await openImagePreparation(files.folder, files.preparation[0]!);
  const { shape } = prepared.preparation;
  const input = imageInput(opened.path, model.inputs, config, shape);
  const batch = fixedSize(input, 0);
  const sample = [batch ?? 1, ...shape];
  const pooled = await poolingOn(files, "image", config, model, sample, pooling);
  const described = await describe(files, opened, pooled, batch);
  return { modality: "image", input: input.name, ...described, ...prepared };
}

// A blank text of this many tokens is within every model's limit.
const BLANK_TOKENS = 4;

/** Length that texts must have: the model's own, or that of padding it cannot tell from text. */
function lengthOf(
  path: string,
  fixed: number | undefined,
  hasMask: boolean,
  { padding, paddedTo }: OpenTextPreparation,
): number | undefined {
  const length = fixed ?? (hasMask ? undefined : (paddedTo ?? undefined));
  if (length !== undefined && !hasMask && padding === null) {
    throw new UserError(
      `${path}: takes texts padded to ${length} tokens, and nothing states the token of padding.`,
      `State "pad_token" in tokenizer_config.json.`,
    );
  }
  return length;
}

/** Stops at a prompt that pooling would have to leave out. */
async function checkPrompt(
  { sentence }: EncoderFiles,
  { hasPrompt }: OpenTextPreparation,
): Promise<void> {
  if (!hasPrompt || sentence === null || sentence instanceof UserError) return;
  if (await excludesPrompt(sentence.file)) {
    throw new UserError(
      `${sentence.file}: include_prompt: false is not supported together with a default prompt.`,
      "Remove default_prompt_name from config_sentence_transformers.json to do without the prompt.",
    );
  }
}

async function openTexts(
  files: EncoderFiles,
  config: EncoderConfig,
  opened: OpenedModel,
  model: InspectedModel,
  { maxTokens = Infinity, pooling }: OpenEncoderOptions,
): Promise<TextEncoder> {
  const { path } = opened;
  const inputs = textInputs(path, model.inputs, config);
  const ids = model.inputs.find(({ name }) => name === inputs.ids)!;
  const [batch, fixed] = [fixedSize(ids, 0), fixedSize(ids, 1)];
  const { padding, paddedTo, hasPrompt, ...prepared } = await openTextPreparation(
    files.folder,
    files.preparation as [string, string],
    config,
    Math.min(maxTokens, fixed ?? Infinity),
  );
  const texts = { padding, paddedTo, hasPrompt, ...prepared };
  await checkPrompt(files, texts);
  const length = lengthOf(path, fixed, inputs.mask !== null, texts);
  const sample = [batch ?? 1, length ?? BLANK_TOKENS];
  const pooled = await poolingOn(files, "text", config, model, sample, pooling);
  return {
    ...{ modality: "text", inputs, padding: padding ?? 0 },
    ...(await describe(files, opened, pooled, batch)),
    ...prepared,
    ...(length !== undefined && { length }),
  };
}

/** What an encoder's files are found by: a pair's encoder, the folder made of word vectors, or the name itself. */
async function placeOf(name: string, modality: Modality): Promise<string> {
  const elsewhere = standInOf(name, modality);
  if (elsewhere !== undefined) return elsewhere;
  if (!isWordVectors(name) || (await exists(name))) return resolvePair(name, modality);
  if (modality === "text") return wordEncoder(name);
  throw new UserError(
    `${name}: these are word vectors, which encode texts.`,
    say`Give them with ${setting("model.text.encoder", name)}.`,
  );
}

/**
 * Opens a pretrained encoder in the layout of Hugging Face and Transformers.js.
 *
 * @param name - A folder, a hub name such as `Xenova/vit-base-patch16-224-in21k` (downloaded once into the
 *   cache), one of `ENCODER_PAIRS` or one of `WORD_VECTORS`.
 * @throws {UserError} when a file is missing, malformed or cannot be downloaded, or when the model is not an
 *   encoder of that modality; the message names file and field.
 */
export async function openEncoder(
  name: string,
  modality: "image",
  options?: OpenEncoderOptions,
): Promise<ImageEncoder>;
export async function openEncoder(
  name: string,
  modality: "text",
  options?: OpenEncoderOptions,
): Promise<TextEncoder>;
export async function openEncoder(
  name: string,
  modality: Modality,
  options: OpenEncoderOptions = {},
): Promise<ImageEncoder | TextEncoder> {
  const { weights, onProgress } = options;
  const place = await placeOf(name, modality);
  const found = await findEncoder(place, modality, weights, onProgress);
  // Of word vectors people know the package, not the folder that was made of it.
  const known = isWordVectors(name) ? name : resolvePair(name, modality);
  const files = { ...found, name: known };
  const config = await readEncoderConfig(files.config);
  const opened = await openModel(files, modality, config);
  const model = await inspect(opened.path);
  try {
    return modality === "image"
      ? await openImages(files, config, opened, model, options)
      : await openTexts(files, config, opened, model, options);
  } finally {
    await model.release();
  }
}
