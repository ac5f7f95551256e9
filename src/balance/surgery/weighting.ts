/** @module Gradient surgery as balance methods: a small Gramian in, one weight per loss out. */

import type { z } from "zod";

import { type Coefficients, GradientEngine } from "../../gramian/engine.js";
import { maximum, div, mul, sqrt } from "../../graph/functions/elementwise.js";
import type { Tensor, TensorGraph } from "../../graph/tensor.js";
import { isShared } from "../../nn/parameters.js";
import { combineGradients, usualTable } from "../combination.js";
import type { BalanceContext, BalanceMethod, TrainingProgress } from "../method.js";

/** The losses that surgery combines, in the order of all weights. */
export const SURGERY_LOSSES = ["task", "image", "text"] as const;

/** What a weighting may use beside the gradients. */
export type SurgeryContext = Pick<BalanceContext, "noise" | "memory" | "control"> & {
  readonly graph: TensorGraph;
};

/** What a weighting may use. */
export interface WeightingInputs {
  /** `<g_i, g_j>` of the losses' gradients over the shared parameters, scalars. */
  readonly gramian: readonly (readonly Tensor[])[];
  /** The losses, scalars. */
  readonly losses: readonly Tensor[];
  readonly context: SurgeryContext;
}

/** One weight per loss, and what to remember and record. */
export interface Weights {
  readonly weights: readonly Tensor[];
  readonly memory?: Readonly<Record<string, Tensor>>;
}

/** A weighting method. */
export interface Weighting<Options extends object> {
  readonly name: string;
  readonly summary: string;
  readonly source: string;
  readonly differs?: string;
  readonly options: z.ZodType<Options>;
  /** The number of losses that it is made for; left out: any. */
  readonly losses?: number;
  readonly search?: Readonly<Record<string, readonly unknown[]>>;
  /** The weights, as tensors of the gradients' graph. */
  weigh(inputs: WeightingInputs, options: Options): Weights;
  readonly controls?: (progress: TrainingProgress) => Readonly<Record<string, number>>;
}

/** A balance method that is gradient surgery; `combinedGradients` works with its weights, too. */
export interface SurgeryMethod<Options extends object = object>
  extends BalanceMethod<Options>, Pick<Weighting<Options>, "weigh" | "losses"> {}

// Guards cosines at vanishing gradients only.
const TINY = 1e-30;

/**
 * A balance method from a weighting: shared parameters follow `sum_i w_i grad L_i` over the task
 * loss and the two unimodal losses, fusion and heads their own losses.
 */
export function surgery<Options extends object>(
  weighting: Weighting<Options>,
): SurgeryMethod<Options> {
  return {
    ...weighting,
    metrics: {
      "weight.task": "weight of the task gradient",
      "weight.*": "weights of the gradients of the unimodal losses",
      "norm.task": "length of the task gradient over the shared parameters",
      "cosine.*": "cosine between the task gradient and that of the head's loss",
    },
    build: (context, options) => {
      const { task, image, text } = context.objectives;
      const losses = { task, image, text };
      const engine = new GradientEngine(losses, context.parameters, context.engine);
      const shared = context.parameters.filter(isShared);
      const gramian = engine.gramian(SURGERY_LOSSES, shared);
      const { weights, memory } = weighting.weigh(
        { gramian, losses: [task, image, text], context },
        options,
      );
      const [ofTask, ofImage, ofText] = weights as [Tensor, Tensor, Tensor];
      const row: Coefficients<keyof typeof losses> = { task: ofTask, image: ofImage, text: ofText };
      const norm = (at: number): Tensor => sqrt(gramian[at]![at]!);
      const cosine = (at: number): Tensor =>
        div(gramian[0]![at]!, maximum(mul(norm(0), norm(at)), TINY));
      return {
        gradients: combineGradients(engine, context.parameters, usualTable(row)),
        metrics: {
          "loss.task": task,
          "loss.image": image,
          "loss.text": text,
          "weight.task": ofTask,
          "weight.image": ofImage,
          "weight.text": ofText,
          "norm.task": norm(0),
          "cosine.image": cosine(1),
          "cosine.text": cosine(2),
        },
        ...(memory && { memory }),
      };
    },
  };
}
