/** @module Vector-Jacobian products of matrix products. */

import { floatOf, intOf } from "../attributes.js";
import { mul } from "../functions/elementwise.js";
import { matrixTranspose, reshape } from "../functions/layout.js";
import { gemm, matmul } from "../functions/linear.js";
import { sizeOf } from "../shape.js";
import type { Tensor } from "../tensor.js";
import { again } from "./again.js";
import { inputOf, unbroadcast, type VjpRule } from "./rule.js";

/** A tensor as a matrix: all axes but the last in one, so that one product serves any rank. */
export function asRows(x: Tensor): Tensor {
  return reshape(x, [sizeOf(x.shape.slice(0, -1)), x.shape.at(-1)!]);
}

const matMul: VjpRule = (ct, node) => {
  const a = inputOf(node, 0);
  const b = inputOf(node, 1);
  const sharedWeight = b.shape.length === 2;
  // Positions of sequences are what memory is spent on; a matrix is one row for each sample.
  const left = (): Tensor => (a.shape.length > 2 ? again(a) : a);
  return [
    () =>
      a.shape.length === 2 && sharedWeight
        ? gemm(ct, b, { transposeB: true })
        : unbroadcast(matmul(ct, matrixTranspose(b)), a),
    () =>
      sharedWeight
        ? gemm(asRows(left()), asRows(ct), { transposeA: true })
        : unbroadcast(matmul(matrixTranspose(a), ct), b),
  ];
};

const gemmRule: VjpRule = (ct, node) => {
  const a = inputOf(node, 0);
  const b = inputOf(node, 1);
  const c = node.inputs[2];
  const transA = intOf(node.attributes, "transA", 0) === 1;
  const transB = intOf(node.attributes, "transB", 0) === 1;
  const alpha = floatOf(node.attributes, "alpha", 1);
  const beta = floatOf(node.attributes, "beta", 1);
  return [
    () =>
      transA
        ? gemm(b, ct, { transposeA: transB, transposeB: true, alpha })
        : gemm(ct, b, { transposeB: !transB, alpha }),
    () =>
      transB
        ? gemm(ct, a, { transposeA: true, transposeB: transA, alpha })
        : gemm(a, ct, { transposeA: !transA, alpha }),
    c ? () => unbroadcast(beta === 1 ? ct : mul(ct, beta), c) : null,
  ];
};

export const linearVjp = { MatMul: matMul, Gemm: gemmRule } satisfies Record<string, VjpRule>;
