/** @module Gradients kept as products of factors, so that inner products need not form them. */

import type { Use } from "../graph/autodiff.js";
import { floatOf, intOf } from "../graph/attributes.js";
import { cast, equal, mul } from "../graph/functions/elementwise.js";
import { concat, pad, reshape, transpose, unsqueeze } from "../graph/functions/layout.js";
import { gemm, matmul } from "../graph/functions/linear.js";
import { sum } from "../graph/functions/reduce.js";
import { kernelOf, spatialSizes, windowOf } from "../graph/infer/spatial.js";
import { nominalSize, type Shape, sizeOf } from "../graph/shape.js";
import type { Node, Tensor } from "../graph/tensor.js";
import { asRows } from "../graph/vjp/linear.js";
import { tapOf, taps } from "../graph/vjp/conv.js";

/**
 * A gradient `G = X^T D` whose rows belong to samples or positions: the inner product of two is
 * `<G_1, G_2> = sum(D_1 * (K D_2))` with the kernel `K = X_1 X_2^T`, `[rows, rows]`.
 */
export interface Factor {
  /** Kernel with another use of the same parameter, `[rows, rows]`. */
  readonly kernel: (other: Factor) => Tensor;
  /** Left factor or whatever the kernel is made of. */
  readonly left: Tensor;
  /** Output cotangent `D`, `[rows, out]`. */
  readonly cotangent: Tensor;
}

/** How to factor the gradients of one kind of layer. */
export interface FactorRule {
  /** Whether the rule covers a use of a parameter. */
  readonly covers: (node: Node, input: number) => boolean;
  /**
   * Factor of a use. With `bias` the gradient of the node's bias counts as one more row of the
   * weight's, as if the input had a column of ones: that only adds 1 to the kernel.
   */
  readonly factor: (use: Use, bias: boolean) => Factor;
  /** Which input of the node is a bias that {@link factor} can count in, if the node has one. */
  readonly biasOf: (node: Node) => Tensor | null | undefined;
  /** Sizes of the factors for nominal values of the symbolic dimensions. */
  readonly cost: (node: Node, nominal: Nominal) => FactorCost;
}

/** Nominal values of symbolic dimensions, e.g. `{ batch: 64 }`. */
export type Nominal = Readonly<Record<string, number>>;

/** Multiplications of one inner product by factors and of one materialised gradient. */
export interface FactorCost {
  /** Making the kernel, once for all losses. */
  readonly kernel: number;
  /** One product `K D`. */
  readonly product: number;
  /** One materialised gradient. */
  readonly materialised: number;
}

function rowFactor(left: Tensor, cotangent: Tensor, bias: boolean): Factor {
  const addend = bias ? { addend: left.graph.scalar(1, left.dtype) } : {};
  const kernel = (other: Factor): Tensor => gemm(left, other.left, { transposeB: true, ...addend });
  return { left, cotangent, kernel };
}

function matrixCost(rows: number, columns: number, out: number): FactorCost {
  return {
    kernel: rows * rows * columns,
    product: rows * rows * out,
    materialised: rows * columns * out,
  };
}

const rowsOf = (shape: Shape, nominal: Nominal): number => nominalSize(shape.slice(0, -1), nominal);

const isTransposed = (node: Node): boolean => intOf(node.attributes, "transB", 0) === 1;

/**
 * Linear layers: `y = x @ w` of any rank, and Gemm. The two layouts of the weight are two rules,
 * because a weight used both ways has gradients of both layouts, with no common kernel.
 */
const linearRule = (transposed: boolean): FactorRule => ({
  covers: (node, input) =>
    input === 1 &&
    (node.op === "MatMul" || (node.op === "Gemm" && intOf(node.attributes, "transA", 0) === 0)) &&
    isTransposed(node) === transposed &&
    node.inputs[1]!.shape.length === 2,
  factor: ({ node, cotangent }, bias) => {
    const alpha = floatOf(node.attributes, "alpha", 1);
    const rows = asRows(cotangent);
    return rowFactor(asRows(node.inputs[0]!), alpha === 1 ? rows : mul(rows, alpha), bias);
  },
  biasOf: ({ inputs, attributes }) => {
    const plain = floatOf(attributes, "alpha", 1) === 1 && floatOf(attributes, "beta", 1) === 1;
    return plain && inputs[2]?.shape.length === 1 ? inputs[2] : null;
  },
  cost: (node, nominal) => {
    const x = node.inputs[0]!.shape;
    const out = node.outputs[0]!.shape.at(-1) as number;
    return matrixCost(rowsOf(x, nominal), x.at(-1) as number, out);
  },
});

/** Unfolded windows of a convolution's input, `[batch * positions, channels * taps]`. */
function unfold(node: Node): Tensor {
  const x = node.inputs[0]!;
  const window = windowOf(node.attributes, kernelOf(node.op, node.inputs[1]!.shape));
  const sizes = spatialSizes(node.op, node.outputs[0]!.shape);
  const padded = pad(x, [0, 0, ...window.before], [0, 0, ...window.after]);
  const columns = taps(window).map((offset) => tapOf(padded, offset, window, sizes));
  return channelsLast(concat(columns, 1));
}

/** `[batch, channels, ...positions]` as rows of channels. */
function channelsLast(x: Tensor): Tensor {
  const spatial = [...x.shape.keys()].slice(2);
  const moved = transpose(x, [0, ...spatial, 1]);
  return reshape(moved, [sizeOf(moved.shape.slice(0, -1)), x.shape[1]!]);
}

/** Convolutions of one group, as linear layers over unfolded windows. */
const convRule: FactorRule = {
  covers: (node, input) =>
    node.op === "Conv" && input === 1 && intOf(node.attributes, "group", 1) === 1,
  factor: ({ node, cotangent }, bias) => rowFactor(unfold(node), channelsLast(cotangent), bias),
  biasOf: ({ inputs }) => inputs[2],
  cost: (node, nominal) => {
    const [out, ...inner] = node.inputs[1]!.shape as number[];
    const rows = nominalSize(node.outputs[0]!.shape, nominal) / out!;
    return matrixCost(
      rows,
      inner.reduce((product, size) => product * size, 1),
      out!,
    );
  },
};

/** Embedding look-ups: two positions meet where they looked up the same row. */
const embeddingRule: FactorRule = {
  covers: (node, input) =>
    node.op === "Gather" && input === 0 && intOf(node.attributes, "axis", 0) === 0,
  factor: ({ node, cotangent }) => {
    const indices = node.inputs[1]!;
    const rows = reshape(indices, [sizeOf(indices.shape)]);
    const factor: Factor = {
      left: rows,
      cotangent: asRows(cotangent),
      kernel: (other) =>
        cast(equal(unsqueeze(rows, [1]), unsqueeze(other.left, [0])), cotangent.dtype),
    };
    return factor;
  },
  biasOf: () => null,
  cost: (node, nominal) => {
    const rows = nominalSize(node.inputs[1]!.shape, nominal);
    const table = nominalSize(node.inputs[0]!.shape, nominal);
    const width = nominalSize(node.outputs[0]!.shape, nominal) / rows;
    return {
      kernel: rows * rows,
      product: rows * rows * width,
      materialised: table + rows * width,
    };
  },
};

const RULES: readonly FactorRule[] = [linearRule(false), linearRule(true), convRule, embeddingRule];

/** The rule that covers a use of a parameter, if any. */
export function factorRule(node: Node, input: number): FactorRule | undefined {
  return RULES.find((rule) => rule.covers(node, input));
}

/**
 * Inner product of two factored gradients, scalar. The product `K D` is taken with the second, so
 * that several inner products with the same second gradient share it.
 */
export function factoredInner(a: Factor, b: Factor): Tensor {
  return sum(mul(a.cotangent, matmul(a.kernel(b), b.cotangent)));
}
