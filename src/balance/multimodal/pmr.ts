/** @module PMR: prototypes speed up the modality that is behind. */

import { z } from "zod";

import {
  add,
  cast,
  clip,
  div,
  greater,
  logSoftmax,
  maximum,
  mul,
  neg,
  softmax,
  sqrt,
  stopGradient,
  sub,
  where,
} from "../../graph/functions/elementwise.js";
import { reshape, transpose } from "../../graph/functions/layout.js";
import { gemm } from "../../graph/functions/linear.js";
import { mean, sum, sumSquare } from "../../graph/functions/reduce.js";
import type { Tensor } from "../../graph/tensor.js";
import { bySide } from "../../model/network.js";
import type { BalanceMethod } from "../method.js";
import { singleLabelOnly } from "../supports.js";
import { trueScore, watchingPlan } from "../watching.js";

const options = z.strictObject({
  alpha: z.number().min(0).default(1).describe("weight of the prototype losses"),
  mu: z.number().min(0).default(0.01).describe("weight of the entropy that slows the leader"),
  momentum: z
    .number()
    .min(0)
    .lt(1)
    .default(0.9)
    .describe("share of a prototype's past in each step"),
  entropyEpochs: z.int().min(0).default(5).describe("epochs in which the leader is slowed"),
});

// Inside the root: a sample on its prototype has a finite gradient.
const EPSILON = 1e-6;

/** Negative distances to the prototypes, `[batch, classes]`. */
function closeness(z: Tensor, prototypes: Tensor): Tensor {
  const own = sumSquare(z, { axes: [1], keep: true }); // [batch, 1]
  const other = transpose(sumSquare(prototypes, { axes: [1], keep: true })); // [1, classes]
  const cross = gemm(z, prototypes, { transposeB: true });
  const squares = add(add(own, other), mul(cross, -2));
  return neg(sqrt(maximum(squares, EPSILON)));
}

/** Running class means; a class that the batch lacks keeps its prototype. */
function movedPrototypes(prototypes: Tensor, z: Tensor, targets: Tensor, momentum: number): Tensor {
  const classes = prototypes.shape[0] as number;
  const counts = reshape(sum(targets, { axes: [0] }), [classes, 1]);
  const totals = gemm(targets, stopGradient(z), { transposeA: true });
  const means = div(totals, maximum(counts, 1));
  const present = cast(greater(counts, 0), "float32");
  return add(prototypes, mul(mul(sub(means, prototypes), 1 - momentum), present));
}

/** Entropy of a softmax, mean over the batch. */
function entropy(logits: Tensor): Tensor {
  const p = softmax(logits);
  const logP = logSoftmax(logits);
  return neg(mean(sum(mul(p, logP), { axes: [-1] })));
}

/** How much the modality behind is to be sped up: `clip(other / own - 1, 0, 1)`. */
export const lag = (own: Tensor, other: Tensor): Tensor =>
  clip(sub(div(other, maximum(own, EPSILON)), 1), 0, 1);

/**
 * PMR: the modality behind, by its prototypes' true-class softmax, gets a prototype cross-entropy in
 * proportion to its lag; in early epochs the leader's prototype entropy is kept high, and nobody's
 * where both stand equal. Prototypes are running class means of the embeddings, updated at each step.
 * Single-label data; any fusion.
 *
 * Source: Fan et al., "PMR: Prototypical Modal Rebalance for Multimodal Learning", CVPR 2023,
 * equations 7 to 13. The released code switches the weights hard and has no entropy term.
 */
export const pmr: BalanceMethod<z.infer<typeof options>> = {
  name: "pmr",
  summary: "speeds up the modality behind by a prototype loss, slows the leader at first",
  source: "Fan et al., CVPR 2023, equations 7 to 13",
  differs: "running prototypes at each step; entropy term as in the paper, not the code",
  options,
  metrics: { "weight.*": "weights of the prototype losses, by how far a modality is behind" },
  supports: singleLabelOnly("a prototype is the mean of one class"),
  search: { alpha: [0.3, 1, 3], mu: [0, 0.01] },
  build: (context, { alpha, mu, momentum }) => {
    const { outputs, inputs, labels, memory, objectives } = context;
    const size = outputs.imageEmbedding.shape[1] as number;
    const { image, text } = bySide((side) => {
      const z = outputs[`${side}Embedding`];
      const prototypes = memory(`prototypes.${side}`, [labels.classes, size], 0);
      const logits = closeness(z, prototypes);
      return {
        logits,
        score: trueScore(context, logits),
        loss: context.lossFor(logits),
        next: movedPrototypes(prototypes, z, inputs.targets, momentum),
      };
    });
    const weights = { image: lag(image.score, text.score), text: lag(text.score, image.score) };
    const slowed = mul(context.control("early"), mu);
    const ofText = where(greater(text.score, image.score), entropy(text.logits), 0);
    const leader = where(greater(image.score, text.score), entropy(image.logits), ofText);
    const pull = add(mul(image.loss, weights.image), mul(text.loss, weights.text));
    const loss = sub(add(objectives.task, mul(pull, alpha)), mul(leader, slowed));
    return {
      ...watchingPlan(context, loss, {
        "weight.image": weights.image,
        "weight.text": weights.text,
      }),
      memory: { "prototypes.image": image.next, "prototypes.text": text.next },
    };
  },
  controls: ({ epoch }, { entropyEpochs }) => ({ early: epoch < entropyEpochs ? 1 : 0 }),
};
