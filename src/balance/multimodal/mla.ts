/** @module MLA: modalities take turns on a shared classifier whose gradient avoids the other's features. */

import { z } from "zod";

import {
  add,
  cast,
  div,
  less,
  mul,
  stopGradient,
  sub,
  where,
} from "../../graph/functions/elementwise.js";
import { reshape, transpose } from "../../graph/functions/layout.js";
import { matmul } from "../../graph/functions/linear.js";
import { mean } from "../../graph/functions/reduce.js";
import type { Graph } from "../../graph/graph.js";
import type { Tensor } from "../../graph/tensor.js";
import type { Parameter } from "../../nn/parameters.js";
import type { BalanceMethod } from "../method.js";
import { onlyFusion } from "../supports.js";
import { additiveShares, watchingPlan } from "../watching.js";

const options = z.strictObject({
  alpha: z
    .number()
    .positive()
    .default(1)
    .describe("how little one batch of features changes the projector"),
});

/**
 * Projector after features with mean `x` `[1, size]` were seen, by recursive least squares:
 * `P - P x^T x P / (alpha + x P x^T)`; directions that were seen shrink.
 */
export function nextProjector(projector: Tensor, x: Tensor, alpha: number): Tensor {
  const seen = matmul(x, projector); // [1, size], as the projector is symmetric
  const scale = add(matmul(seen, transpose(x)), alpha); // [1, 1]
  return sub(projector, div(matmul(transpose(seen), seen), scale));
}

const identity = (graph: Graph, size: number): Tensor =>
  graph.constant(
    "float32",
    [size, size],
    Array.from({ length: size * size }, (_, at) => Number(at % (size + 1) === 0)),
  );

/** Whether a parameter is the weight of the shared classifier: the fusion's only matrix. */
const isClassifierWeight = ({ part, tensor }: Parameter): boolean =>
  part === "fusion" && tensor.shape.length === 2;

/**
 * MLA: in turn, step by step, one modality alone trains its encoder and the classifier that both
 * share; the classifier's gradient is projected away from the features that the other modality
 * showed it before. Needs `fusion = add`, where the classifier is shared. The paper weighs the
 * modalities by their certainty at test time, as modality-aware prediction does; the protocol's joint
 * prediction adds their logits.
 *
 * Source: Zhang et al., "Multimodal Representation Learning by Alternating Unimodal Adaptation",
 * CVPR 2024, equations 3 to 7.
 */
export const mla: BalanceMethod<z.infer<typeof options>> = {
  name: "mla",
  summary: "modalities take turns on a shared classifier, without undoing each other",
  source: "Zhang et al., CVPR 2024, equations 3 to 7",
  differs: "joint prediction adds logits; modality-aware prediction weights by certainty",
  options,
  metrics: { "turn.image": "1 in steps that train the image, 0 in steps that train the text" },
  model: { fusion: "add" },
  supports: onlyFusion("add", "both modalities share one classifier"),
  build: (context, { alpha }) => {
    const { outputs, memory, graph, parameters } = context;
    const weight = parameters.find(isClassifierWeight)!;
    const size = outputs.imageEmbedding.shape[1] as number;
    const shares = additiveShares(context);
    const turn = memory("turn", [], 0);
    const isImage = cast(less(turn, 0.5), "float32");
    const isText = sub(1, isImage);
    const loss = add(
      mul(context.lossFor(shares.image), isImage),
      mul(context.lossFor(shares.text), isText),
    );
    const plan = watchingPlan(context, loss, { "turn.image": isImage });
    // Memory starts as one number everywhere: what is kept is the projector's distance to identity.
    const unit = identity(graph, size);
    const projector = add(memory("projector", [size, size], 0), unit);
    const gradients = new Map(plan.gradients);
    gradients.set(weight, matmul(projector, gradients.get(weight)!));
    const shown = where(
      less(turn, 0.5),
      mean(outputs.imageEmbedding, { axes: [0] }),
      mean(outputs.textEmbedding, { axes: [0] }),
    );
    const next = nextProjector(projector, reshape(stopGradient(shown), [1, size]), alpha);
    return { ...plan, gradients, memory: { turn: isImage, projector: sub(next, unit) } };
  },
};
