/** @module The settings files of an encoder's folder: what we read of them, checked. */

import { z } from "zod";

import { ConfigError } from "../../errors.js";
import { readJson } from "../../run/files.js";

const pooling = z.strictObject({
  output: z.string().describe("name of the output that is read"),
  kind: z.enum(["none", "cls", "mean"]),
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
  pad_token_id: z.number().nullish(),
};

const encoderConfig = z.looseObject({
  model_type: z.string().nullish(),
  _name_or_path: z.string().nullish(),
  ...textLimits,
  text_config: z.looseObject({ model_type: z.string().nullish(), ...textLimits }).nullish(),
  balgrad: statements.prefault({}),
});

/** What we read of `config.json`. */
export type EncoderConfig = z.infer<typeof encoderConfig>;

const size = z.union([z.number(), z.record(z.string(), z.number().nullable())]);
const perChannel = z.union([z.number(), z.array(z.number()).length(3)]);

const preprocessorConfig = z.looseObject({
  image_processor_type: z.string().nullish(),
  feature_extractor_type: z.string().nullish(),
  size: size.optional(),
  crop_size: size.optional(),
  image_mean: perChannel.optional(),
  image_std: perChannel.optional(),
  rescale_factor: z.number().positive().optional(),
});

const tokenizerConfig = z.looseObject({
  tokenizer_class: z.string().nullish(),
  // Of a tokenizer without a limit this is 1e30.
  model_max_length: z.number().positive().nullish(),
});

const tokenizerFile = z.looseObject({
  model: z.looseObject({}),
  truncation: z.looseObject({ max_length: z.number() }).nullish(),
});

const poolingConfig = z.looseObject({
  pooling_mode_cls_token: z.boolean().default(false),
  pooling_mode_mean_tokens: z.boolean().default(false),
});

/** Reads and checks one settings file. */
async function readChecked<T>(path: string, schema: z.ZodType<T>): Promise<T> {
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

/** @throws {ConfigError} naming the file and the field. */
export const checkPreprocessor = (path: string) => readChecked(path, preprocessorConfig);

/** @throws {ConfigError} naming the file and the field. */
export const readTokenizerConfig = (path: string) => readChecked(path, tokenizerConfig);

/** @throws {ConfigError} naming the file and the field. */
export const readTokenizerFile = (path: string) => readChecked(path, tokenizerFile);

/** What `1_Pooling/config.json` of a sentence encoder says, `null` where we do not have it. */
export async function readPoolingKind(path: string): Promise<"cls" | "mean" | null> {
  const { pooling_mode_cls_token: cls, pooling_mode_mean_tokens: mean } = await readChecked(
    path,
    poolingConfig,
  );
  if (cls) return "cls";
  return mean ? "mean" : null;
}
