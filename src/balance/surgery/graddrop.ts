/** @module GradDrop: one sign per coordinate, drawn by how the gradients agree. */

import { z } from "zod";

import { GradientEngine } from "../../gramian/engine.js";
import {
  abs,
  add,
  cast,
  div,
  greater,
  less,
  maximum,
  mul,
  sub,
} from "../../graph/functions/elementwise.js";
import { addAll } from "../../graph/functions/layout.js";
import type { Tensor } from "../../graph/tensor.js";
import { isShared, type Parameter } from "../../nn/parameters.js";
import { combineGradients } from "../combination.js";
import { coordinateUniform } from "../coordinateNoise.js";
import type { BalanceMethod } from "../method.js";
import { SURGERY_LOSSES } from "./weighting.js";

const TINY = 1e-30;

/** Keeps the positive parts where a coordinate's purity exceeds its noise, else the negative ones. */
export function dropSigns(gradients: readonly Tensor[], uniform: Tensor): Tensor {
  const total = addAll(gradients);
  const size = maximum(addAll(gradients.map(abs)), TINY);
  const purity = mul(add(div(total, size), 1), 0.5);
  const positive = cast(greater(purity, uniform), total.dtype);
  const kept = gradients.map((g) => {
    const up = mul(cast(greater(g, 0), g.dtype), positive);
    const down = mul(cast(less(g, 0), g.dtype), sub(1, positive));
    return mul(g, add(up, down));
  });
  return addAll(kept);
}

/**
 * GradDrop: in each coordinate only the gradients of one sign pass, the sign drawn by purity. Needs
 * the gradients themselves, so a step costs more than with Gramian methods.
 *
 * Source: Chen et al., "Just Pick a Sign", NeurIPS 2020, equations 1 to 4; over the shared
 * parameters, without leak.
 */
export const graddrop: BalanceMethod = {
  name: "graddrop",
  summary: "lets gradients of one sign pass in each coordinate",
  source: "Chen et al., NeurIPS 2020, equations 1 to 4",
  differs: "parameters, not activations; no leak",
  options: z.strictObject({}),
  build: (context) => {
    const { task, image, text } = context.objectives;
    const engine = new GradientEngine({ task, image, text }, context.parameters, context.engine);
    const fresh = context.noise("graddrop", [1]);
    const others = context.parameters.filter((parameter) => !isShared(parameter));
    const gradients = combineGradients(engine, others, ({ part }) =>
      part === "fusion" ? { task: 1 } : { image: 1, text: 1 },
    );
    const picked = (parameter: Parameter): Tensor | undefined => {
      const each = SURGERY_LOSSES.flatMap((loss) => engine.combine(parameter, { [loss]: 1 }) ?? []);
      const shape = parameter.tensor.shape as number[];
      return each.length > 0
        ? dropSigns(each, coordinateUniform(shape, parameter.name, fresh))
        : undefined;
    };
    for (const parameter of context.parameters.filter(isShared)) {
      const gradient = picked(parameter);
      if (gradient) gradients.set(parameter, gradient);
    }
    return {
      gradients,
      metrics: { "loss.task": task, "loss.image": image, "loss.text": text },
    };
  },
};
