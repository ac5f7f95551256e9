/** @module Noise inside a training step: inputs that the trainer fills from a seeded stream. */

import type { Graph } from "../graph/graph.js";
import type { Tensor } from "../graph/tensor.js";
import { noiseFeed } from "./feeds.js";

/** Noise of a step: a tensor of the wanted shape with uniform values in `[0, 1)`. */
export type NoiseSource = (name: string, shape: readonly (number | string)[]) => Tensor;

/** Noise fed as graph inputs, see {@link noiseFeed}. */
export function noiseInputs(graph: Graph): NoiseSource {
  return (name, shape) => {
    const input = noiseFeed(name);
    return graph.inputs.get(input) ?? graph.input(input, "float32", shape);
  };
}
