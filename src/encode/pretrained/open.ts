/** @module Opens a pretrained encoder: finds its files, reads what they state, and works out the rest. */

import { dirname, join } from "node:path";

import { UserError } from "../../errors.js";
import { say, setting } from "../../message.js";
import type { ModelProto } from "../../graph/onnx/onnx_pb.js";
import { exists } from "../../system.js";
import { type InspectedModel, inspectModel, type Port } from "../../runtime/inspect.js";
import { type EncoderConfig, readEncoderConfig } from "./config.js";
import { contentHash } from "./contents.js";
import type { ImageEncoder, PoolingKind, TextEncoder, WeightFormat } from "./encoder.js";
import { type EncoderFiles, findEncoder, resolvePair } from "./files.js";
import { findFeatures, isComputed, writeEndingAt } from "./headless.js";
import type { DownloadProgress } from "./hub.js";
import { openImagePreparation } from "./images.js";
import { ENCODER_INPUTS, type WeightChoice } from "./names.js";
import { type ChosenPooling, choosePooling, hasFeatures, pooledSize } from "./pooling.js";
import { excludesPrompt } from "./sentence.js";
import { openTextPreparation, type OpenTextPreparation } from "./texts.js";
import { isWordVectors, wordEncoder } from "./words.js";
import { externalFiles, readModel, weightFormat } from "./weights.js";
import type { Modality } from "../../data/dataset.js";

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

/** A model's file, once its features are an output. */
interface OpenedModel {
  readonly path: string;
  readonly weights: WeightFormat;
  /** Files with weights beside it. */
  readonly data: readonly string[];
}

async function dataFiles(path: string, model: ModelProto): Promise<string[]> {
  const paths = externalFiles(model).map((name) => join(dirname(path), name));
  for (const data of paths) {
    if (!(await exists(data))) {
      throw new UserError(
        `${data}: no such file; ${path} keeps its weights there.`,
        "Copy or download the two together.",
      );
    }
  }
  return paths;
}

/** The tensor to read where no output holds features; `null` where none is needed or known. */
function innerFeatures(
  model: ModelProto,
  modality: Modality,
  config: EncoderConfig,
): { readonly tensor: string; readonly name: string } | null {
  const outputs = model.graph!.output.map(({ name }) => name);
  const stated = config.balgrad[modality].pooling?.output;
  if (stated !== undefined) {
    const isInner = !outputs.includes(stated) && isComputed(model, stated);
    return isInner ? { tensor: stated, name: stated } : null;
  }
  if (hasFeatures(modality, outputs)) return null;
  const tensor = findFeatures(model);
  return tensor === null ? null : { tensor, name: "last_hidden_state" };
}

async function openModel(
  { model: path }: EncoderFiles,
  modality: Modality,
  config: EncoderConfig,
): Promise<OpenedModel> {
  const model = await readModel(path);
  const weights = weightFormat(model);
  const data = await dataFiles(path, model);
  const inner = innerFeatures(model, modality, config);
  if (!inner) return { path, weights, data };
  if (data.length > 0) {
    throw new UserError(
      `${path}: its features are not an output, and its weights lie in other files.`,
      "Export the model without its head, or with its weights inside.",
    );
  }
  const hash = await contentHash([path]);
  return { path: await writeEndingAt(model, hash, inner.tensor, inner.name), weights, data };
}

async function inspect(path: string): Promise<InspectedModel> {
  try {
    return await inspectModel(path);
  } catch (error) {
    throw new UserError(`${path}: ONNX Runtime cannot load it (${(error as Error).message}).`);
  }
}

const listed = (ports: readonly Port[]): string =>
  ports.map(({ name, type, shape }) => `"${name}" ${type} [${shape.join(", ")}]`).join(", ");

/** Says that a model's inputs are not those of an encoder of this modality. */
function wrongInputs(path: string, modality: Modality, inputs: readonly Port[]): UserError {
  const names = inputs.map(({ name }) => name);
  const takes = {
    image: names.includes(ENCODER_INPUTS.pixels),
    text: names.includes(ENCODER_INPUTS.ids),
  };
  const hint =
    takes.image && takes.text
      ? "It holds both encoders of a pair: export them apart, as onnx/vision_model.onnx and onnx/text_model.onnx."
      : takes.image || takes.text
        ? `It is an encoder of ${takes.image ? "images" : "texts"}.`
        : `State the inputs' names in config.json, under "balgrad" (docs/encoders.md).`;
  return new UserError(
    `${path}: not an encoder of ${modality}s; its inputs are ${listed(inputs)}.`,
    hint,
  );
}

const PICTURE_AXES = 4;

/** A size that a model's file fixes; `undefined` where it is open. */
const fixedSize = ({ shape }: Port, axis: number): number | undefined => {
  const size = shape[axis];
  return typeof size === "number" && size > 0 ? size : undefined;
};

/** Says why pictures of one shape do not fit into a model that takes another. */
function wrongShape(path: string, input: Port, wanted: readonly number[]): UserError {
  const [, first, , last] = input.shape;
  const takes = `${path}: takes pictures of [${input.shape.slice(1).join(", ")}]`;
  if (first === 1) {
    return new UserError(
      `${takes}: one channel, gray.`,
      "Only pictures with three channels are supported.",
    );
  }
  if (last === 3 && first !== 3) {
    return new UserError(
      `${takes}: channels last.`,
      "Export it with channels first, [batch, 3, height, width].",
    );
  }
  return new UserError(
    `${takes}, but the folder's image processor makes them [${wanted.join(", ")}].`,
    `Correct "size" or "crop_size" in its file.`,
  );
}

/** The input for pictures, where it is the model's only one and takes their shape. */
function imageInput(
  path: string,
  inputs: readonly Port[],
  config: EncoderConfig,
  wanted: readonly number[],
): Port {
  const stated = config.balgrad.image.input;
  const [input, ...more] = inputs;
  const fits =
    input !== undefined &&
    more.length === 0 &&
    input.shape.length === PICTURE_AXES &&
    input.type.startsWith("float") &&
    (stated === undefined || stated === input.name);
  if (!fits) throw wrongInputs(path, "image", inputs);
  const differs = wanted.some((size, axis) => (fixedSize(input, axis + 1) ?? size) !== size);
  if (differs) throw wrongShape(path, input, wanted);
  return input;
}

/** The inputs for texts, where the model has no others. */
function textInputs(
  path: string,
  inputs: readonly Port[],
  config: EncoderConfig,
): TextEncoder["inputs"] {
  const names = inputs.map(({ name }) => name);
  const { ids, mask, types, positions } = config.balgrad.text.inputs;
  const pick = (stated: string | null | undefined, usual: string): string | null => {
    const name = stated === undefined ? usual : stated;
    return name !== null && names.includes(name) ? name : null;
  };
  const found = {
    mask: pick(mask, ENCODER_INPUTS.mask),
    types: pick(types, ENCODER_INPUTS.types),
    positions: pick(positions, ENCODER_INPUTS.positions),
  };
  const id = pick(ids, ENCODER_INPUTS.ids);
  const known: readonly (string | null)[] = [id, ...Object.values(found)];
  if (id === null || names.some((name) => !known.includes(name))) {
    throw wrongInputs(path, "text", inputs);
  }
  return { ids: id, ...found };
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
  const files = isWordVectors(name) ? { ...found, name } : found;
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
