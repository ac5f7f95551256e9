/** @module The settings files of an encoder's folder: what we read of them, checked. */

import { z } from "zod";

import { ConfigError } from "../../errors.js";
import { readJson } from "../../files/json.js";
import { POOLING_KINDS } from "./encoder.js";

const kind = z.enum(POOLING_KINDS);

const pooling = z.strictObject({
  output: z.string().describe("name of the output that is read"),
  kind: z.union([z.literal("none"), kind, z.array(kind).min(1)]),
});

const inputName = z.string().min(1);

/** What a folder may state about its encoders in `config.json`, under `balgrad`. */
const statements = z.strictObject({
  image: z.strictObject({ input: inputName.optional(), pooling: pooling.optional() }).prefault({}),
  text: z
    .strictObject({
      inputs: z
        .strictObject({
          ids: inputName.optional(),
          mask: inputName.nullable().optional(),
          types: inputName.nullable().optional(),
          positions: inputName.nullable().optional(),
        })
        .prefault({}),
      pooling: pooling.optional(),
    })
    .prefault({}),
});

const textLimits = {
  max_position_embeddings: z.number().nullish(),
  pad_token_id: z
    .number()
    .nullish()
    .transform((id) => (Number.isInteger(id) && id! >= 0 ? id! : null)),
};

const encoderConfig = z.looseObject({
  model_type: z.string().nullish(),
  _name_or_path: z.string().nullish(),
  ...textLimits,
  text_config: z.looseObject({ model_type: z.string().nullish(), ...textLimits }).nullish(),
  vision_config: z.looseObject({ model_type: z.string().nullish() }).nullish(),
  balgrad: statements.prefault({}),
});

/** What we read of `config.json`. */
export type EncoderConfig = z.infer<typeof encoderConfig>;

/**
 * Reads and checks one settings file.
 *
 * @throws {UserError} naming the file, and the field where one is wrong.
 */
export async function readChecked<T>(path: string, schema: z.ZodType<T>): Promise<T> {
  const checked = schema.safeParse(await readJson(path, "settings of a pretrained encoder"));
  if (checked.success) return checked.data;
  const { path: field, message } = checked.error.issues[0]!;
  const where = field.length > 0 ? `${field.join(".")}: ` : "";
  throw new ConfigError(
    `${path}: ${where}${message}.`,
    "docs/encoders.md says what an encoder's files state.",
  );
}

/** @throws {ConfigError} naming the file and the field. */
export const readEncoderConfig = (path: string) => readChecked(path, encoderConfig);
