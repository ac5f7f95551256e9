/** @module A trained run as a model that stands on its own: ONNX, card, preparation of inputs. */

import { copyFile, readFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";

import { makeFolder, exists } from "../system.js";
import type { EncodedDataset } from "../prepare/prepared.js";
import type { PretrainedEncoder } from "../encode/pretrained/encoder.js";
import type { AwareModel } from "../evaluate/aware.js";
import { predictionModel } from "../evaluate/predictor.js";
import type { ModelConfig } from "../model/config.js";
import {
  CARD,
  CARD_FILE,
  type CardImage,
  type CardText,
  type ModelCard,
  PREPARATION,
  PREPARATION_FILES,
} from "../predict/card.js";
import { digestOf, sealed } from "../files/sealed.js";
import type { Runtime } from "../runtime/session.js";
import { fittedBeside } from "./fitted.js";
import type { RunConfig } from "./config.js";
import { writeFileAtomic } from "../files/atomic.js";
import type { RunFolder } from "./folder.js";
import { isFitted } from "./methods.js";
import { completeModel } from "./model.js";
import { taskOf } from "./predictor.js";

function cardImage({ image }: ModelConfig, { encoders }: EncodedDataset): CardImage {
  switch (image.type) {
    case "convolutional":
      return { type: "convolutional", side: image.side };
    case "features":
      return { type: "features", size: image.size };
    case "imported":
      return {
        type: "encoder",
        shape: image.shape,
        normalisation: encoders!.image!.normalisation,
      };
  }
}

function cardText({ text }: ModelConfig, { data }: RunConfig): CardText {
  switch (text.type) {
    case "bag":
      return { type: "bag", buckets: text.buckets, maxTokens: data.maxTokens };
    case "features":
      return { type: "features", size: text.size };
    case "imported":
      return { type: "encoder", tokens: text.tokens };
  }
}

/** What a model takes for pictures and texts. */
export const cardInputs = (
  model: ModelConfig,
  data: EncodedDataset,
  config: RunConfig,
): Pick<ModelCard, "image" | "text"> => ({
  image: cardImage(model, data),
  text: cardText(model, config),
});

/** Copies the files that state an encoder's preparation; gives the paths of the copies. */
export async function copyPreparation(
  { folder, modality }: Pick<PretrainedEncoder, "folder" | "modality">,
  target: string,
): Promise<string[]> {
  await makeFolder(target);
  const copies: string[] = [];
  for (const name of PREPARATION_FILES[modality]) {
    const source = join(folder, name);
    if (!(await exists(source))) continue;
    const copy = join(target, name);
    await copyFile(source, copy);
    copies.push(copy);
  }
  return copies;
}

/** Digests of files under their paths in a folder. */
export async function digestsOf(folder: string, paths: readonly string[]) {
  const digests = paths.map(async (path) => {
    const name = relative(folder, path).replaceAll(sep, "/");
    return [name, digestOf(await readFile(path))] as const;
  });
  return Object.fromEntries(await Promise.all(digests));
}

/** Writes the model for prediction: ONNX with its parameters, labels, preparation, trust in heads. */
export async function exportModel(
  folder: RunFolder,
  data: EncodedDataset,
  aware: AwareModel,
  runtime: Runtime,
): Promise<void> {
  const { config } = folder;
  const best = await folder.load("best");
  const model = await completeModel(config.model, data);
  const { companions, novelty } = await fittedBeside(folder, data, best, runtime);
  const { bytes } = predictionModel(model, taskOf(data), {
    state: new Map([...best.state, ...(companions ?? [])]),
    metadata: { classes: JSON.stringify(data.classes) },
    companions: companions !== null,
    novelty,
    regressions: isFitted(config.method),
  });
  const target = folder.file("model");
  await makeFolder(target);
  const file = join(target, "model.onnx");
  await writeFileAtomic(file, bytes);
  const { image, text } = data.encoders ?? {};
  const images = image ? await copyPreparation(image, join(target, PREPARATION.image)) : [];
  const texts = text ? await copyPreparation(text, join(target, PREPARATION.text)) : [];
  const { modalities } = config.data;
  const card: ModelCard = {
    task: data.task,
    ...(modalities !== "both" && { modalities }),
    classes: data.classes,
    ...cardInputs(model, data, config),
    aware,
    files: await digestsOf(target, [file, ...images, ...texts]),
  };
  await writeFileAtomic(join(target, CARD), sealed(card, CARD_FILE));
}
