/** @module Settings of a whole run: data, model, method, training, evaluation. */

import { z } from "zod";

import type { BalanceMethod } from "../balance/method.js";
import { dataConfig } from "../data/config.js";
import { SCORES } from "../data/dataset.js";
import { unusedSide } from "../data/modalities.js";
import { CORRUPTION_NAMES, corruptionsOn } from "../impairments/further.js";
import { DEFAULT_NOISE } from "../impairments/noisy.js";
import { ConfigError } from "../errors.js";
import { type JsonKind, readChecked } from "../files/json.js";
import { say, setting } from "../message.js";
import { modelConfig } from "../inputs/config.js";
import { isDefaultKind } from "../inputs/open.js";
import { explained } from "../settings/explain.js";
import { type Field, fieldsOf } from "../settings/fields.js";
import { settingNotes } from "../settings/notes.js";
import { type Origin, originOf } from "../settings/origin.js";
import { trainConfig } from "../train/config.js";
import { checkMethod } from "./methods.js";

const evaluationConfig = z.strictObject({
  imageNoise: z
    .number()
    .min(0)
    .default(DEFAULT_NOISE.image)
    .describe("standard deviation of Gaussian noise on the normalised image")
    .register(settingNotes, { flag: "image-noise", value: "sigma" }),
  textNoise: z
    .number()
    .min(0)
    .max(1)
    .default(DEFAULT_NOISE.text)
    .describe("probability that a text token is dropped")
    .register(settingNotes, { flag: "text-noise", value: "probability" }),
  seed: z.int().min(0).default(1).describe("seed of the noise"),
  split: z
    .enum(["validation", "test"])
    .default("test")
    .describe("split that the results of a training are measured on"),
  noiseCurve: z
    .boolean()
    .optional()
    .describe(
      "the noisy cases at several strengths; default: unless frozen encoders need features for it",
    )
    .register(settingNotes, { flag: "noise-curve", bare: "true" }),
  corruptions: z
    .union([z.literal("all"), z.array(z.enum(CORRUPTION_NAMES))])
    .default([])
    .describe("corruptions to test with")
    .register(settingNotes, {
      flag: "corruptions",
      bare: "all",
      accepts: `all, or a list of ${CORRUPTION_NAMES.join(", ")}; a flag without names means all, and the data or the run stand before the flag`,
    }),
  score: z
    .enum(SCORES)
    .optional()
    .describe("what models are judged by; default: the usual score for such data")
    .register(settingNotes, { flag: "score" }),
});

const methodConfig = z.strictObject({
  name: z
    .string()
    .default("robust")
    .describe(
      "how the modalities are balanced: one of the methods, or auto, which validation chooses",
    )
    .register(settingNotes, { flag: "method", value: "name" }),
  options: z.record(z.string(), z.unknown()).default({}).describe("the method's options"),
});

/** Schema of {@link RunConfig}, also of configuration files. */
export const runConfig = z.strictObject({
  data: dataConfig.prefault({}),
  model: modelConfig.prefault({}),
  method: methodConfig.prefault({}),
  train: trainConfig.prefault({}),
  evaluation: evaluationConfig.prefault({}),
});

/** Settings of a run, checked and complete. */
export type RunConfig = z.infer<typeof runConfig>;

let fields: readonly Field[] | undefined;

/** All settings of a run but for the methods' options. */
export const runFields = (): readonly Field[] => (fields ??= fieldsOf(runConfig));

/** @throws {ConfigError} for an encoder of a modality that is not used. */
function refuseUnusedEncoder({ data, model }: RunConfig, origin: Origin): void {
  const side = unusedSide(data.modalities);
  if (side === null || isDefaultKind(side, model[side])) return;
  const unused = model[side];
  const [name, value] =
    "encoder" in unused ? (["encoder", unused.encoder] as const) : (["type", unused.type] as const);
  throw new ConfigError(
    say`${origin.written(`model.${side}.${name}`, value)}: the ${side} encoder has no effect where the ${data.modalities}s alone are used.`,
    say`Name the ${data.modalities} encoder alone, with ${setting(`model.${data.modalities}.encoder`)}.`,
  );
}

/** @throws {ConfigError} for corruptions of a modality that is not used. */
function refuseUnusedCorruptions({ data, evaluation }: RunConfig, origin: Origin): void {
  const side = unusedSide(data.modalities);
  const { corruptions } = evaluation;
  if (side === null || corruptions === "all") return;
  const idle = corruptionsOn(side, corruptions).map(({ name }) => name);
  if (idle.length === 0) return;
  throw new ConfigError(
    say`${origin.written("evaluation.corruptions", corruptions)}: ${idle.join(", ")} has no effect where the ${data.modalities}s alone are used.`,
    say`Leave it out, or give ${setting("evaluation.corruptions", "all")} for all of the ${data.modalities}.`,
  );
}

/**
 * Checks settings and fills in the defaults.
 *
 * @param from - Where the settings come from, for errors: an origin, or the name of a file.
 * @param own - Methods beside those that are built in, which a program defines.
 * @throws {ConfigError} naming the setting, for unknown settings and values out of range.
 */
export function checkConfig(
  settings: unknown,
  from: Origin | string,
  own: readonly BalanceMethod[] = [],
): RunConfig {
  const origin = originOf(from);
  const checked = runConfig.safeParse(settings);
  if (!checked.success) {
    throw explained(checked.error.issues[0]!, { fields: runFields(), settings, origin });
  }
  const { name, options } = checked.data.method;
  const checkedMethod = checkMethod(name, options, { origin, own });
  refuseUnusedEncoder(checked.data, origin);
  refuseUnusedCorruptions(checked.data, origin);
  const given = (settings as { readonly model?: object }).model;
  return {
    ...checked.data,
    model: modelConfig.parse({ ...checkedMethod.method.model, ...given }),
    method: { name, options: checkedMethod.options },
  };
}

/** What a program reads beside the settings in a configuration file: its address for editors. */
const SCHEMA_KEY = "$schema";

const CONFIG_FILE: JsonKind<Readonly<Record<string, unknown>>> = {
  what: "a configuration file",
  schema: z.custom<Readonly<Record<string, unknown>>>(
    (value) => typeof value === "object" && value !== null && !Array.isArray(value),
    "expected a JSON object with settings",
  ),
  error: ConfigError,
};

/**
 * Reads a configuration file: JSON with the settings of {@link runConfig}, all optional. It may name its
 * JSON Schema as `$schema`, for editors.
 *
 * @throws {ConfigError} when it is missing or not a JSON object.
 */
export async function readConfigFile(path: string): Promise<Readonly<Record<string, unknown>>> {
  const value = await readChecked(path, CONFIG_FILE);
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== SCHEMA_KEY));
}
