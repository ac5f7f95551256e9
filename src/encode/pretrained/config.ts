/** @module The settings files of an encoder's folder: what we read of them, checked. */

import { z } from "zod";

import { ConfigError } from "../../errors.js";
import { type FileKind, readChecked } from "../../files/json.js";
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

/** A settings file of a pretrained encoder. */
export const ENCODER_FILE = {
  what: "settings of a pretrained encoder",
  hint: "docs/encoders.md says what an encoder's files state.",
  error: ConfigError,
} as const satisfies FileKind;

/**
 * Reads and checks one settings file.
 *
 * @throws {ConfigError} naming the file, and the field where one is wrong.
 */
export const readSettings = <T>(path: string, schema: z.ZodType<T>): Promise<T> =>
  readChecked(path, { ...ENCODER_FILE, schema });

/** @throws {ConfigError} naming the file and the field. */
export const readEncoderConfig = (path: string) => readSettings(path, encoderConfig);
