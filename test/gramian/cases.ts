/** @module Small networks with two or three losses, one per way in which a parameter can be used. */

import { mul, relu, sigmoid, tanh } from "../../src/graph/functions/elementwise.js";
import { reshape, transpose } from "../../src/graph/functions/layout.js";
import { gemm, matmul } from "../../src/graph/functions/linear.js";
import { gather } from "../../src/graph/functions/lookup.js";
import { sum } from "../../src/graph/functions/reduce.js";
import { conv } from "../../src/graph/functions/spatial.js";
import { Graph } from "../../src/graph/graph.js";
import { sizeOf } from "../../src/graph/shape.js";
import type { Tensor } from "../../src/graph/tensor.js";
import { normal } from "../../src/nn/initializers.js";
import { type Parameter, ParameterScope } from "../../src/nn/parameters.js";
import { randomStream } from "../../src/random.js";
import type { HostTensor } from "../../src/graph/hostTensor.js";
import { floats, integers } from "../balance/harness.js";

/** Declares what a case needs; leading axes of inputs are symbolic in the graph. */
export interface Builder {
  readonly parameter: (name: string, shape: readonly number[]) => Tensor;
  /** Normal values. */
  readonly input: (name: string, shape: readonly number[]) => Tensor;
  /** Given row numbers. */
  readonly ids: (name: string, shape: readonly number[], values: readonly number[]) => Tensor;
}

/** Scalars to differentiate, by name. */
export type Losses = Readonly<Record<string, Tensor>>;

/** A network ready for an engine. */
export interface Network {
  readonly graph: Graph;
  readonly losses: Losses;
  readonly parameters: readonly Parameter[];
  readonly feeds: Readonly<Record<string, HostTensor>>;
}

/** Builds a network with seeded parameters and inputs. */
export function buildNetwork(build: (builder: Builder) => Losses, seed = 1): Network {
  const graph = new Graph();
  const scope = ParameterScope.root(graph, seed).child("net");
  const feeds: Record<string, HostTensor> = {};
  const symbolic = (shape: readonly number[]) => ["batch", ...shape.slice(1)];
  const losses = build({
    parameter: (name, shape) => scope.parameter(name, shape, normal(1)),
    input: (name, shape) => {
      const random = randomStream(seed, "input", name);
      const size = sizeOf(shape) as number;
      const values = Array.from({ length: size }, () => random.normal());
      feeds[name] = floats(shape, values);
      return graph.input(name, "float32", symbolic(shape));
    },
    ids: (name, shape, values) => {
      feeds[name] = integers(shape, values);
      return graph.input(name, "int32", symbolic(shape));
    },
  });
  return { graph, losses, parameters: scope.parameters, feeds };
}

/** Three losses of one activation with unlike cotangents. */
function threeLosses(y: Tensor): Losses {
  return { a: sum(tanh(y)), b: sum(mul(relu(y), y)), c: sum(sigmoid(mul(y, 2))) };
}

const REPEATED = [0, 2, 2, 1, 0, 2, 4, 4];

/** Cases where every parameter has a rule, so that `factored` never forms a gradient. */
export const FACTORED: Readonly<Record<string, (builder: Builder) => Losses>> = {
  "a linear layer": ({ parameter, input }) =>
    threeLosses(matmul(input("x", [4, 3]), parameter("w", [3, 5]))),
  "a linear layer over a sequence": ({ parameter, input }) =>
    threeLosses(matmul(input("x", [2, 3, 4]), parameter("w", [4, 5]))),
  "a transposed weight": ({ parameter, input }) =>
    threeLosses(gemm(input("x", [4, 3]), parameter("w", [5, 3]), { transposeB: true })),
  "a scaled product": ({ parameter, input }) =>
    threeLosses(gemm(input("x", [4, 3]), parameter("w", [3, 5]), { alpha: 0.5 })),
  "a convolution": ({ parameter, input }) =>
    threeLosses(conv(input("x", [2, 3, 5, 6]), parameter("w", [4, 3, 3, 3]))),
  "a convolution with stride and padding": ({ parameter, input }) =>
    threeLosses(
      conv(input("x", [2, 3, 6, 7]), parameter("w", [4, 3, 3, 3]), {
        strides: [2, 2],
        pads: [1, 1, 1, 1],
      }),
    ),
  "a convolution with unlike sides and dilation": ({ parameter, input }) =>
    threeLosses(
      conv(input("x", [2, 2, 7, 6]), parameter("w", [3, 2, 2, 3]), {
        strides: [2, 1],
        pads: [1, 0, 0, 2],
        dilations: [2, 1],
      }),
    ),
  "look-ups with repeated ids": ({ parameter, ids }) =>
    threeLosses(gather(parameter("table", [5, 3]), ids("ids", [2, 4], REPEATED))),
  "a weight used twice": ({ parameter, input }) => {
    const w = parameter("w", [4, 4]);
    return threeLosses(matmul(tanh(matmul(input("x", [3, 4]), w)), w));
  },
  "a weight used on inputs of unlike rank": ({ parameter, input }) => {
    const w = parameter("w", [4, 3]);
    const pooled = sum(matmul(input("sequence", [2, 5, 4]), w), { axes: [1] });
    return threeLosses(mul(pooled, matmul(input("x", [2, 4]), w)));
  },
  "a table used twice": ({ parameter, ids }) => {
    const table = parameter("table", [5, 3]);
    const first = sum(gather(table, ids("first", [2, 4], REPEATED)), { axes: [1] });
    return threeLosses(mul(first, gather(table, ids("second", [2], [2, 4]))));
  },
  "two layers": ({ parameter, input }) => {
    const hidden = relu(matmul(input("x", [6, 3]), parameter("w1", [3, 5])));
    return threeLosses(matmul(hidden, parameter("w2", [5, 2])));
  },
  "a parameter that one loss reaches": ({ parameter, input }) => {
    const hidden = tanh(matmul(input("x", [4, 3]), parameter("shared", [3, 5])));
    const own = matmul(hidden, parameter("own", [5, 2]));
    return { a: sum(tanh(own)), b: sum(mul(hidden, hidden)) };
  },
};

/** Cases where some parameter has no common rule for its uses and must be formed. */
export const FORMED: Readonly<Record<string, (builder: Builder) => Losses>> = {
  "a tied embedding and output layer": ({ parameter, ids }) => {
    const table = parameter("table", [5, 3]);
    const words = sum(gather(table, ids("ids", [2, 4], REPEATED)), { axes: [1] });
    return threeLosses(gemm(tanh(words), table, { transposeB: true }));
  },
  "a weight and its transpose": ({ parameter, input }) => {
    const w = parameter("w", [3, 4]);
    const code = tanh(matmul(input("x", [5, 3]), w));
    return threeLosses(gemm(code, w, { transposeB: true }));
  },
  "a square weight and its transpose": ({ parameter, input }) => {
    const w = parameter("w", [3, 3]);
    const code = tanh(matmul(input("x", [5, 3]), w));
    return threeLosses(gemm(code, w, { transposeB: true }));
  },
  "a weight transposed by itself": ({ parameter, input }) =>
    threeLosses(matmul(input("x", [4, 3]), transpose(parameter("w", [5, 3])))),
  "a bias and a scale": ({ parameter, input }) =>
    threeLosses(mul(input("x", [4, 3]), parameter("scale", [3]))),
  "a grouped convolution": ({ parameter, input }) =>
    threeLosses(conv(input("x", [2, 4, 5, 5]), parameter("w", [4, 2, 3, 3]), { group: 2 })),
  "a reshaped weight": ({ parameter, input }) =>
    threeLosses(matmul(input("x", [4, 3]), reshape(parameter("w", [15]), [3, 5]))),
};
