/** @module Tensors that stand for the parameters behind them when gradients are compared. */

import { ancestorsOf } from "../graph/ancestors.js";
import { backwardFrom, type Use } from "../graph/autodiff.js";
import type { Tensor } from "../graph/tensor.js";
import type { Parameter } from "../nn/parameters.js";

/**
 * A boundary through the graph, for example at the encoders' outputs.
 *
 * Cotangents of several losses are compared at the boundary, and only their combination goes on
 * backwards to the parameters behind it: one backward pass through the encoders, however many losses
 * there are.
 */
export class Boundary {
  readonly #feeds = new Map<Parameter, readonly Tensor[]>();
  readonly #passes = new Map<string, Map<Tensor, Use[]>>();

  /**
   * @param tensors - Where cotangents are compared; none of them depends on another.
   * @param parameters - All parameters; those that no tensor of the boundary depends on stand for themselves.
   */
  constructor(
    readonly tensors: readonly Tensor[],
    parameters: readonly Parameter[],
  ) {
    const ancestors = tensors.map((tensor) => new Set(ancestorsOf([tensor])));
    for (const parameter of parameters) {
      const fed = tensors.filter((_, at) => ancestors[at]!.has(parameter.tensor.node));
      if (fed.length > 0) this.#feeds.set(parameter, fed);
    }
  }

  /** Tensors of the boundary that depend on a parameter; none where it is not behind the boundary. */
  fedBy(parameter: Parameter): readonly Tensor[] {
    return this.#feeds.get(parameter) ?? [];
  }

  /**
   * Uses of a parameter behind the boundary, with the cotangents that arrive there.
   *
   * @param key - Names the combination: the pass is built once for all parameters that share it.
   * @param combined - Combined cotangent of a tensor of the boundary, where it has one.
   */
  uses(
    parameter: Parameter,
    key: string,
    combined: (tensor: Tensor) => Tensor | undefined,
  ): readonly Use[] {
    const fed = this.fedBy(parameter);
    const passKey = `${fed.map((tensor) => this.tensors.indexOf(tensor)).join()} ${key}`;
    const pass = this.#passes.get(passKey) ?? this.#pass(fed, combined);
    this.#passes.set(passKey, pass);
    return pass.get(parameter.tensor)!;
  }

  /** A backward pass from some tensors of the boundary to the parameters that feed no others. */
  #pass(
    fed: readonly Tensor[],
    combined: (tensor: Tensor) => Tensor | undefined,
  ): Map<Tensor, Use[]> {
    const cotangents = new Map(
      fed.flatMap((tensor) => {
        const cotangent = combined(tensor);
        return cotangent ? [[tensor, cotangent] as const] : [];
      }),
    );
    const behind = [...this.#feeds].filter(([, feeds]) => sameTensors(feeds, fed));
    return backwardFrom(
      cotangents,
      behind.map(([{ tensor }]) => tensor),
    );
  }
}

const sameTensors = (a: readonly Tensor[], b: readonly Tensor[]): boolean =>
  a.length === b.length && a.every((tensor, at) => tensor === b[at]);
