/** @module How one vector per sample comes from an encoder's outputs, where its folder does not state it. */

import { UserError } from "../../errors.js";
import type { EncoderConfig } from "./config.js";
import type { Pooling } from "./encoder.js";
import type { Modality } from "./files.js";

/** Outputs that are vectors already, the best first. */
const VECTORS: Readonly<Record<Modality, readonly string[]>> = {
  image: ["image_embeds", "features"],
  text: ["text_embeds", "sentence_embedding", "features"],
};

const HIDDEN = ["last_hidden_state", "token_embeddings"];

const POOLED = "pooler_output";

/** Architectures whose first position stands for the whole picture or text. */
const WITH_CLASS_TOKEN: Readonly<Record<Modality, RegExp>> = {
  image: /^(vit|deit|beit|dinov2|dinov3_vit|clip|blip|data2vec-vision|vit_mae|vit_msn)/,
  text: /^(bert|roberta|xlm-roberta|camembert|electra|albert|deberta|mpnet|blip|squeezebert|convbert)/,
};

/** Encoders of sentences are trained with the mean, though their architecture has a class token. */
const SENTENCES = /sentence-transformers|MiniLM|mpnet-base/i;

function hiddenKind(modality: Modality, config: EncoderConfig): Pooling["kind"] {
  if (modality === "text" && SENTENCES.test(config._name_or_path ?? "")) return "mean";
  return WITH_CLASS_TOKEN[modality].test(config.model_type ?? "") ? "cls" : "mean";
}

const FEATURE_MAP = 4;

/** An output and its shape for one sample. */
export interface OutputShape {
  readonly name: string;
  readonly shape: readonly number[];
}

/** Whether any output is known to hold features, by their names. */
export const hasFeatures = (modality: Modality, outputs: readonly string[]): boolean =>
  [...VECTORS[modality], ...HIDDEN, POOLED].some((name) => outputs.includes(name));

/** Feature maps have no first position and are never vectors. */
const fitted = (output: OutputShape, kind: Pooling["kind"]): Pooling => ({
  output: output.name,
  kind: output.shape.length === FEATURE_MAP ? "mean" : kind,
});

/** What else may be read where nothing has a known name. */
const describe = (outputs: readonly OutputShape[]): string =>
  outputs.map(({ name, shape }) => `"${name}" [${shape.join(", ")}]`).join(", ");

/** What is known when a pooling is chosen. */
export interface PoolingFacts {
  readonly modality: Modality;
  readonly model: string;
  readonly outputs: readonly OutputShape[];
  readonly config: EncoderConfig;
  /** What `1_Pooling/config.json` says. */
  readonly sentence: "cls" | "mean" | null;
}

/** Checks a pooling that the folder states. */
function stated({ model, outputs }: PoolingFacts, pooling: Pooling): Pooling {
  const output = outputs.find(({ name }) => name === pooling.output);
  if (!output) {
    throw new UserError(
      `${model}: there is no output "${pooling.output}", which config.json states.`,
      `The outputs are ${describe(outputs)}.`,
    );
  }
  const wanted = pooling.kind === "none" ? [2] : pooling.kind === "cls" ? [3] : [3, FEATURE_MAP];
  if (!wanted.includes(output.shape.length)) {
    throw new UserError(
      `${model}: the output ${describe([output])} cannot be pooled by "${pooling.kind}", which config.json states.`,
      `"none" takes [batch, size], "cls" [batch, positions, size], "mean" that or [batch, size, height, width].`,
    );
  }
  return pooling;
}

/**
 * Chooses an output and how it becomes a vector.
 *
 * @throws {UserError} where no output is known to hold features.
 */
export function choosePooling(facts: PoolingFacts): Pooling {
  const { modality, model, outputs, config, sentence } = facts;
  const statement = config.balgrad[modality].pooling;
  if (statement) return stated(facts, statement);
  const named = (names: readonly string[]): OutputShape | undefined =>
    names.flatMap((name) => outputs.find((output) => output.name === name) ?? [])[0];
  const vector = named(VECTORS[modality]);
  if (vector) return fitted(vector, "none");
  const hidden = named(HIDDEN);
  if (hidden && sentence) return fitted(hidden, sentence);
  const pooled = named([POOLED]);
  if (pooled) return fitted(pooled, "none");
  if (hidden) return fitted(hidden, hiddenKind(modality, config));
  throw new UserError(
    `${model}: no output is known to hold features; there is ${describe(outputs)}.`,
    `Export the model without its head, or state in config.json which output to read: "balgrad": {"${modality}": {"pooling": {"output": "...", "kind": "none"}}}.`,
  );
}

/** Length of the vector that a pooling gives, by its output's shape. */
export const pooledSize = ({ kind }: Pooling, shape: readonly number[]): number =>
  kind === "mean" && shape.length === FEATURE_MAP ? shape[1]! : shape.at(-1)!;
