/** @module Augmentation inside the step: geometry and colour against cases done by hand. */

import { describe, expect, test } from "vitest";

import { Graph } from "../src/graph/graph.js";
import { plainModel } from "./support/plainModel.js";
import { type TrainingInputs, trainingInputs } from "../src/model/inputs.js";
import { noiseInputs } from "../src/model/noise.js";
import { augmented } from "../src/train/augment.js";
import { trainConfig } from "../src/train/config.js";
import type { HostTensor } from "../src/graph/hostTensor.js";
import { evaluate, floats } from "./balance/harness.js";

const SIDE = 4;
// Two pictures whose value counts columns, the second one missing.
const COLUMNS = [0, 1, 2, 3];
const picture = Array.from({ length: 3 * SIDE }, () => COLUMNS).flat();
const BATCH = [...picture, ...picture.map(() => 0)];

/** First row of the first channel of both pictures, seen through an augmentation under given noise. */
async function firstRows(settings: object, noise: Readonly<Record<string, number>>) {
  const graph = new Graph();
  const model = plainModel({ image: { type: "convolutional", side: SIDE } });
  const { augment } = trainConfig.parse({ augment: settings });
  const given: TrainingInputs = trainingInputs(graph, model, 2);
  const { image } = augmented(given, augment, noiseInputs(graph));
  const feeds: Record<string, HostTensor> = {
    image: floats([2, 3, SIDE, SIDE], BATCH),
    image_present: floats([2], [1, 0]),
  };
  for (const [name, tensor] of graph.inputs) {
    if (!name.startsWith("noise.")) continue;
    const shape = [2, ...(tensor.shape.slice(1) as number[])];
    const size = shape.reduce((product, dim) => product * dim, 1);
    feeds[name] = floats(shape, new Array<number>(size).fill(noise[name.slice(14)] ?? 0.5));
  }
  const { seen } = await evaluate(graph, { seen: image }, feeds);
  return [seen.slice(0, SIDE), seen.slice(seen.length / 2)] as const;
}

const expectRow = (row: readonly number[], expected: readonly number[]): void => {
  expected.forEach((value, at) => {
    expect(row[at]).toBeCloseTo(value, 5);
  });
};

describe("augmentation of training pictures", () => {
  test("mirrors where the draw falls below the share", async () => {
    const [mirrored, missing] = await firstRows({ mirror: 0.5 }, { mirror: 0.4 });
    expectRow(mirrored, [3, 2, 1, 0]);
    expect(missing.every((value) => value === 0)).toBe(true);
    const [kept] = await firstRows({ mirror: 0.5 }, { mirror: 0.6 });
    expectRow(kept, COLUMNS);
  });

  test("shifts by a share of the side and repeats the edge", async () => {
    // A draw of 1 is the whole shift of one column to the left.
    const [shifted] = await firstRows({ shift: 0.25 }, { columns: 1 });
    expectRow(shifted, [1, 2, 3, 3]);
    const [half] = await firstRows({ shift: 0.25 }, { columns: 0.25 });
    expectRow(half, [0, 0.5, 1.5, 2.5]);
  });

  test("zooms about the centre, interpolating", async () => {
    const [zoomed] = await firstRows({ zoom: 0.5 }, { zoom: 0 });
    expectRow(zoomed, [0.75, 1.25, 1.75, 2.25]);
  });

  test("changes contrast and brightness of pictures that are there, never of a blank", async () => {
    const [coloured, missing] = await firstRows({ colour: 0.2 }, { contrast: 1, brightness: 0 });
    expectRow(coloured, [-0.2, 1, 2.2, 3.4]);
    expect(missing.every((value) => value === 0)).toBe(true);
  });

  test("leaves the graph alone when nothing is asked for", () => {
    const graph = new Graph();
    const given = trainingInputs(graph, plainModel({}), 2);
    const { augment } = trainConfig.parse({});
    expect(augmented(given, augment, noiseInputs(graph))).toBe(given);
  });

  test("refuses features, naming the setting", () => {
    const graph = new Graph();
    const model = plainModel({ image: { type: "features", size: 5 } });
    const { augment } = trainConfig.parse({ augment: { shift: 0.1 } });
    const given = trainingInputs(graph, model, 2);
    expect(() => augmented(given, augment, noiseInputs(graph))).toThrow(/train\.augment\.shift/);
  });
});
