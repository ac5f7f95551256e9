/** @module What an import of an ONNX graph asks its caller: the values of inputs, and what weights become. */

import type { Tensor } from "../../tensor.js";

/** What the first use of a weight makes of it. */
export type WeightRole =
  | "linear"
  | "conv"
  | "embedding"
  | "bias"
  | "normalisation"
  /** Scale and bias of a batch normalisation. */
  | "batch-norm"
  /** Running mean and variance of a batch normalisation: never trained. */
  | "statistics"
  | "other";

/** A floating-point initializer that computation reads. */
export interface ImportedWeight {
  /** Name of the initializer in the file. */
  readonly name: string;
  /**
   * Path of the module it belongs to, as far as names tell, e.g. `encoder.layer.0.attention.query.weight`:
   * the initializer's own name, or that of the node which uses it where exporters renamed the weight.
   */
  readonly path: string;
  readonly role: WeightRole;
  readonly shape: readonly number[];
  readonly data: Float32Array;
  /** Position of its first use among the file's nodes, from 0. */
  readonly position: number;
}

/** A product with a weight: `x @ w`, or `x @ w^T`. */
export interface LinearUse {
  readonly weight: ImportedWeight;
  /** `[..., in]`. */
  readonly x: Tensor;
  /** `[..., out]`, without bias. */
  readonly product: Tensor;
  /** Whether the weight is stored `[out, in]`. */
  readonly transposed: boolean;
}

/** How to import a graph. */
export interface ImportOptions {
  /**
   * Value of each of the file's inputs; sizes other than the batch must be known. Inputs that the wanted
   * outputs do not need may be left out.
   */
  readonly inputs: Readonly<Record<string, Tensor>>;
  /** Which outputs to compute; default: all. */
  readonly outputs?: readonly string[];
  /** What a weight becomes, asked once per weight; default: a constant. */
  readonly weight?: (weight: ImportedWeight) => Tensor;
  /** May add to a product with a weight, for example a low-rank update. */
  readonly linear?: (use: LinearUse) => Tensor;
  /** What a Dropout node of the file does; default: nothing, as in evaluation. */
  readonly dropout?: (x: Tensor, rate: number, node: string) => Tensor;
}
