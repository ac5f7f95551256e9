/** @module Image processors: what their files state is done, with right values, or refused by name. */

import { describe, expect, test } from "vitest";

import { openEncoder } from "../../src/encode/pretrained/open.js";
import { centerCrop, resample, RESAMPLINGS } from "../../src/encode/pretrained/resample.js";
import { useOwnCache } from "../support/ownCache.js";
import {
  FEATURES,
  folderOf,
  imageFeatures,
  imageFolder,
  imageModel,
  imageWeights,
  largestDifference,
  NULLS,
} from "./tiny.js";

useOwnCache();

/** A picture of 6 by 5 pixels. */
const PICTURE = Uint8Array.from({ length: 6 * 5 * 3 }, (_, at) => ((at * 7919) ^ (at >> 3)) % 256);

/** What Pillow 12 makes of it: at 3 by 2 pixels, and the green channel at 4 by 7. */
const PILLOW = {
  nearest: {
    down: [153, 136, 123, 54, 39, 16, 203, 186, 169, 48, 33, 18, 214, 200, 167, 99, 82, 65],
    other: [
      239, 137, 87, 242, 191, 84, 39, 186, 191, 84, 39, 186, 143, 32, 247, 138, 95, 244, 200, 82,
      95, 244, 200, 82, 46, 200, 132, 35,
    ],
  },
  lanczos: {
    down: [146, 160, 143, 84, 99, 81, 91, 177, 160, 72, 106, 89, 109, 181, 162, 135, 112, 97],
    other: [
      228, 162, 52, 161, 206, 120, 71, 203, 167, 57, 145, 217, 128, 61, 218, 152, 61, 134, 223, 106,
      79, 212, 154, 64, 127, 234, 108, 44,
    ],
  },
  bilinear: {
    down: [134, 155, 138, 92, 114, 96, 93, 164, 147, 80, 118, 100, 109, 165, 147, 124, 120, 103],
    other: [
      220, 148, 75, 164, 191, 118, 96, 189, 157, 90, 138, 192, 124, 76, 202, 156, 87, 142, 188, 117,
      94, 187, 157, 80, 124, 210, 123, 52,
    ],
  },
  bicubic: {
    down: [141, 161, 144, 87, 103, 85, 92, 172, 155, 74, 110, 93, 111, 176, 158, 129, 113, 96],
    other: [
      227, 156, 59, 164, 200, 118, 81, 198, 162, 75, 139, 205, 127, 63, 216, 153, 74, 141, 205, 111,
      84, 203, 157, 71, 123, 228, 114, 45,
    ],
  },
  box: {
    down: [138, 165, 147, 79, 105, 87, 105, 171, 155, 55, 107, 91, 147, 194, 176, 101, 83, 69],
    other: [
      214, 137, 61, 242, 164, 84, 141, 186, 164, 84, 141, 186, 118, 32, 216, 138, 64, 244, 167, 82,
      64, 244, 167, 82, 150, 200, 107, 35,
    ],
  },
  hamming: {
    down: [143, 169, 153, 90, 98, 80, 89, 175, 158, 72, 107, 90, 119, 182, 164, 119, 103, 89],
    other: [
      225, 150, 74, 184, 193, 115, 88, 196, 171, 92, 109, 196, 129, 53, 226, 151, 84, 171, 188, 102,
      86, 195, 162, 80, 103, 213, 120, 48,
    ],
  },
} as const;

describe("pictures are scaled as Pillow does", () => {
  test.each(RESAMPLINGS)("%s, smaller and larger, to the bit", (name) => {
    const picture = { pixels: PICTURE, width: 6, height: 5 };
    expect([...resample(picture, [3, 2], name).pixels]).toEqual(PILLOW[name].down);
    const green = resample(picture, [4, 7], name).pixels.filter((_, at) => at % 3 === 1);
    expect([...green]).toEqual(PILLOW[name].other);
  });

  test("the middle is cut out, and black is put around what is too small", () => {
    const column = (values: number[]): Uint8Array =>
      Uint8Array.from(values.flatMap((value) => [value, value, value]));
    const cut = centerCrop({ pixels: column([1, 2, 3, 4, 5, 6]), width: 3, height: 2 }, [2, 3]);
    expect([...cut.pixels]).toEqual([...column([0, 0, 1, 2, 4, 5])]);
  });
});

type Value = (channel: number, byte: number) => number;

/** What the tiny encoder makes of planes of bytes, normalised by `value`. */
function expected(planes: readonly number[], value: Value): number[] {
  const weights = imageWeights(planes.length);
  const area = planes.length / 3;
  return Array.from({ length: FEATURES }, (_, feature) =>
    planes.reduce(
      (sum, byte, at) =>
        sum + weights[at * FEATURES + feature]! * value(Math.floor(at / area), byte),
      0,
    ),
  );
}

/** Interleaved bytes as planes. */
const planesOf = (pixels: readonly number[], order: readonly number[] = [0, 1, 2]): number[] =>
  order.flatMap((channel) => pixels.filter((_, at) => at % 3 === channel));

const halves: Value = (_, byte) => (byte / 255 - 0.5) / 0.5;
const IMAGENET = { mean: [0.485, 0.456, 0.406], std: [0.229, 0.224, 0.225] };

/** Settings, and what the encoder then reads at each place. */
const DONE: readonly (readonly [string, object, readonly number[], Value])[] = [
  ["nulls of the fast processors", {}, planesOf(PILLOW.bilinear.down), halves],
  ...RESAMPLINGS.map(
    (name, number) =>
      [`resample ${number}`, { resample: number }, planesOf(PILLOW[name].down), halves] as const,
  ),
  [
    "do_rescale false",
    { do_rescale: false, image_mean: [1, 2, 3], image_std: 10 },
    planesOf(PILLOW.bilinear.down),
    (channel, byte) => (byte - channel - 1) / 10,
  ],
  [
    "another rescale_factor",
    { rescale_factor: 1 / 127.5, image_mean: 1, image_std: 1 },
    planesOf(PILLOW.bilinear.down),
    (_, byte) => byte / 127.5 - 1,
  ],
  [
    "do_normalize false, without a mean",
    { do_normalize: false, image_mean: null, image_std: null },
    planesOf(PILLOW.bilinear.down),
    (_, byte) => byte / 255,
  ],
  [
    "neither rescaled nor normalised",
    { do_normalize: false, do_rescale: false },
    planesOf(PILLOW.bilinear.down),
    (_, byte) => byte,
  ],
  [
    "a mean of one number in a list",
    { image_mean: [0.25], image_std: [0.75] },
    planesOf(PILLOW.bilinear.down),
    (_, byte) => (byte / 255 - 0.25) / 0.75,
  ],
  [
    "a missing mean: the processor's own",
    { image_processor_type: "PvtImageProcessor", image_mean: null, image_std: null },
    planesOf(PILLOW.bilinear.down),
    (channel, byte) => (byte / 255 - IMAGENET.mean[channel]!) / IMAGENET.std[channel]!,
  ],
  [
    "BGR: normalised as RGB, then turned around",
    { do_flip_channel_order: true, image_mean: [0.1, 0.2, 0.3], image_std: [1, 2, 4] },
    planesOf(PILLOW.bilinear.down, [2, 1, 0]),
    (channel, byte) => (byte / 255 - [0.3, 0.2, 0.1][channel]!) / [4, 2, 1][channel]!,
  ],
  [
    "rescale_offset and include_top of EfficientNet",
    {
      ...{ image_processor_type: "EfficientNetImageProcessor", rescale_factor: 1 / 127.5 },
      ...{ rescale_offset: true, image_mean: 0, image_std: [2, 3, 4] },
    },
    planesOf(PILLOW.bilinear.down),
    (channel, byte) => (byte / 127.5 - 1) / [4, 9, 16][channel]!,
  ],
];

describe("what an image processor's file states is done", () => {
  test.each(DONE)("%s", async (_, settings, planes, value) => {
    const encoder = await openEncoder(imageFolder(settings), "image");
    const features = await imageFeatures(encoder, PICTURE, 6, 5);
    const right = expected(planes, value);
    const scale = Math.max(1, ...right.map(Math.abs));
    expect(largestDifference(features, right) / scale).toBeLessThan(1e-5);
  });

  /** Settings of sizes, and the width and height before the crop to 3 by 2. */
  test.each([
    ["an int that is the shorter edge", { size: 4, default_to_square: false }, [4, 4]],
    ["an int that is a square", { size: 4, default_to_square: true }, [4, 4]],
    ["a shorter edge", { size: { shortest_edge: 4, longest_edge: null } }, [4, 4]],
    ["a longer edge", { size: { longest_edge: 4 } }, [4, 3]],
    ["height and width", { size: { height: 3, width: 5 } }, [5, 3]],
    ["nothing to scale", { do_resize: false, size: null }, [6, 5]],
    [
      "a shorter edge of CLIP",
      { image_processor_type: "CLIPImageProcessorFast", size: 4, default_to_square: null },
      [4, 4],
    ],
    [
      "256/224 of the shorter edge with LeViT",
      {
        image_processor_type: "LevitFeatureExtractor",
        size: 7,
        resample: 2,
        default_to_square: null,
      },
      [9, 8],
    ],
  ] as const)("size: %s", async (_, settings, [width, height]) => {
    const crop = { do_center_crop: true, crop_size: { height: 2, width: 3 } };
    const encoder = await openEncoder(imageFolder({ ...settings, ...crop }), "image");
    // A picture of 6 by 5 keeps its shape: 4.8 becomes 4, as Pillow's callers cut it off.
    const scaled = resample({ pixels: PICTURE, width: 6, height: 5 }, [width, height], "bilinear");
    const right = expected(planesOf([...centerCrop(scaled, [3, 2]).pixels]), halves);
    const features = await imageFeatures(encoder, PICTURE, 6, 5);
    expect(largestDifference(features, right)).toBeLessThan(1e-5);
  });

  test("crop_pct of ConvNeXt: the rim is cut off below 384 pixels", async () => {
    const settings = {
      ...{ image_processor_type: "ConvNextImageProcessor", crop_pct: 0.5 },
      size: { shortest_edge: 2 },
    };
    const encoder = await openEncoder(imageFolder(settings, {}, [3, 2, 2]), "image");
    const scaled = resample({ pixels: PICTURE, width: 6, height: 5 }, [4, 4], "bilinear");
    const right = expected(planesOf([...centerCrop(scaled, [2, 2]).pixels]), halves);
    expect(largestDifference(await imageFeatures(encoder, PICTURE, 6, 5), right)).toBeLessThan(
      1e-5,
    );
  });

  test("an image processor within processor_config.json, where there is no other file", async () => {
    const nested = { processor_class: "CLIPProcessor", image_processor: NULLS };
    const folder = folderOf({
      "config.json": { model_type: "clip" },
      "processor_config.json": nested,
      "onnx/model.onnx": imageModel([3, 2, 3]),
    });
    const features = await imageFeatures(await openEncoder(folder, "image"), PICTURE, 6, 5);
    const right = expected(planesOf(PILLOW.bilinear.down), halves);
    expect(largestDifference(features, right)).toBeLessThan(1e-5);
    const old = folderOf({
      "config.json": {},
      "processor_config.json": { processor_class: "CLIPProcessor" },
      "onnx/model.onnx": imageModel([3, 2, 3]),
    });
    await expect(openEncoder(old, "image")).rejects.toThrow(/no "image_processor"/);
  });

  test("a file that names no processor has its architecture's", async () => {
    const untyped = { image_processor_type: null, size: 2, default_to_square: null };
    const encoder = await openEncoder(imageFolder(untyped, {}, [3, 2, 2]), "image");
    expect(encoder.preparation.shape).toEqual([3, 2, 2]);
  });
});

describe("what is not done is refused by name", () => {
  test.each([
    [{ do_pad: true, pad_size: { height: 8, width: 8 } }, /do_pad: is not supported/],
    [{ do_thumbnail: true }, /do_thumbnail: is not supported/],
    [{ do_crop_margin: true }, /do_crop_margin: is not supported/],
    [{ crop_pct: 0.9 }, /crop_pct: is known of ConvNext/],
    [{ resample: 6 }, /resample: /],
    [{ resample: "cubic" }, /resample: /],
    [{ image_mean: [0.5, 0.5] }, /image_mean: has 2 numbers/],
    [{ image_std: [1, 0, 1] }, /image_std: has a zero/],
    [{ image_processor_type: "DonutImageProcessor" }, /"DonutImageProcessor" is not supported/],
    [{ data_format: "channels_last" }, /data_format: "channels_last"/],
    [{ size: { shortest_edge: 2, longest_edge: 4 } }, /size: .*is not supported/],
    [{ size: { depth: 4 } }, /size: /],
    [{ size: { shortest_edge: 2 } }, /keep their own shape/],
    [{ do_resize: false }, /keep their own shape/],
    [{ do_center_crop: true, crop_size: { shortest_edge: 2 } }, /crop_size: needs/],
    [{ size: { height: 4, width: 4 } }, /takes pictures of \[3, 2, 3\].*makes them \[3, 4, 4\]/],
  ])("%j", async (settings, message) => {
    await expect(openEncoder(imageFolder(settings), "image")).rejects.toThrow(message);
  });

  test("a mean that is missing where nothing has one", async () => {
    const settings = { image_processor_type: "BaseImageProcessor", image_mean: null };
    await expect(openEncoder(imageFolder(settings), "image")).rejects.toThrow(
      /image_mean: is missing/,
    );
  });

  test("gray pictures and channels that come last", async () => {
    const gray = imageFolder({}, {}, [1, 2, 3]);
    await expect(openEncoder(gray, "image")).rejects.toThrow(/one channel, gray/);
    const last = imageFolder({}, {}, [2, 3, 3]);
    await expect(openEncoder(last, "image")).rejects.toThrow(/channels last/);
  });

  test("outputs that may be anything, with the way to state one", async () => {
    const folder = imageFolder({}, { output: "output_0" });
    await expect(openEncoder(folder, "image")).rejects.toMatchObject({
      message: expect.stringContaining('"output_0" [1, 5]') as string,
      hint: expect.stringContaining('"pooling": {"output": "..."') as string,
    });
  });
});
