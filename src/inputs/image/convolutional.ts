/** @module Pictures into a small convolutional network that is trained from scratch. */

import { z } from "zod";

import { ENCODER_INPUTS } from "../../encode/pretrained/names.js";
import { LARGEST, upTo } from "../../model/config.js";
import { convolutionalConfig, convolutionalNetwork } from "../../model/convolutional.js";
import { scratchImages } from "../../prepare/images/decode.js";
import { type ExamplePart, renamed, SHARP } from "../exported.js";
import type { InputKind } from "../kind.js";
import { pictureQuestion } from "../question.js";
import { preprocessorConfig } from "./preprocessing.js";

const PIXELS = ENCODER_INPUTS.pixels;

/** How a program prepares pictures. */
const example: ExamplePart = {
  imports: [SHARP],
  code: `async function pixels(file) {
  const { pad_size: { width, height }, image_mean: mean, image_std: std } = json("preprocessor_config.json");
  const values = new Float32Array(3 * width * height); // a missing picture is all zeros
  if (!file) return new ort.Tensor("float32", values, [1, 3, height, width]);
  const rgb = await sharp(file).rotate().resize(width, height, { fit: "contain", background: "#fff" })
    .flatten({ background: "#fff" }).toColourspace("srgb").raw().toBuffer();
  rgb.forEach((value, at) => {
    values[(at % 3) * width * height + Math.floor(at / 3)] = (value / 255 - mean[at % 3]) / std[at % 3];
  });
  return new ort.Tensor("float32", values, [1, 3, height, width]);
}`,
  feeds: [`${PIXELS}: await pixels(image)`],
  input: `\`${PIXELS}\` float32 \`[batch, 3, height, width]\`: see \`preprocessor_config.json\`; a missing picture is all zeros.`,
  caveat: "for JPEG\npictures, which balgrad decodes at a reduced size, about that",
};

const card = z.strictObject({ type: z.literal("convolutional"), side: upTo(LARGEST.side) });

/** Pictures, fitted whole into a square, into a network that is trained from scratch. */
export const convolutional: InputKind<"image", typeof convolutionalConfig, typeof card> = {
  modality: "image",
  settings: convolutionalConfig,
  open(given) {
    const network = convolutionalNetwork(given);
    const { type, side } = given;
    return Promise.resolve({
      preparation: scratchImages(side),
      trained: () => Promise.resolve(network),
      complete: () => Promise.resolve({ network, card: { type, side } }),
    });
  },
  card: {
    schema: card,
    prepare: ({ side }) => Promise.resolve(scratchImages(side)),
    ask: (_, preparation) => pictureQuestion(preparation!),
    publicInput: () => renamed(PIXELS),
    example: () => example,
    files: ({ side }) => ({ "preprocessor_config.json": preprocessorConfig(side) }),
  },
};
