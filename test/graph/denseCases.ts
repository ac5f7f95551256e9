/** @module Cases of elementwise operators, matrix products, reductions and normalisation. */

import * as f from "../../src/graph/functions/elementwise.js";
import { gemm, matmul } from "../../src/graph/functions/linear.js";
import { layerNormalization } from "../../src/graph/functions/normalize.js";
import * as r from "../../src/graph/functions/reduce.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { apart, type Case, type CaseInput, normal, positive } from "./derivatives.js";

type Unary = (x: Tensor) => Tensor;
type Binary = (a: Tensor, b: Tensor) => Tensor;

const unary = (name: string, x: CaseInput, apply: Unary): Case => ({
  name,
  inputs: { x },
  build: ({ x: tensor }) => apply(tensor!),
});

const binary = (name: string, a: CaseInput, b: CaseInput, apply: Binary): Case => ({
  name,
  inputs: { a, b },
  build: ({ a: left, b: right }) => apply(left!, right!),
});

const SMOOTH: Readonly<Record<string, Unary>> = {
  neg: f.neg,
  exp: f.exp,
  sigmoid: f.sigmoid,
  tanh: f.tanh,
  erf: f.erf,
  gelu: f.gelu,
  softplus: f.softplus,
  sin: f.sin,
  cos: f.cos,
  square: f.square,
  "softmax of the last axis": (x) => f.softmax(x),
  "softmax of the first axis": (x) => f.softmax(x, 0),
  "log softmax": (x) => f.logSoftmax(x),
  "log softmax of the first axis": (x) => f.logSoftmax(x, 0),
  identity: (x) => x.graph.apply("Identity", [x])[0]!,
  "cast there and back": (x) =>
    f.cast(f.cast(x, x.dtype === "float64" ? "float32" : "float64"), x.dtype),
};

const KINKED: Readonly<Record<string, Unary>> = {
  abs: f.abs,
  relu: f.relu,
  "leaky relu": (x) => f.leakyRelu(x, 0.2),
  elu: (x) => f.elu(x, 0.7),
  clip: (x) => f.clip(x, -0.4, 0.3),
  "where, by a comparison": (x) => f.where(f.greater(x, 0), f.mul(x, 3), f.square(x)),
};

const POSITIVE: Readonly<Record<string, Unary>> = {
  log: f.log,
  sqrt: f.sqrt,
  reciprocal: f.reciprocal,
  "constant power": (x) => f.pow(x, 2.5),
};

const BROADCASTS: readonly (readonly [CaseInput, CaseInput])[] = [
  [normal("batch", 4), normal("batch", 4)],
  [normal("batch", 4), normal(4)],
  [normal(4), normal("batch", 4)],
  [normal("batch", 1), normal(1, 4)],
  [normal(), normal(2, 3)],
  [normal("batch", "tokens", 2), normal("tokens", 1)],
  [normal(2, 1, 3), normal(4, 1)],
];

const BINARY: Readonly<Record<string, Binary>> = {
  add: f.add,
  sub: f.sub,
  mul: f.mul,
  "div by a positive": (a, b) => f.div(a, f.exp(b)),
  "pow of a positive": (a, b) => f.pow(f.exp(a), b),
  "where of both": (a, b) => f.where(f.less(f.add(a, b), 0), f.mul(a, 2), b),
};

const broadcasts = Object.entries(BINARY).flatMap(([name, apply]) =>
  BROADCASTS.map(([a, b]) =>
    binary(`${name} of [${a.shape.join(",")}] and [${b.shape.join(",")}]`, a, b, apply),
  ),
);

const REDUCTIONS = {
  sum: r.sum,
  mean: r.mean,
  max: r.max,
  min: r.min,
  "sum of squares": r.sumSquare,
};

const reductions = Object.entries(REDUCTIONS).flatMap(([name, reduce]) => {
  const extreme = name === "max" || name === "min";
  const x = extreme ? apart("batch", 4, 2) : normal("batch", 4, 2);
  return [
    unary(`${name} of all`, x, (tensor) => reduce(tensor)),
    unary(`${name} along the last axis`, x, (tensor) => reduce(tensor, { axes: [-1] })),
    unary(`${name} along axes 2 and 0, kept`, x, (tensor) =>
      reduce(tensor, { axes: [2, 0], keep: true }),
    ),
    unary(`${name} along axes 2 and 0`, x, (tensor) => reduce(tensor, { axes: [2, 0] })),
  ];
});

const cumulative = [false, true].flatMap((exclusive) =>
  [false, true].map((reverse) =>
    unary(
      `cumulative sum${exclusive ? ", exclusive" : ""}${reverse ? ", reversed" : ""}`,
      normal("batch", 4, 2),
      (x) => r.cumulativeSum(x, 1, { exclusive, reverse }),
    ),
  ),
);

const products: readonly Case[] = [
  binary("matmul of matrices", normal("batch", 4), normal(4, 2), matmul),
  binary("matmul of a sequence and a weight", normal("batch", "tokens", 4), normal(4, 2), matmul),
  binary("matmul of batches", normal("batch", 2, 4), normal("batch", 4, 3), matmul),
  binary("matmul, broadcast on the left", normal(1, 2, 4), normal("batch", 4, 3), matmul),
  binary("matmul, broadcast on the right", normal("batch", 5, 2, 4), normal(5, 4, 3), matmul),
  binary("matmul of a matrix and batches", normal(2, 4), normal("batch", 4, 3), matmul),
  ...[false, true].flatMap((transposeA) =>
    [false, true].map((transposeB) =>
      binary(
        `gemm${transposeA ? ", first transposed" : ""}${transposeB ? ", second transposed" : ""}`,
        transposeA ? normal(4, "batch") : normal("batch", 4),
        transposeB ? normal(2, 4) : normal(4, 2),
        (a, b) => gemm(a, b, { transposeA, transposeB, alpha: 0.5 }),
      ),
    ),
  ),
  ...(
    [
      ["a vector", normal(2)],
      ["a column", normal("batch", 1)],
      ["a scalar", normal()],
    ] as const
  ).map(([what, c]): Case => ({
    name: `gemm with ${what} added`,
    inputs: { a: normal("batch", 4), b: normal(4, 2), c },
    build: ({ a, b, c: addend }) => gemm(a!, b!, { addend: addend! }),
  })),
];

const normalisations: readonly Case[] = [
  {
    name: "matmul of what gelu makes of a sequence",
    inputs: { x: normal("batch", "tokens", 4), w: normal(4, 2) },
    build: ({ x, w }) => matmul(f.gelu(x!), w!),
  },
  {
    name: "matmul of a normalised sequence",
    inputs: { x: normal("batch", "tokens", 4), scale: normal(4), bias: normal(4), w: normal(4, 2) },
    build: ({ x, scale, bias, w }) => matmul(layerNormalization(x!, scale!, bias), w!),
  },
  {
    name: "matmul of a normalised sequence without a bias",
    inputs: { x: normal("batch", "tokens", 4), scale: normal(4), w: normal(4, 2) },
    build: ({ x, scale, w }) => matmul(layerNormalization(x!, scale!), w!),
  },
  {
    name: "layer normalisation",
    inputs: { x: normal("batch", "tokens", 5), scale: normal(5), bias: normal(5) },
    build: ({ x, scale, bias }) => layerNormalization(x!, scale!, bias),
  },
  {
    name: "layer normalisation over two axes, without bias",
    inputs: { x: normal("batch", 3, 4), scale: normal(3, 4) },
    build: ({ x, scale }) => layerNormalization(x!, scale!, undefined, { axis: 1, epsilon: 0.01 }),
  },
];

/** All cases. */
export const DENSE: readonly Case[] = [
  ...Object.entries(SMOOTH).map(([name, apply]) => unary(name, normal("batch", 4), apply)),
  ...Object.entries(KINKED).map(([name, apply]) => unary(name, apart("batch", 4), apply)),
  ...Object.entries(POSITIVE).map(([name, apply]) => unary(name, positive("batch", 4), apply)),
  ...broadcasts,
  binary("max, broadcast", normal("batch", 4), apart(4), f.maximum),
  binary("min, broadcast", apart("batch", 1), normal(1, 4), f.minimum),
  ...reductions,
  ...cumulative,
  ...products,
  ...normalisations,
];
