/** @module Reference kernels of convolutions and pooling over any number of spatial axes. */

import { intOf, intsOf } from "../../src/graph/attributes.js";
import type { Node } from "../../src/graph/tensor.js";
import { type Inputs, type Kernel, refuse, take } from "./kernel.js";
import { at, countOf, eachIndex, placeOf, tabulate, type Value } from "./value.js";

interface Geometry {
  readonly kernel: readonly number[];
  readonly strides: readonly number[];
  readonly dilations: readonly number[];
  readonly before: readonly number[];
  readonly after: readonly number[];
}

function geometryOf(node: Node, kernel: readonly number[]): Geometry {
  refuse(node, "auto_pad", "output_shape", "ceil_mode", "storage_order", "count_include_pad");
  const rank = kernel.length;
  const ones = kernel.map(() => 1);
  const pads = intsOf(node.attributes, "pads", Array<number>(2 * rank).fill(0));
  return {
    kernel,
    strides: intsOf(node.attributes, "strides", ones),
    dilations: intsOf(node.attributes, "dilations", ones),
    before: pads.slice(0, rank),
    after: pads.slice(rank),
  };
}

/** Number of places that a window takes along each axis. */
function outputSizes(sizes: readonly number[], geometry: Geometry): number[] {
  return sizes.map((size, axis) => {
    const reach = geometry.dilations[axis]! * (geometry.kernel[axis]! - 1) + 1;
    const room = size + geometry.before[axis]! + geometry.after[axis]! - reach;
    return Math.floor(room / geometry.strides[axis]!) + 1;
  });
}

/** Visits the taps of a window that lie inside the unpadded input. */
function eachTap(
  geometry: Geometry,
  window: readonly number[],
  sizes: readonly number[],
  visit: (position: readonly number[], tap: readonly number[]) => void,
): void {
  eachIndex(geometry.kernel, (tap) => {
    const position = tap.map(
      (step, axis) =>
        window[axis]! * geometry.strides[axis]! +
        step * geometry.dilations[axis]! -
        geometry.before[axis]!,
    );
    if (position.every((step, axis) => step >= 0 && step < sizes[axis]!)) visit(position, tap);
  });
}

function biasAt(inputs: Inputs, channel: number): number {
  return inputs[2]?.data[channel] ?? 0;
}

const conv: Kernel = (inputs, node) => {
  const x = take(inputs, 0);
  const w = take(inputs, 1);
  const [outputs, perGroup, ...kernel] = w.shape as [number, number, ...number[]];
  const [batch, , ...sizes] = x.shape as [number, number, ...number[]];
  const geometry = geometryOf(node, kernel);
  const groupSize = outputs / intOf(node.attributes, "group", 1);
  return [
    tabulate([batch, outputs, ...outputSizes(sizes, geometry)], (index) => {
      const [image, output, ...window] = index as [number, number, ...number[]];
      const firstChannel = Math.floor(output / groupSize) * perGroup;
      let total = biasAt(inputs, output);
      eachTap(geometry, window, sizes, (position, tap) => {
        for (let channel = 0; channel < perGroup; channel++) {
          total +=
            at(x, [image, firstChannel + channel, ...position]) * at(w, [output, channel, ...tap]);
        }
      });
      return total;
    }),
  ];
};

/** Every input element paints the kernel, scaled, onto the output; what falls outside is cut. */
const convTranspose: Kernel = (inputs, node) => {
  const x = take(inputs, 0);
  const w = take(inputs, 1);
  const [channels, perGroup, ...kernel] = w.shape as [number, number, ...number[]];
  const group = intOf(node.attributes, "group", 1);
  const geometry = geometryOf(node, kernel);
  const extra = intsOf(
    node.attributes,
    "output_padding",
    kernel.map(() => 0),
  );
  const sizes = x.shape.slice(2).map((size, axis) => {
    const reach = geometry.dilations[axis]! * (kernel[axis]! - 1) + 1;
    const padding = geometry.before[axis]! + geometry.after[axis]!;
    return geometry.strides[axis]! * (size - 1) + extra[axis]! + reach - padding;
  });
  const result = tabulate([x.shape[0]!, perGroup * group, ...sizes], (index) =>
    biasAt(inputs, index[1]!),
  );
  eachIndex(x.shape, (index, place) => {
    const [image, channel, ...window] = index as [number, number, ...number[]];
    const firstOutput = Math.floor(channel / (channels / group)) * perGroup;
    eachTap(geometry, window, sizes, (position, tap) => {
      for (let output = 0; output < perGroup; output++) {
        const goal = placeOf([image, firstOutput + output, ...position], result.shape);
        result.data[goal]! += x.data[place]! * at(w, [channel, output, ...tap]);
      }
    });
  });
  return [result];
};

/** Pools what each window sees of the unpadded input. */
function pool(combine: (seen: readonly number[]) => number): Kernel {
  return (inputs, node) => {
    const x = take(inputs, 0);
    const [batch, channels, ...sizes] = x.shape as [number, number, ...number[]];
    const geometry = geometryOf(node, intsOf(node.attributes, "kernel_shape", []));
    return [
      tabulate([batch, channels, ...outputSizes(sizes, geometry)], (index) => {
        const [image, channel, ...window] = index as [number, number, ...number[]];
        const seen: number[] = [];
        eachTap(geometry, window, sizes, (position) => {
          seen.push(at(x, [image, channel, ...position]));
        });
        return combine(seen);
      }),
    ];
  };
}

const meanOf = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

const globalAveragePool: Kernel = (inputs) => {
  const { shape, data }: Value = take(inputs, 0);
  const sizes = shape.slice(2);
  const count = countOf(sizes);
  return [
    tabulate([...shape.slice(0, 2), ...sizes.map(() => 1)], (index) => {
      const start = (index[0]! * shape[1]! + index[1]!) * count;
      return meanOf(Array.from(data.subarray(start, start + count)));
    }),
  ];
};

export const spatialKernels = {
  Conv: conv,
  ConvTranspose: convTranspose,
  MaxPool: pool((seen) => Math.max(...seen)),
  AveragePool: pool(meanOf),
  GlobalAveragePool: globalAveragePool,
} satisfies Record<string, Kernel>;
