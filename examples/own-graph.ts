/** Gradient surgery on a graph of the program's own: two losses of one layer, combined at every step. */

import { nodeRuntime } from "balgrad";
import { combinedGradients } from "balgrad/balance";
import { elementwise, Graph, linear, reduce, writeFunction } from "balgrad/graph";

const { square, sub } = elementwise;

// One layer predicts two targets from the same inputs, which pull it in different directions.
const graph = new Graph();
const x = graph.input("x", "float32", ["batch", 2]);
const targets = {
  first: graph.input("first", "float32", ["batch", 1]),
  second: graph.input("second", "float32", ["batch", 1]),
};
const weights = graph.input("weights", "float32", [2, 1]);
const predicted = linear.matmul(x, weights);
const losses = {
  first: reduce.mean(square(sub(predicted, targets.first))),
  second: reduce.mean(square(sub(predicted, targets.second))),
};

// The shortest combination of both gradients; `surgery({...})` of balgrad/balance gives methods of your own.
const { gradients } = combinedGradients({ losses, parameters: [weights], method: "mgda" });
const model = writeFunction({
  ...{ "loss.first": losses.first, "loss.second": losses.second },
  gradient: gradients.get(weights)!,
});

const session = await nodeRuntime().createSession(model);
const tensor = (shape: readonly number[], values: readonly number[]) =>
  ({ dtype: "float32", shape, data: Float32Array.from(values) }) as const;
const batch = {
  x: tensor([3, 2], [1, 0, 0, 1, 1, 1]),
  first: tensor([3, 1], [1, 0, 1]),
  second: tensor([3, 1], [1, 1, 2]),
};
const values = [0, 0];
for (let step = 0; step < 200; step++) {
  const { gradient, ...found } = await session.run({
    ...batch,
    weights: tensor([2, 1], values),
  });
  if (step % 100 === 0) {
    console.log(`step ${step}`, found["loss.first"]!.data[0], found["loss.second"]!.data[0]);
  }
  values.forEach((value, at) => (values[at] = value - 0.3 * Number(gradient!.data[at])));
}
console.log(`weights: ${values.map((value) => value.toFixed(2)).join(", ")}`);
await session.release();
