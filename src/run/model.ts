/** @module The model of a run: what data and pretrained encoders decide about it. */

import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import type { PreparedDataset, PreparedImages, PreparedTexts } from "../prepare/prepared.js";
import { assertPaddable } from "../encode/features/padding.js";
import { type Standardisation, standardisationOf } from "../encode/features/statistics.js";
import type { ImageEncoder, PretrainedEncoder, TextEncoder } from "../encode/pretrained/encoder.js";
import { ConfigError, UserError } from "../errors.js";
import { type OnnxFile, readOnnx } from "../graph/onnx/read.js";
import type { FeatureSide, FinetuneSettings, ModelConfig, ModelSettings } from "../model/config.js";
import { planFinetuning } from "../model/finetune.js";
import {
  encoderWeights,
  type ImportedImage,
  type ImportedText,
  type UnplannedEncoder,
} from "../model/imported.js";
import { fullLength, type OpenEncoders } from "./encoders.js";

type Side = "image" | "text";

const parsed = new WeakMap<PretrainedEncoder, Promise<OnnxFile>>();

/** Says that an encoder can be run, and not be part of a model. */
const runOnly = (name: string, why: string, way: string): UserError =>
  new UserError(
    `${name}: ${why}; the encoder can be run, not built into a model.`,
    `${way} Or make its features and train on them: balgrad encode <data> --out <features>.`,
  );

async function parse({ model, name, weights, batch }: PretrainedEncoder): Promise<OnnxFile> {
  if (weights === "quantized") {
    const way = "Convert it first: balgrad encoder convert <folder> <new folder>.";
    throw runOnly(name, "the weights are quantized", way);
  }
  if (batch !== undefined) {
    const way = "Export it with an open batch axis.";
    throw runOnly(name, `the file takes exactly ${batch} at a time`, way);
  }
  const external = (location: string): Uint8Array => readFileSync(join(dirname(model), location));
  return readOnnx(new Uint8Array(await readFile(model)), external);
}

/** An encoder's graph, parsed once. */
function fileOf(encoder: PretrainedEncoder): Promise<OnnxFile> {
  const known = parsed.get(encoder) ?? parse(encoder);
  parsed.set(encoder, known);
  return known;
}

const planned = <E extends UnplannedEncoder>(encoder: E, settings: FinetuneSettings) => ({
  ...encoder,
  plan: planFinetuning(encoderWeights(encoder), settings, encoder.name),
});

async function importImage(
  encoder: ImageEncoder,
  settings: FinetuneSettings,
): Promise<ImportedImage> {
  const { name, pooling, steps = [], size, input, preparation } = encoder;
  const { shape } = preparation;
  const file = await fileOf(encoder);
  return planned({ type: "imported", name, file, pooling, steps, size, input, shape }, settings);
}

async function importText(
  encoder: TextEncoder,
  tokens: number,
  settings: FinetuneSettings,
): Promise<ImportedText> {
  const { name, pooling, steps = [], size, inputs, padding, empty } = encoder;
  const file = await fileOf(encoder);
  return planned(
    { type: "imported", name, file, pooling, steps, size, inputs, padding, empty, tokens },
    settings,
  );
}

const measured = new WeakMap<PreparedImages | PreparedTexts, Standardisation>();

/** Scale of features, measured once: large ones are read from disk. */
function measure(
  features: PreparedImages | PreparedTexts,
  size: number,
  row: (at: number) => ArrayLike<number>,
  present: Uint8Array,
): Standardisation {
  const known = measured.get(features) ?? standardisationOf(size, row, present);
  measured.set(features, known);
  return known;
}

/** Scale of the training split's features; `undefined` where they are taken as they are. */
function standardisation(
  { standardise }: ModelSettings,
  { train }: PreparedDataset,
  side: Side,
): Standardisation | undefined {
  const { images, texts, imagePresent, textPresent } = train;
  if (!standardise) return undefined;
  if (side === "image") {
    const [size, ...rest] = images.shape;
    return rest.length === 0 ? measure(images, size!, images.row, imagePresent) : undefined;
  }
  return texts.kind === "features" ? measure(texts, texts.size, texts.row, textPresent) : undefined;
}

/** Features of the length that the data bring; checks one that the settings give. */
function featureSide(
  settings: ModelSettings,
  size: number,
  side: Side,
  data: PreparedDataset,
): FeatureSide {
  const given = settings[side];
  if (given.type === "features" && given.size !== size) {
    throw new ConfigError(
      `model.${side}.size is ${given.size}, and the data's features have ${size} numbers.`,
      `Leave the setting out: the data say it.`,
    );
  }
  const blank = data.blanks?.[side];
  const scale = standardisation(settings, data, side);
  return {
    type: "features",
    size,
    ...(blank && { blank }),
    ...(scale && { standardisation: scale }),
  };
}

const noFeatures = (side: Side): ConfigError =>
  new ConfigError(
    `model.${side} is set to features, and the data bring none.`,
    `Give them with --${side}-features.`,
  );

const unread = (side: Side): Error =>
  new Error(`internal: the ${side} encoder was not opened with the data.`);

async function imageSide(
  settings: ModelSettings,
  data: PreparedDataset,
): Promise<ModelConfig["image"]> {
  const { image, finetune } = settings;
  const { train, encoders } = data;
  const { shape } = train.images;
  if (shape.length === 1) return featureSide(settings, shape[0]!, "image", data);
  if (image.type === "features") throw noFeatures("image");
  if (image.type !== "pretrained") return image;
  if (!encoders?.image) throw unread("image");
  return importImage(encoders.image, finetune);
}

async function textSide(
  settings: ModelSettings,
  data: PreparedDataset,
): Promise<ModelConfig["text"]> {
  const { text, finetune } = settings;
  const { train, encoders } = data;
  const { texts } = train;
  if (texts.kind === "features") return featureSide(settings, texts.size, "text", data);
  if (text.type === "features") throw noFeatures("text");
  if (text.type !== "pretrained") return text;
  if (!encoders?.text || texts.length === undefined) throw unread("text");
  return importText(encoders.text, texts.length, finetune);
}

/**
 * The model that is trained on some data: features are taken as they come, encoders that train are part
 * of it.
 *
 * @throws {ConfigError} where settings and data contradict each other.
 * @throws {UserError} where an encoder cannot be trained.
 */
export async function modelFor(
  settings: ModelSettings,
  data: PreparedDataset,
): Promise<ModelConfig> {
  return {
    ...settings,
    image: await imageSide(settings, data),
    text: await textSide(settings, data),
  };
}

/**
 * Makes sure that encoders can be built into the model that a run ends with, before the run costs anything.
 *
 * @throws {UserError} where one cannot, with the way around.
 */
export async function assertBuildable(
  { finetune }: ModelSettings,
  { image, text }: OpenEncoders,
): Promise<void> {
  if (image) await importImage(image, finetune);
  if (!text) return;
  await importText(text, fullLength(text), finetune);
  await assertPaddable(text);
}

/**
 * The model that answers on its own: like {@link modelFor}, with frozen encoders built in, too. It takes
 * pixels and ids where training took features of them.
 */
export async function completeModel(
  settings: ModelSettings,
  data: PreparedDataset,
): Promise<ModelConfig> {
  const { image, text } = data.encoders ?? {};
  const { finetune } = settings;
  const scaled = <E extends ImportedImage | ImportedText>(encoder: E, side: Side): E => {
    const scale = standardisation(settings, data, side);
    return scale ? { ...encoder, standardisation: scale } : encoder;
  };
  return {
    ...settings,
    image: image
      ? scaled(await importImage(image, finetune), "image")
      : await imageSide(settings, data),
    text: text
      ? scaled(await importText(text, fullLength(text), finetune), "text")
      : await textSide(settings, data),
  };
}
