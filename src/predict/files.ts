/** @module The files of a saved model: where they are, and whether they are the ones its card knows. */

import { basename, join } from "node:path";

import { UserError } from "../errors.js";
import { digestOf } from "../files/sealed.js";
import { say, setting, useCase } from "../message.js";
import { exists, readBytes } from "../system.js";
import { CARD, CARD_FILE, type ModelCard } from "./card.js";

/** Where the files of a model are: a folder, or the memory of a run. */
export interface ModelFiles {
  /** What messages call a file, for example its path. */
  readonly locate: (name: string) => string;
  /** The bytes of a file; `null` where there is no such file. */
  readonly read: (name: string) => Promise<Uint8Array | null>;
}

/** The files of a model in a folder. */
export const inFolder = (folder: string): ModelFiles => ({
  locate: (name) => join(folder, name),
  read: (name) => readBytes(join(folder, name)),
});

/** @throws {UserError} when the file is missing. */
export async function readPart({ locate, read }: ModelFiles, name: string): Promise<Uint8Array> {
  const bytes = await read(name);
  if (bytes) return bytes;
  throw new UserError(`${locate(name)}: no such file (${CARD_FILE.what}).`, CARD_FILE.hint);
}

/**
 * Reads a file beside the card.
 *
 * @throws {UserError} when it is missing, or not the one that the card knows.
 */
export async function readKnown(
  files: ModelFiles,
  name: string,
  card: ModelCard,
): Promise<Uint8Array> {
  const bytes = await readPart(files, name);
  const digest = card.files?.[name];
  if (digest === undefined || digestOf(bytes) === digest) return bytes;
  throw new UserError(
    `${files.locate(name)}: the file was changed or damaged: it does not match its digest in model.json.`,
    CARD_FILE.hint,
  );
}

/** Why there is no model in a folder, and where one would be. */
async function noModel(folder: string): Promise<UserError> {
  const anywhere = say`Give the folder of a finished run, or one that ${useCase("export")} wrote.`;
  if (!(await exists(folder))) return new UserError(`${folder}: no such folder.`, anywhere);
  if (basename(folder) === CARD) {
    return new UserError(`${folder}: this is a file of a model.`, "Give the folder that it is in.");
  }
  if (await exists(join(folder, "run.json"))) {
    return new UserError(
      `${folder}: the run has no model yet.`,
      say`Finish it first: ${useCase("train", setting("resume", folder))}.`,
    );
  }
  return new UserError(`${join(folder, CARD)}: no such file (${CARD_FILE.what}).`, anywhere);
}

/**
 * The folder with the card: the one that is given, or a run's `model` folder.
 *
 * @throws {UserError} where neither has one.
 */
export async function cardFolder(folder: string): Promise<string> {
  for (const place of [folder, join(folder, "model")]) {
    if (await exists(join(place, CARD))) return place;
  }
  throw await noModel(folder);
}
