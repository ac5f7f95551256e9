/** @module Plans of methods that train with task losses of their own and only watch the heads. */

import { GradientEngine } from "../gramian/engine.js";
import {
  add,
  cast,
  div,
  equal,
  greater,
  greaterOrEqual,
  maximum,
  mul,
  sigmoid,
  softmax,
  stopGradient,
} from "../graph/functions/elementwise.js";
import { expandLike, unsqueeze } from "../graph/functions/layout.js";
import { max, mean, sum } from "../graph/functions/reduce.js";
import type { Tensor } from "../graph/tensor.js";
import { bySide, type Sides } from "../model/network.js";
import { isShared, type Parameter } from "../nn/parameters.js";
import { combineGradients } from "./combination.js";
import type { BalanceContext, BalancePlan } from "./method.js";
import type { Modality } from "../data/dataset.js";

/**
 * A plan in which everything but the unimodal heads follows one loss; the heads are probes.
 *
 * @param loss - What is minimised, scalar.
 * @param metrics - Recorded beside the losses.
 */
export function watchingPlan(
  { objectives, parameters, engine: options }: BalanceContext,
  loss: Tensor,
  metrics: Readonly<Record<string, Tensor>> = {},
): BalancePlan {
  const { task, image, text } = objectives;
  const engine = new GradientEngine({ main: loss, image, text }, parameters, options);
  return {
    gradients: combineGradients(engine, parameters, ({ part }) =>
      part === "head" ? { image: 1, text: 1 } : { main: 1 },
    ),
    probes: parameters.filter(({ part }) => part === "head"),
    metrics: { "loss.task": task, "loss.image": image, "loss.text": text, ...metrics },
  };
}

/** A plan whose gradients of each modality's encoder and embedding are changed. */
export function changedPlan(
  plan: BalancePlan,
  change: (gradient: Tensor, parameter: Parameter, side: Modality) => Tensor,
): BalancePlan {
  const gradients = [...plan.gradients].map(([parameter, gradient]) => {
    const { modality } = parameter;
    const touched = isShared(parameter) && modality !== "joint";
    return [parameter, touched ? change(gradient, parameter, modality) : gradient] as const;
  });
  return { ...plan, gradients: new Map(gradients) };
}

/**
 * Score of each sample's true labels under some logits, `[batch]`: the probability of the true class;
 * multi-label: the mean probability of the sample's labels, 0 where it has none. No cotangent.
 */
export function trueScores(
  { inputs, labels: { labelKind } }: BalanceContext,
  logits: Tensor,
): Tensor {
  const probabilities = labelKind === "single-label" ? softmax(logits) : sigmoid(logits);
  const hits = overClasses(mul(probabilities, inputs.targets));
  const labels = maximum(overClasses(inputs.targets), 1);
  return stopGradient(div(hits, labels));
}

/** Mean of {@link trueScores} over the batch, scalar. */
export const trueScore = (context: BalanceContext, logits: Tensor): Tensor =>
  mean(trueScores(context, logits));

/**
 * Whether each sample is decided rightly under some logits, `[batch]`: 1 or 0; multi-label: the share
 * of right decisions over the labels. No cotangent.
 */
export function rightDecisions(
  { inputs, labels: { labelKind } }: BalanceContext,
  logits: Tensor,
): Tensor {
  const { targets } = inputs;
  if (labelKind === "multi-label") {
    const decisions = cast(greater(logits, 0), "float32");
    return stopGradient(mean(cast(equal(decisions, targets), "float32"), { axes: [-1] }));
  }
  const truth = overClasses(mul(logits, targets));
  return stopGradient(cast(greaterOrEqual(truth, max(logits, { axes: [-1] })), "float32"));
}

/**
 * Each modality's share of the joint logits.
 *
 * @throws {TypeError} where the fusion is not additive: the method should say that it supports no others.
 */
export function additiveShares({ network, outputs }: BalanceContext): Sides {
  const shares = network.shares({ image: outputs.imageEmbedding, text: outputs.textEmbedding });
  if (shares) return shares;
  throw new TypeError(`The fusion ${network.fusion} has no shares; the method lacks \`supports\`.`);
}

/** {@link trueScore} of each modality's share of the joint logits. */
export const shareScores = (context: BalanceContext, shares: Sides): Sides =>
  bySide((side) => trueScore(context, shares[side]));

/** Joint logits without each modality: its embedding is the blank's, for the whole batch. */
export function logitsWithout({ network, outputs }: BalanceContext): Sides {
  const z = { image: outputs.imageEmbedding, text: outputs.textEmbedding };
  const blanks = network.blanks();
  return bySide((side) => network.fuse({ ...z, [side]: expandLike(blanks[side], z[side]) }));
}

/**
 * Joint logits as if each sample had one modality only, by the modality, where the fusion knows what is there.
 *
 * @param z - Embeddings; default: those of the batch.
 */
export function logitsAlone(
  { network, outputs, inputs }: BalanceContext,
  z: Sides = { image: outputs.imageEmbedding, text: outputs.textEmbedding },
): Sides {
  const none = mul(unsqueeze(inputs.imagePresent, [1]), 0); // [batch, 1]
  const some = add(none, 1);
  return bySide((side) =>
    network.fuse(z, { image: side === "image" ? some : none, text: side === "text" ? some : none }),
  );
}

/** Sum over the last axis. */
const overClasses = (x: Tensor): Tensor => sum(x, { axes: [-1] });
