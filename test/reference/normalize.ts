/** @module Reference kernels of normalisation layers. */

import { floatOf, intOf } from "../../src/graph/attributes.js";
import { type Kernel, refuse, take } from "./kernel.js";
import { atBroadcast, countOf, fromStart, tabulate } from "./value.js";

/** Mean and inverse standard deviation of each row, where a row spans the normalised axes. */
function statistics(data: Float64Array, width: number, epsilon: number) {
  const means: number[] = [];
  const inverses: number[] = [];
  for (let start = 0; start < data.length; start += width) {
    const row = data.subarray(start, start + width);
    const mean = row.reduce((sum, x) => sum + x, 0) / width;
    const variance = row.reduce((sum, x) => sum + (x - mean) ** 2, 0) / width;
    means.push(mean);
    inverses.push(1 / Math.sqrt(variance + epsilon));
  }
  return { means: Float64Array.from(means), inverses: Float64Array.from(inverses) };
}

const layerNormalization: Kernel = (inputs, node) => {
  refuse(node, "stash_type");
  const x = take(inputs, 0);
  const scale = take(inputs, 1);
  const bias = inputs[2];
  const axis = fromStart(intOf(node.attributes, "axis", -1), x.shape.length);
  const width = countOf(x.shape.slice(axis));
  const epsilon = floatOf(node.attributes, "epsilon", 1e-5);
  const { means, inverses } = statistics(x.data, width, epsilon);
  const kept = x.shape.map((size, at) => (at < axis ? size : 1));
  let place = 0;
  const normalised = tabulate(x.shape, (index) => {
    const row = Math.floor(place / width);
    const unit = (x.data[place++]! - means[row]!) * inverses[row]!;
    return unit * atBroadcast(scale, index) + (bias ? atBroadcast(bias, index) : 0);
  });
  return [normalised, { shape: kept, data: means }, { shape: kept, data: inverses }];
};

export const normalizeKernels = {
  LayerNormalization: layerNormalization,
} satisfies Record<string, Kernel>;
