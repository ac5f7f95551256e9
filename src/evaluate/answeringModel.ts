/** @module A trained model as one ONNX file that gives the modality-aware answer in any program. */

import { Graph } from "../graph/graph.js";
import { type OnnxModel, writeFunction } from "../graph/onnx/write.js";
import type { LabelSpace, ModelConfig } from "../model/config.js";
import type { ModelInputs } from "../model/inputs.js";
import { ParameterScope } from "../nn/parameters.js";
import { answerOutputs } from "./answerGraph.js";
import type { AwareModel } from "./aware.js";
import { modelAnswers, OUTPUTS, type PredictionOptions, SAYING } from "./predictor.js";

/**
 * Serialises a model that stands on its own: the outputs of {@link answerOutputs}, and the logits of all who answer.
 *
 * @param declare - Declares the inputs.
 * @param options - With the parameters to embed.
 */
export function answeringModel(
  declare: (graph: Graph) => ModelInputs,
  model: ModelConfig,
  labels: LabelSpace,
  aware: AwareModel,
  { state = new Map(), metadata, ...who }: PredictionOptions,
): OnnxModel {
  const graph = new Graph();
  const inputs = declare(graph);
  const said = modelAnswers(ParameterScope.root(graph, 0), inputs, model, labels, who);
  const outputs = SAYING.flatMap((name) => {
    const one = said[name];
    return one ? [[OUTPUTS[name], one] as const] : [];
  });
  return writeFunction(
    { ...answerOutputs(said, inputs, aware), ...Object.fromEntries(outputs) },
    new Map([...state].map(([name, { data }]) => [name, data])),
    metadata,
  );
}
