/** @module Matrix products of ONNX files. */

import { add, mul } from "../../../functions/elementwise.js";
import {
  matrixTranspose,
  reshape,
  squeeze,
  transpose,
  unsqueeze,
} from "../../../functions/layout.js";
import { gemm, matmul } from "../../../functions/linear.js";
import { asRows } from "../../../vjp/linear.js";
import type { Tensor } from "../../../tensor.js";
import type { Operator, OperatorCall } from "../call.js";
import type { ImportedWeight } from "../options.js";

/** The weight behind a matrix, and whether it was transposed on the way. */
function weightBehind(
  call: OperatorCall,
  matrix: Tensor,
): { weight: ImportedWeight; tensor: Tensor; transposed: boolean } | undefined {
  if (matrix.shape.length !== 2) return undefined;
  const { weights } = call.scope;
  const own = weights.weightOf(matrix);
  if (own) return { weight: own, tensor: matrix, transposed: false };
  const source = matrix.node.op === "Transpose" ? matrix.node.inputs[0]! : undefined;
  const weight = source && weights.weightOf(source);
  return weight && { weight, tensor: source, transposed: true };
}

/** `x @ w`, or `x @ w^T`, by a weight as it is stored, with what the caller adds. */
function byWeight(
  call: OperatorCall,
  x: Tensor,
  weight: ImportedWeight,
  tensor: Tensor,
  transposed: boolean,
): Tensor {
  const product = transposed
    ? reshape(gemm(asRows(x), tensor, { transposeB: true }), [
        ...x.shape.slice(0, -1),
        tensor.shape[0]!,
      ])
    : matmul(x, tensor);
  return call.scope.options.linear?.({ weight, x, product, transposed }) ?? product;
}

/** `a @ b`; a weight on the right goes by the caller. */
export function product(call: OperatorCall, a: Tensor, b: Tensor): Tensor {
  const found = weightBehind(call, b);
  return found && a.shape.length >= 2
    ? byWeight(call, a, found.weight, found.tensor, found.transposed)
    : matmul(a, b);
}

/** Vectors become matrices of one row or column, which is taken away again. */
const matMul: Operator = (call) => {
  const [a, b] = [call.tensor(0, roleOf(call, 0)), call.tensor(1, roleOf(call, 1))];
  const [row, column] = [a.shape.length === 1, b.shape.length === 1];
  const result = product(call, row ? unsqueeze(a, [0]) : a, column ? unsqueeze(b, [1]) : b);
  const axes = [...(row ? [-2] : []), ...(column ? [-1] : [])];
  return axes.length > 0 ? squeeze(result, axes) : result;
};

/** Matrices of weights are linear layers; other initializers may be constants. */
const roleOf = (call: OperatorCall, index: number): "linear" | undefined =>
  call.constant(index) ? undefined : "linear";

const gemmOperator: Operator = (call) => {
  const [a, b] = [call.tensor(0, roleOf(call, 0)), call.tensor(1, roleOf(call, 1))];
  const addend = call.optional(2, call.constant(2) ? undefined : "bias");
  const transposeA = call.int("transA", 0) === 1;
  const transposeB = call.int("transB", 0) === 1;
  const alpha = call.float("alpha", 1);
  const beta = call.float("beta", 1);
  const scaled = addend && beta !== 1 ? mul(addend, beta) : addend;
  const weight = call.scope.weights.weightOf(b);
  const { linear } = call.scope.options;
  if (!weight || !linear) {
    return gemm(a, b, { transposeA, transposeB, alpha, ...(scaled && { addend: scaled }) });
  }
  const x = transposeA ? transpose(a) : a;
  const plain = gemm(x, b, { transposeB });
  const changed = linear({ weight, x, product: plain, transposed: transposeB });
  const result = alpha === 1 ? changed : mul(changed, alpha);
  return scaled ? add(result, scaled) : result;
};

const fusedMatMul: Operator = (call) => {
  if (call.int("transBatchA", 0) + call.int("transBatchB", 0) > 0) {
    return call.fail("transposing batch axes is not supported.");
  }
  const [a, b] = [call.tensor(0, roleOf(call, 0)), call.tensor(1, roleOf(call, 1))];
  const left = call.int("transA", 0) === 1 ? matrixTranspose(a) : a;
  const right = call.int("transB", 0) === 1 ? matrixTranspose(b) : b;
  const alpha = call.float("alpha", 1);
  const result = product(call, left, right);
  return alpha === 1 ? result : mul(result, alpha);
};

export const linearOperators: Readonly<Record<string, Operator>> = {
  MatMul: matMul,
  Gemm: gemmOperator,
};

export const microsoftLinear: Readonly<Record<string, Operator>> = {
  FusedMatMul: fusedMatMul,
  TransposeMatMul: fusedMatMul,
};
