/** @module Texts as a pretrained encoder wants them, by the tokenizers of Transformers.js. */

import type { PreTrainedTokenizer } from "@huggingface/transformers";

import { UserError } from "../../errors.js";
import type { TextPreparation } from "../preparation.js";
import { MAX_CHARACTERS } from "../text.js";
import { type EncoderConfig, readTokenizerConfig, readTokenizerFile } from "./config.js";
import { contentHash } from "./contents.js";
import type { TextEncoder } from "./encoder.js";
import { withLibrary } from "./library.js";

/** How texts become an encoder's input. */
export type PreparedTexts = Pick<
  TextEncoder,
  "preparation" | "padding" | "empty" | "special" | "maxTokens"
>;

/** Longest text used even where a model takes longer ones: attention grows with the square. */
const MOST_TOKENS = 512;

/** Positions that RoBERTa's models count but no token can have: they start after the padding's id. */
const RESERVED_POSITIONS = 2;

async function loadTokenizer(folder: string, file: string): Promise<PreTrainedTokenizer> {
  try {
    return await withLibrary(({ AutoTokenizer }) =>
      AutoTokenizer.from_pretrained(folder, { local_files_only: true }),
    );
  } catch (error) {
    throw new UserError(`${file}: cannot be used (${(error as Error).message}).`);
  }
}

/** The smallest of the limits that the folder's files state, the user's and ours. */
async function limitOf(
  [file, settings]: readonly [string, string],
  config: EncoderConfig,
  wanted: number,
): Promise<number> {
  const { truncation } = await readTokenizerFile(file);
  const { model_max_length: length } = await readTokenizerConfig(settings);
  const text = config.text_config ?? config;
  const reserved = /roberta|camembert/.test(text.model_type ?? "") ? RESERVED_POSITIONS : 0;
  const positions = text.max_position_embeddings;
  return Math.min(
    ...[wanted, MOST_TOKENS, truncation?.max_length ?? Infinity, length ?? Infinity],
    typeof positions === "number" && positions > 0 ? positions - reserved : Infinity,
  );
}

/** Length of what two lists start with. */
function commonStart(a: readonly number[], b: readonly number[]): number {
  let length = 0;
  while (length < a.length && length < b.length && a[length] === b[length]) length++;
  return length;
}

/** How special tokens stand around a text's own. */
interface Frame {
  readonly empty: readonly number[];
  /** Number of special tokens at the end. */
  readonly after: number;
}

/** Cuts a text's own tokens, so that those around them stay. */
function cut(ids: readonly number[], { empty, after }: Frame, most: number): readonly number[] {
  if (ids.length <= most) return ids;
  return [...ids.slice(0, most - after), ...empty.slice(empty.length - after)];
}

/** Special tokens but for the one of unknown words, which stands for a word. */
function specialOf(tokenizer: PreTrainedTokenizer, empty: readonly number[]): Set<number> {
  const { all_special_ids: all, unk_token_id: unknown } = tokenizer;
  return new Set([...all.filter((id) => id !== unknown), ...empty]);
}

/**
 * Loads the preparation that a folder's tokenizer files state. Special tokens are included; a text that is
 * too long loses tokens before its closing special tokens.
 *
 * @param files - `tokenizer.json` and `tokenizer_config.json`.
 * @param most - Largest number of tokens that the user wants.
 * @throws {UserError} naming the file where it cannot be used.
 */
export async function openTextPreparation(
  folder: string,
  files: readonly [string, string],
  config: EncoderConfig,
  most: number,
): Promise<PreparedTexts> {
  const maxTokens = await limitOf(files, config, most);
  const tokenizer = await loadTokenizer(folder, files[0]);
  const empty = tokenizer.encode("");
  const before = commonStart(empty, tokenizer.encode("a"));
  const frame: Frame = { empty, after: empty.length - before };
  if (maxTokens <= empty.length) {
    throw new UserError(
      `${folder}: at most ${maxTokens} tokens leave no room for a text beside ${empty.length} special ones.`,
      "Allow more tokens.",
    );
  }
  const idsOf = (text: string): readonly number[] =>
    text.trim() === "" ? empty : tokenizer.encode(text.slice(0, MAX_CHARACTERS));
  const { unk_token_id: unknown } = tokenizer as { readonly unk_token_id?: number | null };
  const doubt: TextPreparation["doubt"] = (text) => {
    const ids = idsOf(text);
    const own = ids.slice(before, ids.length - frame.after);
    if (own.length === 0) return "The text is empty; it counts as missing.";
    const isKnown = own.some((id) => id !== unknown);
    return isKnown ? null : "The tokenizer knows no word of the text.";
  };
  const { pad_token_id: padding } = tokenizer as { readonly pad_token_id?: number | null };
  const stated = (config.text_config ?? config).pad_token_id;
  const tokenize: TextPreparation["tokenize"] = (text) => {
    const ids = idsOf(text);
    const says = ids.length > empty.length || ids.some((id, at) => id !== empty[at]);
    const kept = says ? cut(ids, frame, maxTokens) : [];
    return {
      tokens: Int32Array.from(kept, (id) => id + 1),
      truncated: says && (kept.length < ids.length || text.length > MAX_CHARACTERS),
    };
  };
  return {
    maxTokens,
    empty: Int32Array.from(empty),
    special: specialOf(tokenizer, empty),
    padding: padding ?? stated ?? 0,
    preparation: {
      identity: `tokenizer ${await contentHash(files)}, at most ${maxTokens}`,
      tokenize,
      doubt,
    },
  };
}
