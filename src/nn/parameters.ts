/** @module Trainable parameters with explicit tags, declared through nested scopes. */

import type { Modality } from "../data/dataset.js";
import type { Graph } from "../graph/graph.js";
import type { Tensor } from "../graph/tensor.js";
import { randomStream } from "../random.js";
import type { Initializer } from "./initializers.js";

/** What a parameter is part of. */
export type Part = "encoder" | "embedding" | "fusion" | "head";

/** Tags by which balance methods choose parameters; never name patterns. */
export interface ParameterTags {
  /** Which one the parameter serves; `joint` parameters serve both. */
  readonly modality: Modality | "joint";
  readonly part: Part;
}

/** A trainable parameter. */
export interface Parameter extends ParameterTags {
  readonly name: string;
  readonly tensor: Tensor;
  /** Factor of the learning rate. */
  readonly rate: number;
  /** Whether weight decay shrinks it: weights of layers, but not biases, scales and blanks. */
  readonly decays: boolean;
}

/** Whether a parameter is shared by the task and the unimodal losses: encoders and embeddings. */
export function isShared({ part }: ParameterTags): boolean {
  return part === "encoder" || part === "embedding";
}

/**
 * Declares parameters under a name prefix.
 *
 * Initial values depend on the seed and the parameter's name alone, so adding a layer leaves the
 * others as they were. Declaring a name again gives the same tensor: a model may run its forward
 * pass twice in one graph (for example on blank inputs) with shared parameters.
 */
export class ParameterScope {
  readonly #declared: Map<string, Parameter>;

  private constructor(
    readonly graph: Graph,
    readonly seed: number,
    readonly tags: ParameterTags,
    readonly prefix: string,
    declared: Map<string, Parameter>,
  ) {
    this.#declared = declared;
  }

  /** The outermost scope of a graph. */
  static root(graph: Graph, seed: number): ParameterScope {
    return new ParameterScope(graph, seed, { modality: "joint", part: "head" }, "", new Map());
  }

  /** All parameters declared so far, in order. */
  get parameters(): readonly Parameter[] {
    return [...this.#declared.values()];
  }

  /** A scope inside this one; tags that are not given are inherited. */
  child(name: string, tags: Partial<ParameterTags> = {}): ParameterScope {
    const prefix = this.prefix ? `${this.prefix}.${name}` : name;
    return new ParameterScope(
      this.graph,
      this.seed,
      { ...this.tags, ...tags },
      prefix,
      this.#declared,
    );
  }

  /**
   * A parameter of this scope.
   *
   * @param options - `rate`: factor of the learning rate, default 1; `decays`: whether weight decay shrinks it,
   *   default: no.
   */
  parameter(
    name: string,
    shape: readonly number[],
    initializer: Initializer,
    { rate = 1, decays = false }: Partial<Pick<Parameter, "rate" | "decays">> = {},
  ): Tensor {
    const fullName = `${this.prefix}.${name}`;
    const known = this.#declared.get(fullName);
    if (known) return known.tensor;
    const initial = initializer(shape, randomStream(this.seed, "parameter", fullName));
    const tensor = this.graph.state(fullName, shape, initial, "float32");
    this.#declared.set(fullName, { ...this.tags, name: fullName, tensor, rate, decays });
    return tensor;
  }
}
