/** @module Applies a table of coefficients to all parameters. */

import type { Coefficients, GradientEngine } from "../gramian/engine.js";
import type { Tensor } from "../graph/tensor.js";
import type { Parameter } from "../nn/parameters.js";

/**
 * Combined gradients of parameters by a table of coefficients.
 *
 * @param coefficients - The table: coefficients of the losses for a parameter.
 * @returns Gradients of the parameters that some loss reaches.
 */
export function combineGradients<Name extends string>(
  engine: GradientEngine<Name>,
  parameters: readonly Parameter[],
  coefficients: (parameter: Parameter) => Coefficients<Name>,
): Map<Parameter, Tensor> {
  const gradients = new Map<Parameter, Tensor>();
  for (const parameter of parameters) {
    const gradient = engine.combine(parameter, coefficients(parameter));
    if (gradient) gradients.set(parameter, gradient);
  }
  return gradients;
}

/** The losses that every method's table knows. */
type UsualLoss = "task" | "image" | "text";

/**
 * The usual table: fusion and joint classifier follow the task loss, heads their own losses, and the
 * shared parameters a row of their own.
 */
export const usualTable =
  (shared: Coefficients<UsualLoss>) =>
  ({ part }: Parameter): Coefficients<UsualLoss> =>
    part === "fusion" ? { task: 1 } : part === "head" ? { image: 1, text: 1 } : shared;
