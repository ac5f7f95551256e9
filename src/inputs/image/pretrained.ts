/** @module Pictures into a pretrained encoder in ONNX, frozen or trained. */

import { join } from "node:path";

import { z } from "zod";

import type { ImageEncoder } from "../../encode/pretrained/encoder.js";
import { openImagePreparation, preprocessorFile } from "../../encode/pretrained/images.js";
import { ENCODER_INPUTS, PREPROCESSOR_FILES } from "../../encode/pretrained/names.js";
import { openEncoder } from "../../encode/pretrained/open.js";
import { type FinetuneSettings, LARGEST, upTo } from "../../model/config.js";
import { type ImportedImage, importedNetwork } from "../../model/imported.js";
import { type ExamplePart, renamed, TRANSFORMERS } from "../exported.js";
import type { InputContext, InputKind, OpenInput } from "../kind.js";
import { fileOf, openingOf, planned, pretrainedSettings } from "../pretrained.js";
import { pictureQuestion } from "../question.js";
import { scaleOf, trainedVectors } from "../vectors.js";

async function imported(encoder: ImageEncoder, settings: FinetuneSettings): Promise<ImportedImage> {
  const { name, pooling, steps = [], size, input, preparation } = encoder;
  const { shape } = preparation;
  const file = await fileOf(encoder);
  return planned({ name, file, pooling, steps, size, input, shape }, settings);
}

/** The input of an encoder that is open. */
export function imageInput(encoder: ImageEncoder, context: InputContext): OpenInput<"image"> {
  const { finetune } = context;
  const { preparation, normalisation, folder } = encoder;
  const isFrozen = finetune.mode === "none";
  return {
    preparation,
    encoder,
    isFrozen,
    files: ["config.json", ...PREPROCESSOR_FILES].map((name) => join(folder, name)),
    async check() {
      await imported(encoder, finetune);
    },
    adapt: (splits) => splits.map((images) => ({ ...images, normalisation })),
    trained: async (train) =>
      isFrozen
        ? trainedVectors(train, context)
        : importedNetwork(await imported(encoder, finetune)),
    async complete(train) {
      const standardisation = scaleOf(train, context);
      const whole = await imported(encoder, finetune);
      return {
        network: importedNetwork({ ...whole, ...(standardisation && { standardisation }) }),
        card: { type: "encoder", shape: whole.shape, normalisation },
      };
    },
  };
}

const channels = z.tuple([z.number(), z.number(), z.number()]);

const card = z.strictObject({
  type: z.literal("encoder"),
  shape: z.tuple([z.literal(3), upTo(LARGEST.side), upTo(LARGEST.side)]),
  normalisation: z.strictObject({ mean: channels, deviation: channels }),
});

const PIXELS = ENCODER_INPUTS.pixels;

/** How a program prepares pictures. */
const example = ({ shape }: z.infer<typeof card>): ExamplePart => ({
  imports: [TRANSFORMERS],
  code: `async function pixels(file) {
  if (!file) return new ort.Tensor("float32", new Float32Array(${shape.join(" * ")}), [1, ${shape.join(", ")}]);
  const processor = await AutoProcessor.from_pretrained(folder, { local_files_only: true });
  const { ${PIXELS}: values } = await processor(await RawImage.read(file));
  return new ort.Tensor("float32", values.data, values.dims);
}`,
  feeds: [`${PIXELS}: await pixels(image)`],
  input: `\`${PIXELS}\` float32 \`[batch, ${shape.join(", ")}]\`: see \`preprocessor_config.json\`; a missing picture is all zeros.`,
});

/** A pretrained image encoder in ONNX. */
export const pretrainedImage: InputKind<"image", typeof pretrainedSettings, typeof card> = {
  modality: "image",
  settings: pretrainedSettings,
  makesFeatures: true,
  open: async (settings, context) =>
    imageInput(await openEncoder(settings.encoder, "image", openingOf(settings)), context),
  card: {
    schema: card,
    async prepare(_, folder) {
      return (await openImagePreparation(folder, await preprocessorFile(folder))).preparation;
    },
    ask: ({ normalisation }, preparation) => pictureQuestion(preparation!, normalisation),
    publicInput: () => renamed(PIXELS),
    example,
  },
};
