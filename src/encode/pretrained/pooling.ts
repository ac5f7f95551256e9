/** @module How one vector per sample comes from an encoder's outputs, where its folder does not state it. */

import { UserError } from "../../errors.js";
import { say, setting, type Text } from "../../message.js";
import type { EncoderConfig } from "./config.js";
import { kindsOf, type Pooling, type PoolingKind, type VectorStep } from "./encoder.js";
import type { Modality } from "../../data/dataset.js";
import type { SentenceModules } from "./sentence.js";

/** Outputs that are vectors already, the best first. */
const VECTORS: Readonly<Record<Modality, readonly string[]>> = {
  image: ["image_embeds", "features"],
  text: ["text_embeds", "sentence_embedding", "features"],
};

const HIDDEN = ["last_hidden_state", "token_embeddings"];

const POOLED = "pooler_output";

/** Architectures whose first position stands for the whole picture. */
const WITH_CLASS_TOKEN =
  /^(vit|deit|beit|dinov2|dinov3_vit|clip|blip|data2vec-vision|vit_mae|vit_msn)/;

/** Encoders of sentences are trained with the mean, though their architecture has a pooler. */
const SENTENCES = /sentence-transformers|MiniLM|mpnet-base|(^|[/_-])(e5|gte)[-_]/i;

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
  /** What the user wants. */
  readonly wanted?: PoolingKind;
  /** What the folder of a sentence encoder states. */
  readonly sentence: SentenceModules | UserError | null;
}

/** A pooling, the steps after it, and what had to be decided. */
export interface ChosenPooling {
  readonly pooling: Pooling;
  readonly steps: readonly VectorStep[];
  readonly notices: readonly Text[];
}

/** Numbers of axes of an output that a pooling takes. */
function axesFor({ kind }: Pooling): readonly number[] {
  if (kind === "none") return [2];
  return kind === "mean" ? [3, FEATURE_MAP] : [3];
}

/** Checks a pooling that the folder or the user states. */
function checked({ model, outputs }: PoolingFacts, pooling: Pooling, origin: string): Pooling {
  const output = outputs.find(({ name }) => name === pooling.output);
  if (!output) {
    throw new UserError(
      `${model}: there is no output "${pooling.output}", which ${origin} states.`,
      `The outputs are ${describe(outputs)}.`,
    );
  }
  if (!axesFor(pooling).includes(output.shape.length)) {
    throw new UserError(
      `${model}: the output ${describe([output])} cannot be pooled by "${String(pooling.kind)}", which ${origin} states.`,
      `"none" takes [batch, size], "mean" [batch, positions, size] or [batch, size, height, width], the others [batch, positions, size].`,
    );
  }
  return pooling;
}

const plain = (pooling: Pooling, ...notices: Text[]): ChosenPooling => ({
  pooling,
  steps: [],
  notices,
});

/** The output that holds a vector per position, or a map. */
const hiddenOf = ({ outputs }: PoolingFacts): OutputShape | undefined =>
  HIDDEN.flatMap((name) => outputs.find((output) => output.name === name) ?? [])[0] ??
  outputs.find(({ name, shape }) => name !== "logits" && shape.length === 3);

/** The pooling that the user wants. */
function wantedPooling(facts: PoolingFacts, kind: PoolingKind): ChosenPooling {
  const { modality, model, outputs } = facts;
  const setting = `the setting model.${modality}.pooling=${kind}`;
  const hidden = hiddenOf(facts);
  if (!hidden) {
    throw new UserError(
      `${model}: no output has a vector per position, which ${setting} needs; there is ${describe(outputs)}.`,
      "Leave the setting out.",
    );
  }
  return plain(checked(facts, { output: hidden.name, kind }, setting));
}

/** The pooling and the steps of a sentence encoder. */
function sentencePooling(facts: PoolingFacts, sentence: SentenceModules): ChosenPooling {
  const { pooling: kinds, steps, file } = sentence;
  const hidden = hiddenOf(facts);
  if (!hidden) {
    throw new UserError(
      `${facts.model}: no output has a vector per position, which the pooling that ${file} states needs; there is ${describe(facts.outputs)}.`,
      "Export the model with its last_hidden_state, or as a whole with the output sentence_embedding.",
    );
  }
  const kind = kinds.length === 1 ? kinds[0]! : kinds;
  const pooling = checked(facts, { output: hidden.name, kind }, file);
  return { pooling, steps, notices: [] };
}

/** Why a text encoder's positions are averaged where nothing says so. */
const meanNotice = (model: string): Text =>
  say`${model}: nothing states how a text's positions become one vector; their mean is taken (${setting("model.text.pooling", "cls")} or another kind changes that)`;

/**
 * Chooses an output and how it becomes a vector: what the user wants, what the folder states, the output that is
 * a vector by its name, and else the first position or the mean.
 *
 * @throws {UserError} where no output is known to hold features, or what is stated does not fit.
 */
export function choosePooling(facts: PoolingFacts): ChosenPooling {
  const { modality, model, outputs, config, sentence, wanted } = facts;
  if (wanted) return wantedPooling(facts, wanted);
  const statement = config.balgrad[modality].pooling;
  if (statement) return plain(checked(facts, statement, "config.json"));
  const named = (names: readonly string[]): OutputShape | undefined =>
    names.flatMap((name) => outputs.find((output) => output.name === name) ?? [])[0];
  const vector = named(VECTORS[modality]);
  if (vector) return plain(fitted(vector, "none"));
  if (sentence instanceof UserError) throw sentence;
  if (sentence) return sentencePooling(facts, sentence);
  const hidden = named(HIDDEN);
  const pooled = named([POOLED]);
  const isSentences = modality === "text" && SENTENCES.test(config._name_or_path ?? "");
  if (pooled && !(hidden && isSentences)) return plain(fitted(pooled, "none"));
  if (hidden && modality === "text") return plain(fitted(hidden, "mean"), meanNotice(model));
  if (hidden) {
    const hasToken = WITH_CLASS_TOKEN.test(config.model_type ?? "");
    return plain(fitted(hidden, hasToken ? "cls" : "mean"));
  }
  throw new UserError(
    `${model}: no output is known to hold features; there is ${describe(outputs)}.`,
    `Export the model without its head, or state in config.json which output to read: "balgrad": {"${modality}": {"pooling": {"output": "...", "kind": "none"}}}.`,
  );
}

/** Length of the vector that a pooling and the steps after it give, by its output's shape. */
export function pooledSize(
  { pooling, steps }: Pick<ChosenPooling, "pooling" | "steps">,
  shape: readonly number[],
  model: string,
): number {
  const isMap = pooling.kind === "mean" && shape.length === FEATURE_MAP;
  const pooled = isMap ? shape[1]! : shape.at(-1)! * Math.max(1, kindsOf(pooling).length);
  return steps.reduce((size, step) => {
    if (step.type === "normalize") return size;
    if (step.inputs === size) return step.outputs;
    throw new UserError(
      `${model}: the dense layer after pooling takes ${step.inputs} numbers, and gets ${size}.`,
      "The folder's modules and its model do not belong together.",
    );
  }, pooled);
}
