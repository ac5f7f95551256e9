/** @module The ONNX file of an encoder, with features as an output. */

import { dirname, join } from "node:path";

import type { Modality } from "../../data/dataset.js";
import { UserError } from "../../errors.js";
import type { ModelProto } from "../../graph/onnx/onnx_pb.js";
import { type InspectedModel, inspectModel } from "../../runtime/inspect.js";
import { exists } from "../../system.js";
import type { EncoderConfig } from "./config.js";
import { contentHash } from "./contents.js";
import type { WeightFormat } from "./encoder.js";
import type { EncoderFiles } from "./files.js";
import { findFeatures, isComputed, writeEndingAt } from "./headless.js";
import { hasFeatures } from "./pooling.js";
import { externalFiles, readModel, weightFormat } from "./weights.js";

/** A model's file, once its features are an output. */
export interface OpenedModel {
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

/**
 * Opens an encoder's ONNX file; where its features are an inner tensor, a copy that ends there.
 *
 * @throws {UserError} where its weights are missing, or its features cannot become an output.
 */
export async function openModel(
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

/** What ONNX Runtime says about a model. @throws {UserError} where it cannot load it. */
export async function inspect(path: string): Promise<InspectedModel> {
  try {
    return await inspectModel(path);
  } catch (error) {
    throw new UserError(`${path}: ONNX Runtime cannot load it (${(error as Error).message}).`);
  }
}
