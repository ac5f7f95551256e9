/** @module What a folder of sentence-transformers states beside its model: pooling and the steps after it. */

import { readFile } from "node:fs/promises";

import { z } from "zod";

import { ConfigError, UserError } from "../../errors.js";
import { readSafetensors } from "../../tensors/safetensors.js";
import { readSettings } from "./config.js";
import { ACTIVATIONS, POOLING_KINDS, type PoolingKind, type VectorStep } from "./encoder.js";

/** What comes after the hidden states of a sentence encoder. */
export interface SentenceModules {
  /** The file that states pooling. */
  readonly file: string;
  readonly pooling: readonly PoolingKind[];
  readonly steps: readonly VectorStep[];
  /** All files that say so, weights included. */
  readonly files: readonly string[];
}

const moduleList = z.array(z.looseObject({ type: z.string(), path: z.string() }));

const kind = z.enum(POOLING_KINDS);

/** Older files have a flag for each kind. */
const FLAGS: Readonly<Record<PoolingKind, string>> = {
  cls: "pooling_mode_cls_token",
  max: "pooling_mode_max_tokens",
  mean: "pooling_mode_mean_tokens",
  mean_sqrt_len_tokens: "pooling_mode_mean_sqrt_len_tokens",
  weightedmean: "pooling_mode_weightedmean_tokens",
  lasttoken: "pooling_mode_lasttoken",
};

const poolingConfig = z.looseObject({
  pooling_mode: z.union([kind, z.array(kind).min(1)]).nullish(),
  include_prompt: z.boolean().nullish(),
  ...Object.fromEntries(Object.values(FLAGS).map((flag) => [flag, z.boolean().nullish()])),
});

const denseConfig = z.looseObject({
  in_features: z.int().positive(),
  out_features: z.int().positive(),
  bias: z.boolean().default(true),
  activation_function: z.string().nullish(),
  module_input_name: z.literal("sentence_embedding").nullish(),
  module_output_name: z.literal("sentence_embedding").nullish(),
  use_residual: z.literal(false).nullish(),
});

const normalizeConfig = z.looseObject({
  module_input_name: z.literal("sentence_embedding").nullish(),
  module_output_name: z.literal("sentence_embedding").nullish(),
});

/** Names of the module that is the model itself; older versions had one for each architecture. */
const TRANSFORMERS = new Set(["Transformer", "BERT", "RoBERTa", "DistilBERT"]);

/** Finds a file of the folder; `null` where there is none. */
type Find = (file: string) => Promise<string | null>;

async function needed(find: Find, file: string, modules: string): Promise<string> {
  const path = await find(file);
  if (path !== null) return path;
  throw new UserError(
    `${modules}: it names ${file}, which is not there.`,
    "Copy or download it, too.",
  );
}

/** Kinds of pooling, in the order in which they are joined. */
async function readPooling(path: string): Promise<readonly PoolingKind[]> {
  const stated = await readSettings(path, poolingConfig);
  const { pooling_mode: mode } = stated;
  if (mode) return typeof mode === "string" ? [mode] : mode;
  const kinds = POOLING_KINDS.filter((kind) => stated[FLAGS[kind]] === true);
  // As the library has it where no kind is stated.
  return kinds.length > 0 ? kinds : ["mean"];
}

/** Whether pooling leaves the prompt out. */
export const excludesPrompt = async (path: string): Promise<boolean> =>
  (await readSettings(path, poolingConfig)).include_prompt === false;

async function readDense(find: Find, folder: string, modules: string) {
  const config = await needed(find, `${folder}/config.json`, modules);
  const stated = await readSettings(config, denseConfig);
  // As the library has it: tanh where the field is absent.
  const { activation_function: given = "Tanh" } = stated;
  const name = given?.split(".").at(-1) ?? "Identity";
  const activation = ACTIVATIONS.find((known) => known === name);
  if (!activation) {
    throw new ConfigError(
      `${config}: activation_function: "${given}" is not supported.`,
      `Supported are ${ACTIVATIONS.join(", ")}.`,
    );
  }
  const file = await needed(find, `${folder}/model.safetensors`, modules);
  const { in_features: inputs, out_features: outputs } = stated;
  const tensors = await readWeights(file);
  const values = (tensor: string, size: number): Float32Array => {
    const data = tensors.get(tensor)?.data;
    if (data instanceof Float32Array && data.length === size) return data;
    throw new UserError(
      `${file}: "${tensor}" is missing, or is not ${size} 32-bit floats, as ${config} says.`,
    );
  };
  const weight = values("linear.weight", inputs * outputs);
  const bias = stated.bias ? values("linear.bias", outputs) : new Float32Array(outputs);
  return {
    step: { type: "dense", weight, bias, inputs, outputs, activation } as const,
    files: [config, file],
  };
}

async function readWeights(file: string) {
  try {
    return readSafetensors(await readFile(file)).tensors;
  } catch (error) {
    throw new UserError(`${file}: cannot be read (${(error as Error).message}).`);
  }
}

/** One step after pooling. */
async function readStep(find: Find, type: string, folder: string, modules: string) {
  if (type === "Dense") return readDense(find, folder, modules);
  if (type === "Normalize") {
    const config = await find(`${folder}/config.json`);
    if (config !== null) await readSettings(config, normalizeConfig);
    return { step: { type: "normalize" } as const, files: config === null ? [] : [config] };
  }
  // It does something in training only.
  if (type === "Dropout") return { step: null, files: [] };
  throw new UserError(
    `${modules}: the module "${type}" is not supported.`,
    "Supported are Transformer, Pooling, Dense and Normalize. Export the model as a whole, with the output sentence_embedding.",
  );
}

/**
 * Reads what a folder states about pooling and what comes after it: `modules.json` with the folders that it
 * names, or `1_Pooling/config.json` alone.
 *
 * @returns `null` where it states nothing.
 * @throws {UserError} naming the file and the module or field that is wrong or not supported.
 */
export async function readSentenceModules(find: Find): Promise<SentenceModules | null> {
  const list = await find("modules.json");
  if (list === null) {
    const file = await find("1_Pooling/config.json");
    if (file === null) return null;
    return { file, pooling: await readPooling(file), steps: [], files: [file] };
  }
  const modules = (await readSettings(list, moduleList)).map(({ type, path }) => ({
    type: type.split(".").at(-1)!,
    folder: path.replace(/\/+$/, ""),
  }));
  const [first, second, ...more] = modules;
  if (!first || !TRANSFORMERS.has(first.type) || second?.type !== "Pooling") {
    throw new UserError(
      `${list}: the modules ${modules.map(({ type }) => type).join(", ") || "(none)"} are not supported.`,
      "The first must be Transformer, the second Pooling.",
    );
  }
  const file = await needed(find, `${second.folder}/config.json`, list);
  const after = [];
  for (const { type, folder } of more) after.push(await readStep(find, type, folder, list));
  return {
    file,
    pooling: await readPooling(file),
    steps: after.flatMap(({ step }) => step ?? []),
    files: [list, file, ...after.flatMap(({ files }) => files)],
  };
}
