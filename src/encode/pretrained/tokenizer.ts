/** @module The files of a tokenizer: what they state, checked, and the tokenizer of Transformers.js on them. */

import type { PreTrainedTokenizer } from "@huggingface/transformers";
import { z } from "zod";

import { UserError } from "../../errors.js";
import { readSettings } from "./config.js";
import { withLibrary } from "./library.js";
import { isObject } from "../../files/json.js";

/** Paths of `tokenizer.json` and `tokenizer_config.json`. */
export type TokenizerFiles = readonly [tokenizer: string, config: string];

const side = z.enum(["left", "right"]);
const token = z.union([z.string(), z.looseObject({ content: z.string() })]);

const configSchema = z.looseObject({
  tokenizer_class: z.string().nullish(),
  processor_class: z.string().nullish(),
  // Of a tokenizer without a limit this is 1e30.
  model_max_length: z.number().positive().nullish(),
  pad_token: token.nullish(),
  padding_side: side.nullish(),
  truncation_side: side.nullish(),
  balgrad: z.strictObject({ unknown: z.enum(["kept", "ignored"]).default("kept") }).prefault({}),
});

const id = z.int().min(0);
const direction = z.enum(["Left", "Right"]);

const fileSchema = z.looseObject({
  model: z.looseObject({
    type: z.string().nullish(),
    vocab: z.unknown().optional(),
    merges: z.unknown().optional(),
  }),
  added_tokens: z.array(z.looseObject({ id, content: z.string().min(1) })).nullish(),
  truncation: z.looseObject({ max_length: id, direction: direction.nullish() }).nullish(),
  padding: z
    .looseObject({
      strategy: z.union([z.string(), z.looseObject({ Fixed: z.int().positive().optional() })]),
      direction: direction.nullish(),
      pad_id: id.nullish(),
    })
    .nullish(),
});

/** What a tokenizer's files state beside the tokenizer itself. */
export interface TokenizerSettings {
  /** Longest text, in tokens, as each of the two files has it; infinite where it does not say. */
  readonly limits: { readonly config: number; readonly truncation: number };
  /** Class of the tokenizer, or of the processor that it belongs to. */
  readonly type: string;
  /** Length that all texts are padded to. */
  readonly paddedTo: number | null;
  readonly paddingSide: "left" | "right";
  readonly truncationSide: "left" | "right";
  /** Id of padding, where one is stated. */
  readonly padding: number | null;
  /** Whether unknown words are left out of texts. */
  readonly ignoresUnknown: boolean;
}

type TokenizerJson = z.infer<typeof fileSchema>;

const isId = (value: unknown): value is number => Number.isInteger(value) && (value as number) >= 0;

/** Stops at a vocabulary that is none: the library fails on it later, or not at all. */
function checkVocabulary(file: string, { model: { vocab, merges } }: TokenizerJson): void {
  const wrong = (field: string, why: string): UserError =>
    new UserError(`${file}: ${field}: ${why}.`, "Copy or download the tokenizer's files again.");
  if (Array.isArray(vocab)) {
    const at = vocab.findIndex(
      (entry: unknown) =>
        !Array.isArray(entry) ||
        typeof entry[0] !== "string" ||
        // Some conversions write null where the original has no score.
        (typeof entry[1] !== "number" && entry[1] !== null),
    );
    if (at >= 0) throw wrong(`model.vocab.${at}`, "expected a token and its score");
  } else if (isObject(vocab)) {
    const entry = Object.entries(vocab).find(([, value]) => !isId(value));
    if (entry)
      throw wrong(`model.vocab`, `the id of ${JSON.stringify(entry[0])} is no whole number`);
  } else {
    throw wrong("model.vocab", "expected the tokens with their ids or scores");
  }
  if (merges === undefined || merges === null) return;
  const isMerge = (merge: unknown): boolean =>
    typeof merge === "string" ||
    (Array.isArray(merge) && merge.length === 2 && merge.every((part) => typeof part === "string"));
  if (!Array.isArray(merges) || !merges.every(isMerge)) {
    throw wrong("model.merges", "expected pairs of tokens");
  }
}

/** Ids of all tokens. */
function idsOf({
  model: { vocab },
  added_tokens: added,
}: TokenizerJson): (token: string) => number | undefined {
  const extra = new Map((added ?? []).map(({ content, id }) => [content, id]));
  return (token) => {
    const known = extra.get(token);
    if (known !== undefined) return known;
    if (isObject(vocab)) return Object.hasOwn(vocab, token) ? (vocab[token] as number) : undefined;
    const at = (vocab as readonly [string, number][]).findIndex(([name]) => name === token);
    return at < 0 ? undefined : at;
  };
}

/** The id of the token that is stated for padding, or of the tokenizer's own. */
function paddingId(
  config: string,
  stated: z.infer<typeof configSchema>,
  json: TokenizerJson,
): number | null {
  const { pad_token: token } = stated;
  if (token === undefined || token === null) return json.padding?.pad_id ?? null;
  const name = typeof token === "string" ? token : token.content;
  const found = idsOf(json)(name);
  if (found !== undefined) return found;
  throw new UserError(
    `${config}: pad_token: ${JSON.stringify(name)} is not in the vocabulary of tokenizer.json.`,
    "Name a token that is there; the model has no other.",
  );
}

/**
 * Reads what a tokenizer's files state.
 *
 * @throws {UserError} naming file and field.
 */
export async function readTokenizerSettings([
  file,
  config,
]: TokenizerFiles): Promise<TokenizerSettings> {
  const json = await readSettings(file, fileSchema);
  const stated = await readSettings(config, configSchema);
  checkVocabulary(file, json);
  const { truncation, padding } = json;
  const sideOf = (direction: string | null | undefined) =>
    direction === "Left" ? ("left" as const) : ("right" as const);
  const strategy = padding?.strategy;
  return {
    limits: {
      config: stated.model_max_length ?? Infinity,
      truncation: truncation?.max_length ?? Infinity,
    },
    type: `${stated.tokenizer_class ?? ""} ${stated.processor_class ?? ""}`,
    paddedTo: typeof strategy === "object" ? (strategy.Fixed ?? null) : null,
    paddingSide: stated.padding_side ?? sideOf(padding?.direction),
    truncationSide: stated.truncation_side ?? sideOf(truncation?.direction),
    padding: paddingId(config, stated, json),
    ignoresUnknown: stated.balgrad.unknown === "ignored",
  };
}

/** A tokenizer at work. */
export interface OpenTokenizer {
  /** Ids of a text with the special tokens around it. */
  readonly encode: (text: string) => readonly number[];
  /** Ids of special tokens but for the one of unknown words, which stands for a word. */
  readonly special: readonly number[];
  /** Id of unknown words; `null` where the tokenizer has none. */
  readonly unknown: number | null;
}

/** What the library's errors say, in one line. */
const reasonOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).split("\n")[0]!;

const unusable = (file: string, error: unknown): UserError =>
  new UserError(
    `${file}: the tokenizer cannot be used (${reasonOf(error)}).`,
    "Copy or download the tokenizer's files again.",
  );

async function load(folder: string, file: string): Promise<PreTrainedTokenizer> {
  try {
    return await withLibrary(({ AutoTokenizer }) =>
      AutoTokenizer.from_pretrained(folder, { local_files_only: true }),
    );
  } catch (error) {
    throw unusable(file, error);
  }
}

/**
 * Opens the tokenizer of a folder.
 *
 * @throws {UserError} naming the file where it cannot be used, also while it works.
 */
export async function openTokenizer(folder: string, file: string): Promise<OpenTokenizer> {
  const tokenizer = await load(folder, file);
  const { all_special_ids: all, unk_token_id: unknown } = tokenizer;
  return {
    special: all.filter((id) => isId(id) && id !== unknown),
    unknown: isId(unknown) ? unknown : null,
    encode(text) {
      let ids: readonly unknown[];
      try {
        ids = tokenizer.encode(text);
      } catch (error) {
        throw unusable(file, error);
      }
      if (ids.every(isId)) return ids;
      throw unusable(file, `it has no id for a part of ${JSON.stringify(text.slice(0, 40))}`);
    },
  };
}
