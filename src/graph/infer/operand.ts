/** @module What shape inference sees of an operator's inputs. */

import type { Attributes } from "../attributes.js";
import type { DType, TensorData } from "../dtype.js";
import type { Shape } from "../shape.js";

/** Type of one output. */
export interface TensorType {
  readonly dtype: DType;
  readonly shape: Shape;
}

/** Where a leaf's value comes from. */
export type Leaf =
  | { readonly kind: "input"; readonly name: string }
  | { readonly kind: "state"; readonly name: string }
  | { readonly kind: "constant"; readonly data: TensorData };

/** An input: its type, and how it is made, from which rules read axes and shapes. */
export interface Operand extends TensorType {
  readonly node: {
    readonly op: string;
    readonly inputs: readonly (Operand | null)[];
    readonly attributes: Attributes;
    readonly leaf?: Leaf;
  };
}
