/** @module A trained run as a model that stands on its own: ONNX, card, preparation of inputs. */

import { copyFile, mkdir } from "node:fs/promises";
import { join } from "node:path";

import type { EncodedDataset } from "../encode/encoded.js";
import type { PretrainedEncoder } from "../encode/pretrained/encoder.js";
import type { AwareModel } from "../evaluate/aware.js";
import { predictionModel } from "../evaluate/predictor.js";
import type { ModelConfig } from "../model/config.js";
import {
  type CardImage,
  type CardText,
  type ModelCard,
  PREPARATION,
  PREPARATION_FILES,
} from "../predict/card.js";
import type { RunConfig } from "./config.js";
import { taskOf } from "./experiment.js";
import { exists, writeFileAtomic, writeJson } from "./files.js";
import type { RunFolder } from "./folder.js";
import { completeModel } from "./model.js";

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

/** Copies the files that state an encoder's preparation. */
export async function copyPreparation(
  { folder, modality }: Pick<PretrainedEncoder, "folder" | "modality">,
  target: string,
): Promise<void> {
  await mkdir(target, { recursive: true });
  for (const name of PREPARATION_FILES[modality]) {
    const source = join(folder, name);
    if (await exists(source)) await copyFile(source, join(target, name));
  }
}

/** Writes the model for prediction: ONNX with its parameters, labels, preparation, trust in heads. */
export async function exportModel(
  folder: RunFolder,
  data: EncodedDataset,
  aware: AwareModel,
): Promise<void> {
  const { config } = folder;
  const { state } = await folder.load("best");
  const model = await completeModel(config.model, data);
  const { bytes } = predictionModel(model, taskOf(data), state, {
    classes: JSON.stringify(data.classes),
  });
  await mkdir(folder.file("model"), { recursive: true });
  await writeFileAtomic(folder.file("model/model.onnx"), bytes);
  const { image, text } = data.encoders ?? {};
  if (image) await copyPreparation(image, folder.file(join("model", PREPARATION.image)));
  if (text) await copyPreparation(text, folder.file(join("model", PREPARATION.text)));
  const card: ModelCard = {
    task: data.task,
    classes: data.classes,
    image: cardImage(model, data),
    text: cardText(model, config),
    aware,
  };
  await writeJson(folder.file("model/model.json"), card);
}
