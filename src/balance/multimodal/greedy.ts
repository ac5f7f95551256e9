/** @module Greedy: the modality that the model uses without learning it gets steps of its own. */

import { z } from "zod";

import {
  abs,
  add,
  cast,
  div,
  equal,
  greater,
  log,
  maximum,
  mul,
  stopGradient,
  sub,
  where,
} from "../../graph/functions/elementwise.js";
import { addAll, expandLike, reshape, slice } from "../../graph/functions/layout.js";
import { mean, sumSquare } from "../../graph/functions/reduce.js";
import type { Tensor } from "../../graph/tensor.js";
import { bySide } from "../../model/network.js";
import { isShared, type Parameter } from "../../nn/parameters.js";
import type { BalanceContext, BalanceMethod, BalancePlan } from "../method.js";
import { watchingPlan } from "../watching.js";
import type { Modality } from "../../data/dataset.js";

const options = z.strictObject({
  threshold: z
    .number()
    .min(0)
    .default(0.01)
    .describe("difference of the conditional learning speeds that starts re-balancing"),
  window: z.int().min(1).default(5).describe("re-balancing steps in a row"),
  start: z.int().min(0).default(2).describe("first epoch with re-balancing"),
});

const TINY = 1e-12;

/** Whether a fusion parameter brings a modality in: with `cosine` each has a matrix of its own. */
const bringsIn = ({ network }: BalanceContext, side: Modality, { tensor }: Parameter): boolean =>
  network.fusion !== "cosine" || tensor === network.weights().classifier[side];

/**
 * The rows of a fusion parameter, or of its gradient, that meet one embedding: half of the matrix of
 * `concat`, all where it serves both alike.
 */
function rowsOf({ network }: BalanceContext, side: Modality, tensor: Tensor): Tensor {
  if (network.fusion !== "concat" || tensor.shape.length !== 2) return tensor;
  const embed = (tensor.shape[0] as number) / 2;
  const start = side === "image" ? 0 : embed;
  return slice(tensor, [{ axis: 0, start, end: start + embed }]);
}

/** `sum |g|^2 / sum |theta|^2` of one step. */
function learningSpeed(entries: readonly (readonly [Tensor, Tensor])[]): Tensor {
  const total = (tensors: readonly Tensor[]): Tensor =>
    addAll(tensors.map((tensor) => sumSquare(tensor)));
  const sizes = total(entries.map(([parameter]) => parameter));
  return div(total(entries.map(([, gradient]) => gradient)), maximum(sizes, TINY));
}

/**
 * Speeds in one step: of a modality's own parameters, and of those of the fusion that bring the other
 * modality in.
 */
function speedsOf(
  context: BalanceContext,
  side: Modality,
  other: Modality,
  gradients: BalancePlan["gradients"],
) {
  const own = [...gradients].filter(([one]) => isShared(one) && one.modality === side);
  const fusion = [...gradients].filter(
    ([one]) => one.part === "fusion" && bringsIn(context, other, one),
  );
  const rows = (tensor: Tensor): Tensor => rowsOf(context, other, tensor);
  return {
    own: learningSpeed(own.map(([{ tensor }, gradient]) => [tensor, gradient])),
    other: learningSpeed(fusion.map(([{ tensor }, gradient]) => [rows(tensor), rows(gradient)])),
  };
}

/**
 * Conditional learning speed: log of how fast the parameters that bring the other modality in learn,
 * relative to a modality's own, both summed over the regular steps so far. Where it is high, the model
 * takes from the other modality what it could learn from this one.
 */
export const conditionalSpeed = (other: Tensor, own: Tensor): Tensor =>
  log(div(maximum(other, TINY), maximum(own, TINY)));

/** The turn after a step: 1 the image alone, -1 the text alone, 0 both. */
export function nextTurn(
  turn: Tensor,
  left: Tensor,
  difference: Tensor,
  { threshold, window, unlocked }: { threshold: number; window: number; unlocked: Tensor },
): { readonly turn: Tensor; readonly left: Tensor } {
  const regular = equal(turn, 0);
  const flag = (condition: Tensor): Tensor => cast(condition, turn.dtype);
  const apart = mul(flag(greater(abs(difference), threshold)), unlocked);
  const sign = sub(mul(flag(greater(difference, 0)), 2), 1);
  const rest = maximum(sub(left, 1), 0);
  const goesOn = flag(greater(rest, 0));
  return {
    turn: where(regular, mul(sign, apart), mul(turn, goesOn)),
    left: where(regular, mul(apart, window), rest),
  };
}

/** Running means of both embeddings with this batch, `[embed]`; the other's stands in for it. */
function runningMeans({ outputs, memory }: BalanceContext) {
  const steps = add(memory("steps", [], 0), 1);
  const next = bySide((side) => {
    const z = stopGradient(outputs[`${side}Embedding`]);
    const before = memory(`mean.${side}`, [z.shape[1] as number], 0);
    return add(before, div(sub(mean(z, { axes: [0] }), before), steps));
  });
  return { steps, next };
}

/**
 * Greedy: balanced multi-modal learning by conditional learning speed. Where the fusion
 * learns the other modality faster than a modality's encoder learns, compared with the other way round,
 * some steps show that modality alone, the running mean of the other's embedding in its place. The paper fuses
 * by MMTM units inside the encoders; here the fusion of the embeddings takes their part, so any
 * fusion will do. With multi-label data only the losses change: speeds are those of parameters.
 *
 * Source: Wu et al., "Characterizing and Overcoming the Greedy Nature of Learning in Multi-modal Deep
 * Neural Networks", ICML 2022, section 5 and Algorithm 1.
 */
export const greedy: BalanceMethod<z.infer<typeof options>> = {
  name: "greedy",
  summary: "adds steps for one modality alone while it learns more slowly than the other",
  source: "Wu et al., ICML 2022, section 5",
  differs: "works on the fusion of the embeddings instead of MMTM units",
  options,
  metrics: { "turn.*": "1 in steps that train the modality alone" },
  search: { threshold: [0.01, 0.1, 1], window: [5, 20] },
  build: (context, { threshold, window }) => {
    const { outputs, network, objectives, memory, control } = context;
    const { imageEmbedding, textEmbedding } = outputs;
    const z = { image: imageEmbedding, text: textEmbedding };
    const embed = imageEmbedding.shape[1] as number;
    const means = runningMeans(context);
    const alone = bySide((_, other) => {
      const blank = expandLike(reshape(means.next[other], [1, embed]), z[other]);
      return context.lossFor(network.fuse({ ...z, [other]: blank }));
    });
    const turn = memory("turn", [], 0);
    const is = (value: number): Tensor => cast(equal(turn, value), "float32");
    const loss = addAll([
      mul(objectives.task, is(0)),
      mul(alone.image, is(1)),
      mul(alone.text, is(-1)),
    ]);
    const plan = watchingPlan(context, loss, { "turn.image": is(1), "turn.text": is(-1) });
    const sums = bySide((side, other) => {
      const speeds = speedsOf(context, side, other, plan.gradients);
      const sum = (kind: "own" | "other"): Tensor =>
        add(memory(`${kind}.${side}`, [], 0), mul(speeds[kind], is(0)));
      return { own: sum("own"), other: sum("other") };
    });
    const speed = bySide((side) => conditionalSpeed(sums[side].other, sums[side].own));
    const next = nextTurn(turn, memory("left", [], 0), sub(speed.image, speed.text), {
      ...{ threshold, window },
      unlocked: control("unlocked"),
    });
    return {
      ...plan,
      memory: {
        ...{ turn: next.turn, left: next.left, steps: means.steps },
        ...{ "mean.image": means.next.image, "mean.text": means.next.text },
        ...{ "own.image": sums.image.own, "own.text": sums.text.own },
        ...{ "other.image": sums.image.other, "other.text": sums.text.other },
      },
    };
  },
  controls: ({ epoch }, { start }) => ({ unlocked: epoch >= start ? 1 : 0 }),
};
