/** @module Cases of layout, lookup, convolution and pooling. */

import {
  conv,
  convTranspose,
  averagePool,
  globalAveragePool,
  maxPool,
} from "../../src/graph/functions/spatial.js";
import * as l from "../../src/graph/functions/layout.js";
import * as g from "../../src/graph/functions/lookup.js";
import type { ConvOptions, PoolOptions } from "../../src/graph/functions/spatial.js";
import type { Shape } from "../../src/graph/shape.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { apart, type Case, type CaseInput, given, normal } from "./derivatives.js";

const unary = (name: string, x: CaseInput, apply: (x: Tensor) => Tensor): Case => ({
  name,
  inputs: { x },
  build: ({ x: tensor }) => apply(tensor!),
});

const layouts: readonly Case[] = [
  unary("reshape", normal("batch", 4), (x) => l.reshape(x, ["batch", 2, 2])),
  unary("reshape across a symbol", normal("batch", 4), (x) => l.reshape(x, [2, "2*batch"])),
  unary("expand", normal("batch", 1), (x) => l.expandLike(x, l.concat([x, x, x], 1))),
  unary("expand by the shape of another", normal("batch", 1, 2), (x) =>
    l.expandLike(l.slice(x, [{ axis: 2, start: 0, end: 1 }]), x),
  ),
  unary("transpose", normal("batch", 4, 2), (x) => l.transpose(x, [2, 0, 1])),
  unary("matrix transpose", normal("batch", 4, 2), l.matrixTranspose),
  unary("squeeze", normal("batch", 1, 2, 1), (x) => l.squeeze(x, [1, -1])),
  unary("unsqueeze", normal("batch", 2), (x) => l.unsqueeze(x, [0, -1])),
  unary("pad", normal("batch", 3), (x) => l.pad(x, [0, 1], [0, 2])),
  unary("crop by negative pads", normal(4, 5), (x) => l.pad(x, [-1, 2], [0, -2])),
  {
    name: "concat",
    inputs: { a: normal("batch", 2), b: normal("batch", 3) },
    build: ({ a, b }) => l.concat([a!, b!, a!], -1),
  },
  ...(
    [
      ["slice", [{ axis: 1, start: 1, end: 4 }]],
      ["slice from the end", [{ axis: -1, start: -3 }]],
      ["slice with a step", [{ axis: 1, start: 1, step: 3 }]],
      ["slice with a step that ends early", [{ axis: 1, start: 0, end: 4, step: 3 }]],
      ["slice backwards", [{ axis: 1, start: -1, step: -1 }]],
      ["slice backwards with a step", [{ axis: 1, start: 5, end: 0, step: -2 }]],
      [
        "slice of two axes",
        [
          { axis: 2, start: 1 },
          { axis: 1, start: 2, end: 6, step: 2 },
        ],
      ],
    ] as const
  ).map(([name, cuts]) => unary(name, normal("batch", 7, 2), (x) => l.slice(x, cuts))),
];

const REPEATED = [1, 4, 1, 0, 1, 4];

const lookups: readonly Case[] = [
  ...[0, 1, -1].map((axis): Case => ({
    name: `gather along axis ${axis}, rows repeated`,
    inputs: { x: normal(5, 5, 5), ids: given(["batch", 2], REPEATED) },
    build: ({ x, ids }) => g.gather(x!, ids!, axis),
  })),
  {
    name: "gather by a scalar",
    inputs: { x: normal(5, 2), ids: given([], [3]) },
    build: ({ x, ids }) => g.gather(x!, ids!),
  },
  ...[0, -1].map((axis): Case => ({
    name: `gather elements along axis ${axis}`,
    inputs: { x: normal(5, 5), ids: given([3, 2], REPEATED) },
    build: ({ x, ids }) => g.gatherElements(x!, ids!, axis),
  })),
  {
    name: "gather by tuples",
    inputs: { x: normal(5, 5, 2), ids: given([3, 2], [1, 4, 0, 0, 1, 4]) },
    build: ({ x, ids }) => g.gatherND(x!, ids!),
  },
  {
    name: "scatter rows, places repeated",
    inputs: { x: normal(5, 2), ids: given([6, 1], REPEATED), y: normal(6, 2) },
    build: ({ x, ids, y }) => g.scatterAddND(x!, ids!, y!),
  },
  ...[0, 1].map((axis): Case => ({
    name: `scatter elements along axis ${axis}, places repeated`,
    inputs: { x: normal(5, 5), ids: given([3, 2], REPEATED), y: normal(3, 2) },
    build: ({ x, ids, y }) => g.scatterAddElements(x!, ids!, y!, axis),
  })),
];

const convolution = (
  name: string,
  x: Shape,
  weight: Shape,
  options: ConvOptions = {},
  apply: typeof conv = conv,
): Case => ({
  name,
  inputs: { x: normal(...x), weight: normal(...weight) },
  build: ({ x: image, weight: kernel }) => apply(image!, kernel!, options),
});

const convolutions: readonly Case[] = [
  convolution("conv", ["batch", 2, 5, 4], [3, 2, 3, 2]),
  convolution("conv, 1 x 1", ["batch", 2, 3, 3], [3, 2, 1, 1]),
  convolution("conv, stride 2 that leaves a row", ["batch", 2, 6, 7], [3, 2, 3, 3], {
    strides: [2, 2],
  }),
  convolution("conv, padding", ["batch", 2, 4, 4], [3, 2, 3, 3], { pads: [1, 1, 1, 1] }),
  convolution("conv, uneven padding and strides", ["batch", 2, 5, 6], [3, 2, 3, 2], {
    strides: [2, 3],
    pads: [1, 0, 2, 1],
  }),
  convolution("conv, dilation", ["batch", 2, 7, 6], [3, 2, 3, 2], {
    dilations: [2, 3],
    pads: [1, 1, 1, 1],
  }),
  convolution("conv, two groups", ["batch", 4, 5, 5], [6, 2, 3, 3], {
    group: 2,
    strides: [2, 1],
    pads: [1, 1, 1, 1],
  }),
  convolution("conv, depthwise", ["batch", 3, 5, 5], [3, 1, 3, 3], {
    group: 3,
    pads: [1, 1, 1, 1],
  }),
  convolution("conv, 6 x 6 taps", ["batch", 2, 8, 7], [2, 2, 6, 6], { pads: [1, 0, 0, 1] }),
  convolution("conv, 6 x 6 taps, stride 3", ["batch", 1, 11, 10], [2, 1, 6, 6], {
    strides: [3, 3],
  }),
  convolution("conv, one axis", ["batch", 2, 7], [3, 2, 3], { strides: [2], pads: [1, 0] }),
  convolution("conv, three axes", ["batch", 2, 3, 4, 3], [2, 2, 2, 2, 2], {
    pads: [0, 1, 0, 1, 0, 0],
  }),
  {
    name: "conv with a bias",
    inputs: { x: normal("batch", 2, 4, 4), weight: normal(3, 2, 2, 2), bias: normal(3) },
    build: ({ x, weight, bias }) => conv(x!, weight!, { bias: bias! }),
  },
  convolution("transposed conv", ["batch", 2, 3, 3], [2, 3, 3, 2], {}, convTranspose),
  convolution(
    "transposed conv, stride, padding and dilation",
    ["batch", 2, 3, 4],
    [2, 3, 3, 2],
    { strides: [2, 3], pads: [1, 0, 0, 1], dilations: [1, 2] },
    convTranspose,
  ),
  convolution(
    "transposed conv, two groups",
    ["batch", 4, 3, 3],
    [4, 2, 2, 2],
    { group: 2, strides: [2, 2] },
    convTranspose,
  ),
  {
    name: "transposed conv, padded output and a bias",
    inputs: { x: normal("batch", 2, 3, 3), weight: normal(2, 3, 2, 2), bias: normal(3) },
    build: ({ x, weight, bias }) =>
      convTranspose(x!, weight!, { bias: bias!, strides: [2, 2], outputPadding: [1, 1] }),
  },
];

const POOLS: Readonly<Record<string, PoolOptions>> = {
  "2 x 2 windows": { kernel: [2, 2], strides: [2, 2] },
  "overlapping windows": { kernel: [3, 2], strides: [2, 1] },
  "padded windows": { kernel: [3, 3], strides: [2, 2], pads: [1, 1, 1, 1] },
  "unevenly padded windows": { kernel: [2, 3], strides: [2, 2], pads: [0, 1, 1, 0] },
};

const pools = Object.entries(POOLS).flatMap(([name, options]) => [
  unary(`max pool, ${name}`, apart("batch", 2, 5, 6), (x) => maxPool(x, options)),
  unary(`average pool, ${name}`, normal("batch", 2, 5, 6), (x) => averagePool(x, options)),
]);

/** All cases. */
export const PLACED: readonly Case[] = [
  ...layouts,
  ...lookups,
  ...convolutions,
  ...pools,
  unary("max pool, dilation", apart("batch", 2, 5, 6), (x) =>
    maxPool(x, { kernel: [2, 3], dilations: [3, 2], strides: [1, 2], pads: [0, 1, 1, 0] }),
  ),
  unary("max pool, one axis", apart("batch", 2, 7), (x) =>
    maxPool(x, { kernel: [3], strides: [2] }),
  ),
  unary("global average pool", normal("batch", 2, 3, 4), globalAveragePool),
];
