/** @module Texts into a pretrained encoder in ONNX, frozen or trained. */

import { join } from "node:path";

import { z } from "zod";

import { LARGEST_TEXT } from "../../data/config.js";
import { assertPaddable } from "../../encode/features/padding.js";
import { readEncoderConfig } from "../../encode/pretrained/config.js";
import type { TextEncoder } from "../../encode/pretrained/encoder.js";
import { ENCODER_INPUTS, SENTENCE_FILES } from "../../encode/pretrained/names.js";
import { openEncoder } from "../../encode/pretrained/open.js";
import { openTextPreparation } from "../../encode/pretrained/texts.js";
import { add, cast, greater, where } from "../../graph/functions/elementwise.js";
import { type FinetuneSettings, upTo } from "../../model/config.js";
import { BATCH } from "../../model/inputs.js";
import { type ImportedText, importedNetwork } from "../../model/imported.js";
import type { PreparedTexts } from "../../prepare/prepared.js";
import type { HostTensor } from "../../graph/hostTensor.js";
import { type ExamplePart, type PublicInput, TRANSFORMERS } from "../exported.js";
import type { InputContext, InputKind, OpenInput, Use } from "../kind.js";
import { fileOf, openingOf, planned, pretrainedSettings } from "../pretrained.js";
import { textQuestion } from "../question.js";
import { scaleOf, trainedVectors } from "../vectors.js";

const TOKENIZER_FILES = [
  ...["config.json", "tokenizer.json", "tokenizer_config.json", "special_tokens_map.json"],
  ...SENTENCE_FILES,
];

async function imported(
  encoder: TextEncoder,
  tokens: number,
  settings: FinetuneSettings,
): Promise<ImportedText> {
  const { name, pooling, steps = [], size, inputs, padding, empty } = encoder;
  const file = await fileOf(encoder);
  return planned({ name, file, pooling, steps, size, inputs, padding, empty, tokens }, settings);
}

/** Length that a model pads texts to which must take the longest ones. */
const fullLength = ({ length, maxTokens }: TextEncoder): number => length ?? maxTokens;

/** Lengths are rounded up to a multiple of this, so that kernels have whole vectors. */
const LENGTH_STEP = 4;

/** Length that all texts are padded to: of the longest one, within what the encoder takes. */
function commonLength(
  splits: readonly PreparedTexts[],
  { length, maxTokens }: TextEncoder,
): number {
  if (length !== undefined) return length;
  const lengths = splits.map((texts) =>
    texts.kind === "tokens"
      ? texts.tokens.reduce((most, { length }) => Math.max(most, length), 1)
      : 1,
  );
  const longest = Math.ceil(Math.max(...lengths) / LENGTH_STEP) * LENGTH_STEP;
  return Math.min(longest, maxTokens);
}

/** Texts of one length, whose special tokens noise never drops. */
function adapted(
  splits: readonly PreparedTexts[],
  encoder: TextEncoder,
  use: Use,
): readonly PreparedTexts[] {
  const length = use === "training" ? commonLength(splits, encoder) : fullLength(encoder);
  const special = new Set([...encoder.special].map((id) => id + 1));
  return splits.map((texts) => (texts.kind === "tokens" ? { ...texts, length, special } : texts));
}

/** Number of tokens of texts that were adapted. */
function tokensOf(texts: PreparedTexts): number {
  if (texts.kind === "tokens" && texts.length !== undefined) return texts.length;
  throw new Error("internal: the texts are not padded to one length.");
}

/** The input of an encoder that is open. */
export function textInput(encoder: TextEncoder, context: InputContext): OpenInput<"text"> {
  const { finetune } = context;
  const isFrozen = finetune.mode === "none";
  const tokens = fullLength(encoder);
  return {
    preparation: encoder.preparation,
    encoder,
    isFrozen,
    files: TOKENIZER_FILES.map((name) => join(encoder.folder, name)),
    async check() {
      await imported(encoder, tokens, finetune);
      await assertPaddable(encoder);
    },
    adapt: (splits, use) => adapted(splits, encoder, use),
    trained: async (train) =>
      isFrozen
        ? trainedVectors(train, context)
        : importedNetwork(await imported(encoder, tokensOf(train.prepared), finetune)),
    async complete(train) {
      const standardisation = scaleOf(train, context);
      const whole = await imported(encoder, tokens, finetune);
      return {
        network: importedNetwork({ ...whole, ...(standardisation && { standardisation }) }),
        card: { type: "encoder", tokens },
      };
    },
  };
}

const card = z.strictObject({ type: z.literal("encoder"), tokens: upTo(LARGEST_TEXT) });

const { ids: IDS, mask: MASK } = ENCODER_INPUTS;

/** Ids that count from 1, with 0 as padding, as ids that count from 0 and a mask. */
function idsAndMask({ shape, data }: HostTensor): Record<string, HostTensor> {
  const ours = Array.from(data as Int32Array);
  const integers = (values: readonly number[]): HostTensor => ({
    dtype: "int64",
    shape,
    data: BigInt64Array.from(values, BigInt),
  });
  return {
    [IDS]: integers(ours.map((id) => Math.max(0, id - 1))),
    [MASK]: integers(ours.map((id) => (id > 0 ? 1 : 0))),
  };
}

/** Ids without our shift, and a mask. */
const publicInput: PublicInput = {
  names: [IDS, MASK],
  declare(graph, { shape }) {
    const ids = graph.input(IDS, "int64", [BATCH, ...shape]);
    const mask = graph.input(MASK, "int64", [BATCH, ...shape]);
    const zero = graph.constant("int64", [], [0]);
    const one = graph.constant("int64", [], [1]);
    return cast(where(greater(mask, zero), add(ids, one), zero), "int32");
  },
  feeds: idsAndMask,
};

/** How a program prepares texts. */
const example = ({ tokens }: z.infer<typeof card>): ExamplePart => ({
  imports: [TRANSFORMERS],
  code: `async function tokens(text) {
  const zeros = () => new ort.Tensor("int64", new BigInt64Array(${tokens}), [1, ${tokens}]);
  if (!text?.trim()) return { ${IDS}: zeros(), ${MASK}: zeros() };
  const tokenizer = await AutoTokenizer.from_pretrained(folder, { local_files_only: true });
  const made = tokenizer(text, { padding: "max_length", truncation: true, max_length: ${tokens} });
  const tensor = ({ data, dims }) => new ort.Tensor("int64", data, dims);
  return { ${IDS}: tensor(made.${IDS}), ${MASK}: tensor(made.${MASK}) };
}`,
  feeds: ["...(await tokens(text))"],
  input: `\`${IDS}\` and \`${MASK}\` int64 \`[batch, ${tokens}]\`, padded, by the tokenizer in this folder; a missing text has a mask of zeros.`,
});

/** A pretrained text encoder in ONNX. */
export const pretrainedText: InputKind<"text", typeof pretrainedSettings, typeof card> = {
  modality: "text",
  settings: pretrainedSettings,
  makesFeatures: true,
  open: async (settings, context) => {
    const { maxTokens } = context;
    const options = { ...openingOf(settings), maxTokens };
    return textInput(await openEncoder(settings.encoder, "text", options), context);
  },
  card: {
    schema: card,
    async prepare({ tokens }, folder) {
      const config = await readEncoderConfig(join(folder, "config.json"));
      const files = [
        join(folder, "tokenizer.json"),
        join(folder, "tokenizer_config.json"),
      ] as const;
      return (await openTextPreparation(folder, files, config, tokens)).preparation;
    },
    ask: ({ tokens }, preparation) => textQuestion(preparation!, tokens),
    publicInput: () => publicInput,
    example,
    config: ({ tokens }) => ({ max_position_embeddings: tokens }),
  },
};
