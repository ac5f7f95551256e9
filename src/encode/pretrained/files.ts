/** @module Finds an encoder's files, in a folder or on the hub. */

import { readdir, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join, resolve } from "node:path";

import { UserError } from "../../errors.js";
import { listed, say, setting, type SettingReference, type Text } from "../../message.js";
import { exists } from "../../system.js";
import { nearest } from "../../text.js";
import { type DownloadProgress, hubAddress, hubFile, hubPath, isHubName } from "./hub.js";
import {
  PREPROCESSOR_FILES,
  SENTENCE_FILES,
  WEIGHT_CHOICES,
  WEIGHT_SUFFIX,
  type WeightChoice,
} from "./names.js";
import { ENCODER_PAIRS, UNPUBLISHED_PAIRS } from "./pairs.js";
import { readSentenceModules, type SentenceModules } from "./sentence.js";
import { WORD_VECTORS } from "./words.js";
import type { Modality } from "../../data/dataset.js";

/** An encoder's files, as paths. */
export interface EncoderFiles {
  /** What the user asked for, pairs resolved. */
  readonly name: string;
  readonly folder: string;
  readonly config: string;
  /** `preprocessor_config.json`, or `tokenizer.json` and `tokenizer_config.json`. */
  readonly preparation: readonly string[];
  /** What a sentence encoder states about pooling; an error where it states what is not supported. */
  readonly sentence: SentenceModules | UserError | null;
  /** The ONNX file; weights outside it lie beside it. */
  readonly model: string;
  /** What had to be decided, one sentence each. */
  readonly notices: readonly Text[];
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

const TOWER: Readonly<Record<Modality, string>> = { image: "vision_model", text: "text_model" };

/** Files of the preparation; any one of a group will do. */
const PREPARATION: Readonly<Record<Modality, readonly (readonly string[])[]>> = {
  image: [PREPROCESSOR_FILES],
  text: [["tokenizer.json"], ["tokenizer_config.json"]],
};

const other = (modality: Modality): Modality => (modality === "image" ? "text" : "image");

/** Models that may be meant, the likeliest first: a tower of a pair of encoders, or a model by itself. */
const candidates = (
  folders: readonly string[],
  modality: Modality,
  weights: WeightChoice | undefined,
): { readonly file: string; readonly weights: WeightChoice }[] =>
  (weights === undefined ? WEIGHT_CHOICES : [weights]).flatMap((choice) =>
    [TOWER[modality], "model"].flatMap((stem) =>
      folders.map((folder) => ({
        file: `${folder}${stem}${WEIGHT_SUFFIX[choice]}.onnx`,
        weights: choice,
      })),
    ),
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
  const hint = Object.hasOwn(UNPUBLISHED_PAIRS, name) ? UNPUBLISHED_PAIRS[name] : undefined;
  if (hint !== undefined) throw new UserError(`${name}: cannot be downloaded.`, hint);
  const pair = Object.hasOwn(ENCODER_PAIRS, name) ? ENCODER_PAIRS[name] : undefined;
  return pair?.[modality] ?? name;
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
  const guess = nearest(name, [...Object.keys(ENCODER_PAIRS), ...WORD_VECTORS]);
  throw new UserError(
    `${name}: no such encoder.`,
    `${guess === undefined ? "" : `Did you mean "${guess}"? `}Give a folder, a hub name (owner/name) or one of ${[...Object.keys(ENCODER_PAIRS), ...WORD_VECTORS].join(", ")}.`,
  );
}

/** Says that a file of the preparation is missing, and why perhaps. */
async function missing(source: Source, file: string, modality: Modality): Promise<UserError> {
  const wrong = await findAny(source, PREPARATION[other(modality)][0]!);
  return new UserError(
    `${source.place(file)}: no such file; an encoder of ${modality}s needs it.`,
    wrong === null
      ? "docs/encoders.md lists the files of an encoder's folder."
      : `This looks like an encoder of ${other(modality)}s.`,
  );
}

/** The first of some files that is there. */
async function findAny({ find }: Source, files: readonly string[]): Promise<string | null> {
  for (const file of files) {
    const path = await find(file);
    if (path !== null) return path;
  }
  return null;
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

/** The setting that takes one of a folder's models; `null` for names that no setting stands for. */
function settingFor(file: string, modality: Modality): SettingReference | null {
  const known = candidates(["onnx/", ""], modality, undefined);
  const found = known.find((candidate) => candidate.file === file);
  return found ? setting(`model.${modality}.weights`, found.weights) : null;
}

/** Says that there is no model of the name that is looked for, and which there are. */
async function noModel(
  source: Source,
  modality: Modality,
  weights: WeightChoice | undefined,
): Promise<UserError> {
  const [first, ...others] = candidates(source.modelFolders, modality, weights ?? "fp32");
  const there = await modelsIn(source);
  const ways = there.flatMap((file) => {
    const taking = settingFor(file, modality);
    return taking === null ? [] : [say`${file} (${taking})`];
  });
  const hint =
    ways.length > 0
      ? say`There is ${listed(ways)}.`
      : there.length > 0
        ? `There is ${there.join(", ")}, a name that no encoder of ${modality}s has here; rename it.`
        : "docs/encoders.md lists the files of an encoder's folder.";
  const names = others.map(({ file }) => file).join(", ");
  return new UserError(`${source.place(first!.file)}: no such model, nor ${names}.`, hint);
}

async function findModel(
  source: Source,
  modality: Modality,
  weights: WeightChoice | undefined,
): Promise<Pick<EncoderFiles, "model" | "notices">> {
  for (const candidate of candidates(source.modelFolders, modality, weights)) {
    const { file, weights: found } = candidate;
    // Before the model, whose presence means that it can be used.
    await fetchData(source, file);
    const model = await source.find(file);
    if (model === null) continue;
    const isChosen = weights !== undefined || found === "fp32";
    const notice = say`${model} is used: there are no weights of full precision (as with ${setting(`model.${modality}.weights`, found)})`;
    return { model, notices: isChosen ? [] : [notice] };
  }
  throw await noModel(source, modality, weights);
}

/** What a sentence encoder states, or why that is not supported: a model may not need it. */
async function findSentence({ find }: Source): Promise<EncoderFiles["sentence"]> {
  // They belong to the preparation of texts: a download must bring them before the model.
  for (const file of SENTENCE_FILES) await find(file);
  try {
    return await readSentenceModules(find);
  } catch (error) {
    if (error instanceof UserError) return error;
    throw error;
  }
}

/**
 * Finds the files of an encoder, downloading what a hub name lacks in the cache.
 *
 * @param name - A folder or a hub name; a folder goes first.
 * @param weights - Which of the models; default: of full precision, or else the first that there is, with a notice.
 * @throws {UserError} naming the file that is missing and where it was expected.
 */
export async function findEncoder(
  name: string,
  modality: Modality,
  weights: WeightChoice | undefined,
  onProgress?: DownloadProgress,
): Promise<EncoderFiles> {
  const source = await openSource(
    name,
    ({ modelFolders }) => candidates(modelFolders, modality, weights).map(({ file }) => file),
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
  for (const files of PREPARATION[modality]) {
    const path = await findAny(source, files);
    if (path === null) throw await missing(source, files[0]!, modality);
    preparation.push(path);
  }
  const sentence = modality === "text" ? await findSentence(source) : null;
  const found = await findModel(source, modality, weights);
  return { name, folder: source.folder, config, preparation, sentence, ...found };
}
