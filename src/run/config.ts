/** @module Settings of a whole run: data, model, method, training, evaluation. */

import { readFile } from "node:fs/promises";

import { z } from "zod";

import type { BalanceMethod } from "../balance/method.js";
import { dataConfig } from "../data/config.js";
import { SCORES } from "../data/dataset.js";
import { unusedSide } from "../data/modalities.js";
import { CORRUPTIONS, corruptionsOn } from "../prepare/corrupt/kinds.js";
import { DEFAULT_NOISE } from "../prepare/impair.js";
import { ConfigError } from "../errors.js";
import { modelConfig } from "../model/config.js";
import { systemError, isMissing } from "../system.js";
import { nearest } from "../text.js";
import { trainConfig } from "../train/config.js";
import { checkMethod, RUN_METHODS } from "./methods.js";

const evaluationConfig = z.strictObject({
  imageNoise: z
    .number()
    .min(0)
    .default(DEFAULT_NOISE.image)
    .describe("standard deviation of Gaussian noise on the normalised image"),
  textNoise: z
    .number()
    .min(0)
    .max(1)
    .default(DEFAULT_NOISE.text)
    .describe("probability that a text token is dropped"),
  seed: z.int().min(0).default(1).describe("seed of the noise"),
  noiseCurve: z
    .boolean()
    .optional()
    .describe(
      "the noisy cases at several strengths; default: where frozen encoders need not make features for it",
    ),
  corruptions: z
    .union([z.literal("all"), z.array(z.enum(CORRUPTIONS))])
    .default([])
    .describe(`corruptions to test with: "all", or a list of ${CORRUPTIONS.join(", ")}`),
  score: z
    .enum(SCORES)
    .optional()
    .describe("what models are judged by; default: what the field uses for the data"),
});

const methodConfig = z.strictObject({
  name: z
    .string()
    .default("robust")
    .describe(`one of: ${RUN_METHODS.map((method) => method.name).join(", ")}`),
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

/** Names of all settings under a dotted path, for suggestions. */
function knownKeys(path: readonly PropertyKey[]): string[] {
  let value: unknown = runConfig.parse({});
  for (const key of path) value = (value as Record<PropertyKey, unknown> | undefined)?.[key];
  return typeof value === "object" && value !== null ? Object.keys(value) : [];
}

function explain(issue: z.core.$ZodIssue, origin: string): ConfigError {
  const where = issue.path.join(".");
  if (issue.code !== "unrecognized_keys") {
    return new ConfigError(`${origin}: ${where || "settings"}: ${issue.message}.`);
  }
  const [key] = issue.keys as [string];
  const known = knownKeys(issue.path);
  const guess = nearest(key, known);
  const hint = guess ? `Did you mean "${guess}"?` : `Known here: ${known.join(", ")}.`;
  return new ConfigError(`${origin}: unknown setting "${[...issue.path, key].join(".")}".`, hint);
}

/** @throws {ConfigError} for a pretrained encoder of a modality that is not used. */
function refuseUnusedEncoder({ data, model }: RunConfig, origin: string): void {
  const side = unusedSide(data.modalities);
  if (side === null || model[side].type !== "pretrained") return;
  throw new ConfigError(
    `${origin}: model.${side}: the ${side} encoder has no effect where the ${data.modalities}s alone are used.`,
    `Name the ${data.modalities} encoder alone, with --${data.modalities}-encoder.`,
  );
}

/** @throws {ConfigError} for corruptions of a modality that is not used. */
function refuseUnusedCorruptions({ data, evaluation }: RunConfig, origin: string): void {
  const side = unusedSide(data.modalities);
  const { corruptions } = evaluation;
  if (side === null || corruptions === "all") return;
  const idle = corruptionsOn(side, corruptions);
  if (idle.length === 0) return;
  throw new ConfigError(
    `${origin}: evaluation.corruptions: ${idle.join(", ")} has no effect where the ${data.modalities}s alone are used.`,
    `Leave it out, or give --corruptions without names for all of the ${data.modalities}.`,
  );
}

/**
 * Checks settings and fills in the defaults.
 *
 * @param origin - Named in errors: a file, or "command line".
 * @param own - Methods beside those that are built in, which a program defines.
 * @throws {ConfigError} naming the setting, for unknown settings and values out of range.
 */
export function checkConfig(
  settings: unknown,
  origin: string,
  own: readonly BalanceMethod[] = [],
): RunConfig {
  const checked = runConfig.safeParse(settings);
  if (!checked.success) throw explain(checked.error.issues[0]!, origin);
  const { name, options } = checked.data.method;
  const checkedMethod = checkMethod(name, options, own);
  refuseUnusedEncoder(checked.data, origin);
  refuseUnusedCorruptions(checked.data, origin);
  const given = (settings as { readonly model?: object }).model;
  return {
    ...checked.data,
    model: modelConfig.parse({ ...checkedMethod.method.model, ...given }),
    method: { name, options: checkedMethod.options },
  };
}

/**
 * Reads a configuration file: JSON with the settings of {@link runConfig}, all optional.
 *
 * @throws {ConfigError} when it is missing or not JSON.
 */
export async function readConfigFile(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, "utf8")) as unknown;
  } catch (error) {
    const refused = isMissing(error) ? null : systemError(error, path);
    if (refused) throw refused;
    const why = isMissing(error) ? "no such file" : `not valid JSON: ${(error as Error).message}`;
    throw new ConfigError(`${path}: ${why}.`);
  }
}
