/** @module Batches as inputs of compiled graphs. */

import { type Batch, makeBatch } from "../prepare/batch.js";
import type { PreparedSplit } from "../prepare/prepared.js";
import type { HostTensor } from "../graph/hostTensor.js";
import { type BatchFeeds, FEEDS } from "../model/feeds.js";
import type { PlannedCall } from "./plan.js";

/** A batch's tensors by the names of the model's inputs. */
export function batchInputs(batch: Batch): BatchFeeds {
  const { size, image, text, imagePresent, textPresent, targets } = batch;
  const float = (data: Float32Array, ...shape: number[]): HostTensor => ({
    dtype: "float32",
    shape,
    data,
  });
  return {
    [FEEDS.image]: float(image.data, size, ...image.shape),
    [FEEDS.text]: {
      dtype: text.data instanceof Int32Array ? "int32" : "float32",
      shape: [size, text.length],
      data: text.data,
    },
    [FEEDS.imagePresent]: float(imagePresent, size),
    [FEEDS.textPresent]: float(textPresent, size),
    [FEEDS.targets]: float(targets, size, targets.length / size),
  };
}

/** Inputs of one call. */
export const callInputs = (split: PreparedSplit, { indices }: PlannedCall): BatchFeeds =>
  batchInputs(makeBatch(split, indices));
