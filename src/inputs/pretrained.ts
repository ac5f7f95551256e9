/** @module What inputs of pretrained encoders have in common: settings, and their graphs as networks. */

import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import { z } from "zod";

import { POOLING_KINDS, type PretrainedEncoder } from "../encode/pretrained/encoder.js";
import { WEIGHT_CHOICES } from "../encode/pretrained/names.js";
import type { OpenEncoderOptions } from "../encode/pretrained/open.js";
import { UserError } from "../errors.js";
import { say, setting, type Text, useCase } from "../message.js";
import { type OnnxFile, readOnnx } from "../graph/onnx/read.js";
import type { FinetuneSettings } from "../model/config.js";
import { type FinetunePlan, planFinetuning } from "../model/finetune.js";
import { settingNotes } from "../settings/notes.js";
import { encoderWeights, type UnplannedEncoder } from "../model/imported.js";

/** Schema of the settings. */
export const pretrainedSettings = z.strictObject({
  type: z.literal("pretrained"),
  encoder: z
    .string()
    .min(1)
    .describe("hub name or folder of an encoder in ONNX")
    .register(settingNotes, { flag: "%-encoder", value: "name" }),
  weights: z
    .enum(WEIGHT_CHOICES)
    .optional()
    .describe(
      "which of the encoder's files is read; default: fp32, otherwise the first that exists",
    ),
  pooling: z
    .enum(POOLING_KINDS)
    .optional()
    .describe("how positions become one vector; default: as the encoder's folder states"),
});

/** How the settings say that an encoder is opened. */
export const openingOf = ({
  weights,
  pooling,
}: z.infer<typeof pretrainedSettings>): OpenEncoderOptions => ({
  ...(weights !== undefined && { weights }),
  ...(pooling !== undefined && { pooling }),
});

/** Says that an encoder can be run, and not be part of a model. */
const runOnly = (name: string, why: string, way: Text): UserError =>
  new UserError(
    `${name}: ${why}; the encoder can be run, not built into a model.`,
    say`${way} Or make its features and train on them: ${useCase("encode", "<data>", setting("out", "<features>"))}.`,
  );

async function parse({ model, name, weights, batch }: PretrainedEncoder): Promise<OnnxFile> {
  if (weights === "quantized") {
    const way = say`Convert it first: ${useCase("convert", "<folder>", "<new folder>")}.`;
    throw runOnly(name, "the weights are quantized", way);
  }
  if (batch !== undefined) {
    const way = "Export it with an open batch axis.";
    throw runOnly(name, `the file takes exactly ${batch} at a time`, way);
  }
  const external = (location: string): Uint8Array => readFileSync(join(dirname(model), location));
  return readOnnx(new Uint8Array(await readFile(model)), external);
}

const parsed = new WeakMap<PretrainedEncoder, Promise<OnnxFile>>();

/**
 * An encoder's graph, parsed once.
 *
 * @throws {UserError} where it cannot be built into a model, with the way around.
 */
export function fileOf(encoder: PretrainedEncoder): Promise<OnnxFile> {
  const known = parsed.get(encoder) ?? parse(encoder);
  parsed.set(encoder, known);
  return known;
}

/** An encoder with what of it is trained. */
export const planned = <E extends UnplannedEncoder>(
  encoder: E,
  settings: FinetuneSettings,
): E & { readonly plan: FinetunePlan } => ({
  ...encoder,
  plan: planFinetuning(encoderWeights(encoder), settings, encoder.name),
});
