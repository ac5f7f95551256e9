/** @module Saves the model of a trained run: ONNX, card, preparation of inputs. */

import { readFile } from "node:fs/promises";
import { basename } from "node:path";

import { exists } from "../system.js";
import type { ModelData } from "../inputs/data.js";
import type { AwareModel } from "../evaluate/aware.js";
import { predictionModel } from "../evaluate/predictor.js";
import { CARD, CARD_FILE, type ModelCard, modelFile, PREPARATION } from "../predict/card.js";
import { digestOf, sealed } from "../files/sealed.js";
import type { Runtime } from "../runtime/session.js";
import { fittedBeside } from "./fitted.js";
import { isFitted } from "./methods.js";
import { completeModel } from "../inputs/model.js";
import { labelSpaceOf } from "./predictor.js";
import type { Run } from "./run.js";

/** Files that exist, by name. */
export async function filesAt(
  paths: readonly string[] = [],
): Promise<ReadonlyMap<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  for (const path of paths) {
    if (await exists(path)) files.set(basename(path), await readFile(path));
  }
  return files;
}

/** Digests of files by name. */
export const digestsOf = (files: Iterable<readonly [string, Uint8Array]>): Record<string, string> =>
  Object.fromEntries(Array.from(files, ([name, bytes]) => [name, digestOf(bytes)]));

/** A model as it is saved: its card, and the files beside it by name. */
export interface SavedModel {
  readonly card: ModelCard;
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** The files that state the preparations of a run's inputs, in a folder for each. */
async function preparations({ inputs }: ModelData): Promise<[string, Uint8Array][]> {
  const all: [string, Uint8Array][] = [];
  for (const side of ["image", "text"] as const) {
    for (const [name, bytes] of await filesAt(inputs[side].files)) {
      all.push([`${PREPARATION[side]}/${name}`, bytes]);
    }
  }
  return all;
}

/** A run's best model for prediction: ONNX with its parameters, labels, preparation, trust in heads. */
export async function savedModel(
  run: Run,
  data: ModelData,
  aware: AwareModel,
  runtime: Runtime,
): Promise<SavedModel> {
  const { config } = run;
  const best = await run.load("best");
  const { model, cards } = await completeModel(config.model, data);
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
    ...cards,
    aware,
    files: digestsOf(files),
  };
  return { card, files };
}

/** Folder of a run that holds its model. */
export const MODEL_FOLDER = "model";

/** Saves a run's best model, see {@link savedModel}, with the run. */
export async function saveModel(
  run: Run,
  data: ModelData,
  aware: AwareModel,
  runtime: Runtime,
): Promise<void> {
  const { card, files } = await savedModel(run, data, aware, runtime);
  // The card is last: where it is, the model is whole.
  for (const [name, bytes] of files) await run.store.write(`${MODEL_FOLDER}/${name}`, bytes);
  await run.store.write(`${MODEL_FOLDER}/${CARD}`, sealed(card, CARD_FILE));
}
