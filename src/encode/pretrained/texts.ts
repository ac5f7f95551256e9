/** @module Texts as a pretrained encoder wants them: prompt, tokens, limits, padding. */

import { join } from "node:path";

import { z } from "zod";

import { ConfigError, UserError } from "../../errors.js";
import { exists } from "../../system.js";
import type { TextPreparation } from "../../prepare/preparation.js";
import { MAX_CHARACTERS } from "../../prepare/text.js";
import { type EncoderConfig, readSettings } from "./config.js";
import { contentHash } from "./contents.js";
import type { TextEncoder } from "./encoder.js";
import { SENTENCE_FILES } from "./names.js";
import {
  openTokenizer,
  readTokenizerSettings,
  type TokenizerFiles,
  type TokenizerSettings,
} from "./tokenizer.js";

/** How texts become an encoder's input. */
export interface OpenTextPreparation extends Pick<
  TextEncoder,
  "preparation" | "empty" | "special" | "maxTokens"
> {
  /** Id of padding; `null` where the folder states none. */
  readonly padding: number | null;
  readonly paddingSide: "left" | "right";
  /** Length that texts are padded to where the model cannot tell padding from text. */
  readonly paddedTo: number | null;
  /** Whether a prompt is put before every text. */
  readonly hasPrompt: boolean;
}

/** Longest text used even where a model takes longer ones: attention grows with the square. */
const MOST_TOKENS = 512;

/** Positions that RoBERTa's models count but no token can have: they start after the padding's id. */
const RESERVED_POSITIONS = 2;

/** Architectures that are trained on texts padded to their full length, without a mask. */
const ALWAYS_PADDED = /\bsiglip/i;

const limitsSchema = z.looseObject({
  max_seq_length: z.int().positive().nullish(),
  do_lower_case: z.boolean().nullish(),
});

const promptsSchema = z.looseObject({
  prompts: z.record(z.string(), z.string()).nullish(),
  default_prompt_name: z.string().nullish(),
});

/** What sentence-transformers does to texts before the tokenizer. */
interface SentenceSettings {
  readonly longest: number | null;
  readonly lowers: boolean;
  readonly prompt: string;
  readonly files: readonly string[];
}

async function readSentenceSettings(folder: string): Promise<SentenceSettings> {
  const [limits, prompts] = SENTENCE_FILES.map((name) => join(folder, name)) as [string, string];
  const hasLimits = await exists(limits);
  const hasPrompts = await exists(prompts);
  const stated = hasLimits ? await readSettings(limits, limitsSchema) : {};
  const { prompts: known = {}, default_prompt_name: name } = hasPrompts
    ? await readSettings(prompts, promptsSchema)
    : {};
  const prompt = name ? (Object.hasOwn(known ?? {}, name) ? known![name]! : null) : "";
  if (prompt === null) {
    throw new ConfigError(`${prompts}: default_prompt_name: "${name}" is not among the prompts.`);
  }
  return {
    longest: stated.max_seq_length ?? null,
    lowers: stated.do_lower_case ?? false,
    prompt,
    files: [...(hasLimits ? [limits] : []), ...(hasPrompts ? [prompts] : [])],
  };
}

/** Tokens that the model's position embeddings are enough for. */
function positionsOf(config: EncoderConfig): number {
  const text = config.text_config ?? config;
  const reserved = /roberta|camembert/.test(text.model_type ?? "") ? RESERVED_POSITIONS : 0;
  const positions = text.max_position_embeddings;
  return typeof positions === "number" && positions > 0 ? positions - reserved : Infinity;
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
  /** Number of special tokens at the start. */
  readonly before: number;
}

/** Cuts a text's own tokens at one side, so that the special ones around them stay. */
function cut(
  ids: readonly number[],
  { empty, before }: Frame,
  most: number,
  side: "left" | "right",
): readonly number[] {
  if (ids.length <= most) return ids;
  const after = empty.length - before;
  if (side === "left") return [...ids.slice(0, before), ...ids.slice(ids.length - most + before)];
  return [...ids.slice(0, most - after), ...ids.slice(ids.length - after)];
}

/** Length that texts are padded to where nothing tells padding from text. */
function paddedLength(
  config: EncoderConfig,
  { limits, paddedTo, type }: TokenizerSettings,
): number | null {
  const names = [type, config.model_type, config.text_config?.model_type];
  if (!names.some((name) => ALWAYS_PADDED.test(name ?? ""))) return paddedTo;
  const length = Math.min(limits.config, positionsOf(config));
  return Number.isFinite(length) ? length : paddedTo;
}

/**
 * Loads the preparation that a folder's tokenizer files state. Special tokens are included; a text that is
 * too long loses tokens of its own at the side that the tokenizer states.
 *
 * @param files - `tokenizer.json` and `tokenizer_config.json`.
 * @param most - Largest number of tokens that the user, or the model's file, allows.
 * @throws {UserError} naming the file where it cannot be used.
 */
export async function openTextPreparation(
  folder: string,
  files: TokenizerFiles,
  config: EncoderConfig,
  most: number,
): Promise<OpenTextPreparation> {
  const settings = await readTokenizerSettings(files);
  const sentence = await readSentenceSettings(folder);
  const { limits, truncationSide } = settings;
  // As in Python, where a sentence encoder's own limit replaces the tokenizer file's.
  const stated = sentence.longest ?? limits.truncation;
  const maxTokens = Math.floor(
    Math.min(most, MOST_TOKENS, stated, limits.config, positionsOf(config)),
  );
  const tokenizer = await openTokenizer(folder, files[0]);
  const empty = tokenizer.encode("");
  const frame: Frame = { empty, before: commonStart(empty, tokenizer.encode("a")) };
  if (maxTokens <= empty.length) {
    throw new UserError(
      `${folder}: at most ${maxTokens} tokens leave no room for a text beside ${empty.length} special ones.`,
      "Allow more tokens.",
    );
  }
  const lettered = (text: string): string => (sentence.lowers ? text.toLowerCase() : text);
  const { ignoresUnknown } = settings;
  const encode = (text: string): readonly number[] => {
    const ids = tokenizer.encode(text);
    return ignoresUnknown ? ids.filter((id) => id !== tokenizer.unknown) : ids;
  };
  const ready = (text: string): string => lettered(sentence.prompt + text.slice(0, MAX_CHARACTERS));
  const nothing = tokenizer.encode(ready(""));
  const doubt: TextPreparation["doubt"] = (text) => {
    const ids = tokenizer.encode(lettered(text.slice(0, MAX_CHARACTERS)));
    const own = ids.slice(frame.before, ids.length - (empty.length - frame.before));
    if (text.trim() === "" || own.length === 0) return "The text is empty; it counts as missing.";
    const isKnown = own.some((id) => id !== tokenizer.unknown);
    return isKnown ? null : "The tokenizer knows no word of the text.";
  };
  const tokenize: TextPreparation["tokenize"] = (text) => {
    const ids = text.trim() === "" ? nothing : encode(ready(text));
    const says = ids.length !== nothing.length || ids.some((id, at) => id !== nothing[at]);
    const kept = says ? cut(ids, frame, maxTokens, truncationSide) : [];
    return {
      tokens: Int32Array.from(kept, (id) => id + 1),
      truncated: says && (kept.length < ids.length || text.length > MAX_CHARACTERS),
    };
  };
  const hash = await contentHash([...files, ...sentence.files]);
  return {
    maxTokens,
    empty: Int32Array.from(cut(nothing, frame, maxTokens, truncationSide)),
    special: new Set([...tokenizer.special, ...empty]),
    padding: settings.padding ?? (config.text_config ?? config).pad_token_id ?? null,
    paddingSide: settings.paddingSide,
    paddedTo: paddedLength(config, settings),
    hasPrompt: sentence.prompt !== "",
    preparation: {
      identity: `tokenizer ${hash}, at most ${maxTokens}, cut ${truncationSide}`,
      tokenize,
      doubt,
    },
  };
}
