/** @module A trained run as a model that stands on its own: ONNX, card, preparation of inputs. */

import { readFile } from "node:fs/promises";
import { join } from "node:path";

import { exists } from "../system.js";
import type { PreparedDataset } from "../prepare/prepared.js";
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
  modelFile,
  PREPARATION,
  PREPARATION_FILES,
} from "../predict/card.js";
import { digestOf, sealed } from "../files/sealed.js";
import type { Runtime } from "../runtime/session.js";
import { fittedBeside } from "./fitted.js";
import type { RunConfig } from "./config.js";
import { isFitted } from "./methods.js";
import { completeModel } from "./model.js";
import { labelSpaceOf } from "./predictor.js";
import type { Run } from "./run.js";

function cardImage({ image }: ModelConfig, { encoders }: PreparedDataset): CardImage {
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
  data: PreparedDataset,
  config: RunConfig,
): Pick<ModelCard, "image" | "text"> => ({
  image: cardImage(model, data),
  text: cardText(model, config),
});

/** The files that state an encoder's preparation, by name. */
export async function preparationFiles({
  folder,
  modality,
}: Pick<PretrainedEncoder, "folder" | "modality">): Promise<ReadonlyMap<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const name of PREPARATION_FILES[modality]) {
    const path = join(folder, name);
    if (await exists(path)) files.set(name, await readFile(path));
  }
  return files;
}

/** Digests of files by name. */
export const digestsOf = (files: Iterable<readonly [string, Uint8Array]>): Record<string, string> =>
  Object.fromEntries(Array.from(files, ([name, bytes]) => [name, digestOf(bytes)]));

/** A model that stands on its own: its card, and the files beside it by name. */
export interface StandingModel {
  readonly card: ModelCard;
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** The files that state the preparations of a run's encoders, in a folder for each. */
async function preparations({ encoders = {} }: PreparedDataset): Promise<[string, Uint8Array][]> {
  const all: [string, Uint8Array][] = [];
  for (const side of ["image", "text"] as const) {
    const encoder = encoders[side];
    const files = encoder ? await preparationFiles(encoder) : [];
    for (const [name, bytes] of files) all.push([`${PREPARATION[side]}/${name}`, bytes]);
  }
  return all;
}

/** A run's best model for prediction: ONNX with its parameters, labels, preparation, trust in heads. */
export async function standingModel(
  run: Run,
  data: PreparedDataset,
  aware: AwareModel,
  runtime: Runtime,
): Promise<StandingModel> {
  const { config } = run;
  const best = await run.load("best");
  const model = await completeModel(config.model, data);
  const { companions, novelty } = await fittedBeside(run, data, best, runtime);
  const { bytes } = predictionModel(model, labelSpaceOf(data), {
    state: new Map([...best.state, ...(companions ?? [])]),
    metadata: { classes: JSON.stringify(data.classes) },
    companions: companions !== null,
    novelty,
    regressions: isFitted(config.method),
  });
  const files = new Map([[modelFile({}), bytes], ...(await preparations(data))]);
  const { modalities } = config.data;
  const card: ModelCard = {
    labelKind: data.labelKind,
    ...(modalities !== "both" && { modalities }),
    classes: data.classes,
    ...cardInputs(model, data, config),
    aware,
    files: digestsOf(files),
  };
  return { card, files };
}

/** Folder of a run that holds its model. */
export const MODEL_FOLDER = "model";

/** Keeps a run's best model, see {@link standingModel}, with the run. */
export async function exportModel(
  run: Run,
  data: PreparedDataset,
  aware: AwareModel,
  runtime: Runtime,
): Promise<void> {
  const { card, files } = await standingModel(run, data, aware, runtime);
  // The card is last: where it is, the model is whole.
  for (const [name, bytes] of files) await run.store.write(`${MODEL_FOLDER}/${name}`, bytes);
  await run.store.write(`${MODEL_FOLDER}/${CARD}`, sealed(card, CARD_FILE));
}
