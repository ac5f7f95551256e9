/** @module A small convolutional network for pictures, trained from scratch. */

import { z } from "zod";

import { relu } from "../graph/functions/elementwise.js";
import { reshape } from "../graph/functions/layout.js";
import { sizeOf } from "../graph/shape.js";
import { conv2d } from "../nn/layers.js";
import { LARGEST, upTo } from "./config.js";
import { edgesAndColours, SMALLEST_SIDE } from "./descriptors.js";
import type { InputNetwork } from "./inputs.js";

/** Schema of the settings of a {@link convolutionalNetwork}. */
export const convolutionalConfig = z.strictObject({
  type: z.literal("convolutional"),
  side: upTo(LARGEST.side).default(32).describe("height and width of the pictures, pixels"),
  channels: z
    .array(upTo(LARGEST.width))
    .min(1)
    .default([24, 48, 96])
    .describe("output channels of each 3x3 convolution of stride 2"),
});

/**
 * 3x3 convolutions of stride 2 with rectifiers. There is no normalisation layer: it would blow the flat
 * features of a blank picture up to those of a real one.
 */
export const convolutionalNetwork = ({
  side,
  channels,
}: z.infer<typeof convolutionalConfig>): InputNetwork => ({
  dtype: "float32",
  shape: [3, side, side],
  encode(scope, image) {
    const maps = channels.reduce((x, count, index) => {
      const block = scope.child(`block${index}`);
      return relu(conv2d(block.child("conv"), x, count, { kernel: 3, stride: 2 }));
    }, image);
    return reshape(maps, [maps.shape[0]!, sizeOf(maps.shape.slice(1))]);
  },
  ...(side >= SMALLEST_SIDE && { descriptor: edgesAndColours(side) }),
});
