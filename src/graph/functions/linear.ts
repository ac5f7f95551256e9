/** @module Matrix products. */

import { float, int } from "../attributes.js";
import type { Tensor } from "../tensor.js";

/** `a @ b` over the last two axes, leading axes broadcast. */
export const matmul = (a: Tensor, b: Tensor): Tensor => a.graph.apply("MatMul", [a, b])[0]!;

/** How to multiply with {@link gemm}. */
export interface GemmOptions {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  /** Factor of the product; default 1. */
  readonly alpha?: number;
  /** Added to the product, broadcast. */
  readonly addend?: Tensor;
}

/** `alpha * op(a) @ op(b) + addend` of matrices. */
export function gemm(a: Tensor, b: Tensor, options: GemmOptions = {}): Tensor {
  const { transposeA, transposeB, alpha = 1, addend } = options;
  return a.graph.apply("Gemm", addend ? [a, b, addend] : [a, b], {
    ...(transposeA && { transA: int(1) }),
    ...(transposeB && { transB: int(1) }),
    ...(alpha !== 1 && { alpha: float(alpha) }),
  })[0]!;
}
