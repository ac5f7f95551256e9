/** @module Finds an encoder's files, in a folder or on the hub. */

import { readdir, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";

import { UserError } from "../../errors.js";
import { exists } from "../../run/files.js";
import { nearest } from "../../text.js";
import { type DownloadProgress, hubAddress, hubFile, hubPath, isHubName } from "./hub.js";
import { ENCODER_PAIRS, UNPUBLISHED_PAIRS } from "./pairs.js";

/** What an encoder encodes. */
export type Modality = "image" | "text";

/** Weights to load, by the names that Transformers.js has for them. */
export type WeightChoice = "fp32" | "fp16" | "q8";

/** An encoder's files, as paths. */
export interface EncoderFiles {
  /** What the user asked for, pairs resolved. */
  readonly name: string;
  readonly folder: string;
  readonly config: string;
  /** `preprocessor_config.json`, or `tokenizer.json` and `tokenizer_config.json`. */
  readonly preparation: readonly string[];
  /** `1_Pooling/config.json` of a sentence encoder. */
  readonly pooling: string | null;
  /** The ONNX file; weights outside it lie beside it. */
  readonly model: string;
}

/** Where files come from. */
interface Source {
  readonly folder: string;
  /** Folders, within the source, that models may lie in. */
  readonly modelFolders: readonly string[];
  /** Path of a file; `null` where there is none. */
  readonly find: (file: string) => Promise<string | null>;
  /** How to name a file that is not there. */
  readonly place: (file: string) => string;
}

const SUFFIX: Readonly<Record<WeightChoice, string>> = {
  fp32: "",
  fp16: "_fp16",
  q8: "_quantized",
};

const TOWER: Readonly<Record<Modality, string>> = { image: "vision_model", text: "text_model" };

const PREPARATION: Readonly<Record<Modality, readonly string[]>> = {
  image: ["preprocessor_config.json"],
  text: ["tokenizer.json", "tokenizer_config.json"],
};

const other = (modality: Modality): Modality => (modality === "image" ? "text" : "image");

/** Models that may be meant, the likeliest first: a tower of a pair of encoders, or a model by itself. */
const candidates = (folders: readonly string[], modality: Modality, weights: WeightChoice) =>
  [TOWER[modality], "model"].flatMap((stem) =>
    folders.map((folder) => `${folder}${stem}${SUFFIX[weights]}.onnx`),
  );

function localSource(folder: string): Source {
  return {
    folder,
    modelFolders: ["onnx/", ""],
    find: async (file) => ((await exists(join(folder, file))) ? join(folder, file) : null),
    place: (file) => join(folder, file),
  };
}

function hubSource(name: string, onProgress?: DownloadProgress): Source {
  return {
    folder: hubPath(name),
    modelFolders: ["onnx/"],
    find: (file) => hubFile(name, file, onProgress),
    place: (file) => hubAddress(name, file),
  };
}

const isFolder = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => null))?.isDirectory() ?? false;

/** Whether a name can only be meant as a path. */
const isPath = (name: string): boolean =>
  /^[.~/\\]|^[A-Za-z]:|\\/.test(name) || /\/.*\//.test(name);

/** A preset's encoder of one modality, or the name itself. */
export function resolvePair(name: string, modality: Modality): string {
  const hint = UNPUBLISHED_PAIRS[name];
  if (hint !== undefined) throw new UserError(`${name}: cannot be downloaded.`, hint);
  return ENCODER_PAIRS[name]?.[modality] ?? name;
}

async function openSource(
  name: string,
  list: (source: Source) => readonly string[],
  onProgress?: DownloadProgress,
): Promise<Source> {
  const folder = resolve(name.replace(/^~(?=\/)/, homedir()));
  if (await isFolder(folder)) return localSource(folder);
  if (isHubName(name)) {
    // A model is downloaded last: where there is one, all that belongs to it has been settled.
    const cached = localSource(hubPath(name));
    for (const file of list(hubSource(name))) if (await cached.find(file)) return cached;
    return hubSource(name, onProgress);
  }
  if (isPath(name)) throw new UserError(`${folder}: no such folder (a pretrained encoder).`);
  const guess = nearest(name, Object.keys(ENCODER_PAIRS));
  throw new UserError(
    `${name}: no such encoder.`,
    `${guess === undefined ? "" : `Did you mean "${guess}"? `}Give a folder, a hub name (owner/name) or one of ${Object.keys(ENCODER_PAIRS).join(", ")}.`,
  );
}

/** Says that a file of the preparation is missing, and why perhaps. */
async function missing(source: Source, file: string, modality: Modality): Promise<UserError> {
  const wrong = await source.find(PREPARATION[other(modality)][0]!);
  return new UserError(
    `${source.place(file)}: no such file; an encoder of ${modality}s needs it.`,
    wrong === null
      ? "docs/encoders.md lists the files of an encoder's folder."
      : `This looks like an encoder of ${other(modality)}s.`,
  );
}

/** Names of models in a folder, for messages. */
async function modelsIn({ folder, modelFolders }: Source): Promise<string[]> {
  const found = await Promise.all(
    modelFolders.map(async (within) =>
      (await readdir(join(folder, within)).catch((): string[] => []))
        .filter((name) => name.endsWith(".onnx"))
        .map((name) => `${within}${name}`),
    ),
  );
  return found.flat();
}

/** Fetches external weights: `model.onnx_data`, `model.onnx_data_1` and so on. */
async function fetchData({ find }: Source, model: string): Promise<void> {
  let path = await find(`${model}_data`);
  for (let chunk = 1; path !== null; chunk++) path = await find(`${model}_data_${chunk}`);
}

async function findModel(
  source: Source,
  modality: Modality,
  weights: WeightChoice,
): Promise<string> {
  const names = candidates(source.modelFolders, modality, weights);
  for (const name of names) {
    // Before the model, whose presence means that it can be used.
    await fetchData(source, name);
    const model = await source.find(name);
    if (model !== null) return model;
  }
  const there = await modelsIn(source);
  throw new UserError(
    `${source.place(names[0]!)}: no such model, nor ${names.slice(1).join(", ")}.`,
    there.length > 0
      ? `There is ${there.join(", ")}: choose the weights (fp32, fp16, q8) accordingly.`
      : "docs/encoders.md lists the files of an encoder's folder.",
  );
}

/**
 * Finds the files of an encoder, downloading what a hub name lacks in the cache.
 *
 * @param name - A folder or a hub name; a folder goes first.
 * @throws {UserError} naming the file that is missing and where it was expected.
 */
export async function findEncoder(
  name: string,
  modality: Modality,
  weights: WeightChoice,
  onProgress?: DownloadProgress,
): Promise<EncoderFiles> {
  const source = await openSource(
    name,
    ({ modelFolders }) => candidates(modelFolders, modality, weights),
    onProgress,
  );
  const config = await source.find("config.json");
  if (config === null) {
    throw new UserError(
      `${source.place("config.json")}: no such file; every encoder needs it.`,
      "docs/encoders.md lists the files of an encoder's folder.",
    );
  }
  const preparation: string[] = [];
  for (const file of PREPARATION[modality]) {
    const path = await source.find(file);
    if (path === null) throw await missing(source, file, modality);
    preparation.push(path);
  }
  const pooling = modality === "text" ? await source.find("1_Pooling/config.json") : null;
  const model = await findModel(source, modality, weights);
  return { name, folder: source.folder, config, preparation, pooling, model };
}
