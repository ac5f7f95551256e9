/** @module MMPareto: joint and unimodal gradients of each encoder at their Pareto point. */

import { z } from "zod";

import { GradientEngine } from "../../gramian/engine.js";
import {
  add,
  clip,
  div,
  greater,
  maximum,
  mul,
  sqrt,
  sub,
  where,
} from "../../graph/functions/elementwise.js";
import type { Tensor } from "../../graph/tensor.js";
import { isShared } from "../../nn/parameters.js";
import { combineGradients } from "../combination.js";
import type { BalanceMethod } from "../method.js";
import type { Modality } from "../../data/dataset.js";

const options = z.strictObject({
  gamma: z.number().positive().default(1.5).describe("factor of the combined gradient's length"),
});

const TINY = 1e-20;

/**
 * Coefficients of the joint and the unimodal gradient of one encoder, from their inner products:
 * their sum where they agree, twice the min-norm combination where they conflict, made as long as
 * their sum at least, times gamma.
 */
export function paretoCoefficients(joint: Tensor, cross: Tensor, own: Tensor, gamma: number) {
  const distance = maximum(sub(add(joint, own), mul(cross, 2)), TINY);
  const minNorm = clip(div(sub(own, cross), distance), 0, 1);
  const weight = where(greater(cross, 0), 0.5, minNorm); // of the joint gradient
  const other = sub(1, weight);
  const square = add(
    add(mul(mul(weight, weight), joint), mul(mul(other, other), own)),
    mul(mul(mul(weight, other), cross), 2),
  );
  const sum = maximum(add(add(joint, own), mul(cross, 2)), 0);
  const length = mul(sqrt(maximum(square, TINY)), 2);
  const scale = mul(maximum(div(sqrt(sum), length), 1), 2 * gamma);
  return { joint: mul(weight, scale), own: mul(other, scale) };
}

/**
 * MMPareto: in each modality's encoder and embedding the gradients of the task and the unimodal loss
 * are combined without conflict and with enough length to generalise. The lengths are taken over the
 * whole encoder, not per tensor as in the official code.
 *
 * Source: Wei and Hu, "MMPareto", ICML 2024, equations 9 to 11, Algorithm 1.
 */
export const mmpareto: BalanceMethod<z.infer<typeof options>> = {
  name: "mmpareto",
  summary: "combines each encoder's joint and unimodal gradients without conflict",
  source: "Wei and Hu, ICML 2024, Algorithm 1",
  differs: "lengths over an encoder, not per tensor",
  options,
  metrics: { "weight.*": "weights of the unimodal gradients" },
  search: { gamma: [1, 1.5, 2] },
  build: ({ objectives, parameters, engine: engineOptions }, { gamma }) => {
    const { task, image, text } = objectives;
    const engine = new GradientEngine({ task, image, text }, parameters, engineOptions);
    const side = (name: Modality) => {
      const own = parameters.filter((p) => isShared(p) && p.modality === name);
      const inner = (a: "task" | typeof name, b: "task" | typeof name) => engine.inner(a, b, own);
      return paretoCoefficients(
        inner("task", "task"),
        inner("task", name),
        inner(name, name),
        gamma,
      );
    };
    const sides = { image: side("image"), text: side("text") };
    return {
      gradients: combineGradients(engine, parameters, (parameter) => {
        const { part, modality } = parameter;
        if (part === "fusion") return { task: 1 };
        if (part === "head" || modality === "joint") return { image: 1, text: 1 };
        const { joint, own } = sides[modality];
        return { task: joint, [modality]: own };
      }),
      metrics: {
        "loss.task": task,
        "loss.image": image,
        "loss.text": text,
        "weight.image": sides.image.own,
        "weight.text": sides.text.own,
      },
    };
  },
};
