/** @module Which inputs of a model take pictures or texts. */

import type { Modality } from "../../data/dataset.js";
import { UserError } from "../../errors.js";
import type { Port } from "../../runtime/inspect.js";
import type { EncoderConfig } from "./config.js";
import type { TextEncoder } from "./encoder.js";
import { ENCODER_INPUTS } from "./names.js";

const listed = (ports: readonly Port[]): string =>
  ports.map(({ name, type, shape }) => `"${name}" ${type} [${shape.join(", ")}]`).join(", ");

/** Says that a model's inputs are not those of an encoder of this modality. */
function wrongInputs(path: string, modality: Modality, inputs: readonly Port[]): UserError {
  const names = inputs.map(({ name }) => name);
  const takes = {
    image: names.includes(ENCODER_INPUTS.pixels),
    text: names.includes(ENCODER_INPUTS.ids),
  };
  const hint =
    takes.image && takes.text
      ? "It holds both encoders of a pair: export them apart, as onnx/vision_model.onnx and onnx/text_model.onnx."
      : takes.image || takes.text
        ? `It is an encoder of ${takes.image ? "images" : "texts"}.`
        : `State the inputs' names in config.json, under "balgrad" (docs/encoders.md).`;
  return new UserError(
    `${path}: not an encoder of ${modality}s; its inputs are ${listed(inputs)}.`,
    hint,
  );
}

const PICTURE_AXES = 4;

/** A size that a model's file fixes; `undefined` where it is open. */
export const fixedSize = ({ shape }: Port, axis: number): number | undefined => {
  const size = shape[axis];
  return typeof size === "number" && size > 0 ? size : undefined;
};

/** Says why pictures of one shape do not fit into a model that takes another. */
function wrongShape(path: string, input: Port, wanted: readonly number[]): UserError {
  const [, first, , last] = input.shape;
  const takes = `${path}: takes pictures of [${input.shape.slice(1).join(", ")}]`;
  if (first === 1) {
    return new UserError(
      `${takes}: one channel, gray.`,
      "Only pictures with three channels are supported.",
    );
  }
  if (last === 3 && first !== 3) {
    return new UserError(
      `${takes}: channels last.`,
      "Export it with channels first, [batch, 3, height, width].",
    );
  }
  return new UserError(
    `${takes}, but the folder's image processor makes them [${wanted.join(", ")}].`,
    `Correct "size" or "crop_size" in its file.`,
  );
}

/**
 * The input for pictures, which is the model's only one.
 *
 * @param wanted - Shape of the pictures, `[3, height, width]`.
 * @throws {UserError} where it is not, or takes other shapes.
 */
export function imageInput(
  path: string,
  inputs: readonly Port[],
  config: EncoderConfig,
  wanted: readonly number[],
): Port {
  const stated = config.balgrad.image.input;
  const [input, ...more] = inputs;
  const fits =
    input !== undefined &&
    more.length === 0 &&
    input.shape.length === PICTURE_AXES &&
    input.type.startsWith("float") &&
    (stated === undefined || stated === input.name);
  if (!fits) throw wrongInputs(path, "image", inputs);
  const differs = wanted.some((size, axis) => (fixedSize(input, axis + 1) ?? size) !== size);
  if (differs) throw wrongShape(path, input, wanted);
  return input;
}

/** The inputs for texts. @throws {UserError} where the model has others, or none for ids. */
export function textInputs(
  path: string,
  inputs: readonly Port[],
  config: EncoderConfig,
): TextEncoder["inputs"] {
  const names = inputs.map(({ name }) => name);
  const { ids, mask, types, positions } = config.balgrad.text.inputs;
  const pick = (stated: string | null | undefined, usual: string): string | null => {
    const name = stated === undefined ? usual : stated;
    return name !== null && names.includes(name) ? name : null;
  };
  const found = {
    mask: pick(mask, ENCODER_INPUTS.mask),
    types: pick(types, ENCODER_INPUTS.types),
    positions: pick(positions, ENCODER_INPUTS.positions),
  };
  const id = pick(ids, ENCODER_INPUTS.ids);
  const known: readonly (string | null)[] = [id, ...Object.values(found)];
  if (id === null || names.some((name) => !known.includes(name))) {
    throw wrongInputs(path, "text", inputs);
  }
  return { ids: id, ...found };
}
