/** @module Rows of a comparison as the command line names them. */

import { type Entry, methodEntry } from "../compare/plan.js";
import { ConfigError } from "../errors.js";
import { findRunMethod, isFitted, refuseTraining } from "../run/methods.js";
import { assign, assignment, type Settings } from "./assign.js";

// A value may hold a colon itself: model.finetune.mode=last:4.
const BETWEEN_SETTINGS = /:(?=[\w.]+=)/;

/**
 * Reads `method[:setting=value]...`, for example `balgrad:status=progress:train.learningRate=0.001`.
 * A setting is an option of the method, or begins with `model.` or `train.`; a value has no comma.
 *
 * @throws {ConfigError} for an unknown method, a setting without value, and a seed.
 */
export function parseEntry(text: string): Entry {
  const [name = ""] = text.split(":", 1);
  findRunMethod(name);
  const rest = text.slice(name.length + 1);
  const given: Settings = {};
  for (const setting of rest === "" ? [] : rest.split(BETWEEN_SETTINGS)) {
    const [path, value] = assignment(setting, `--methods ${name}:`);
    if (path === "train.seed") {
      throw new ConfigError(`--methods ${text}: all rows have the same seeds.`, "Use --seeds.");
    }
    assign(given, /^(model|train)\./.test(path) ? path : `options.${path}`, value);
  }
  if (isFitted({ name })) refuseTraining(given, `--methods ${text}`);
  return methodEntry(name, { label: text, ...given });
}

/** Reads comma-separated entries, see {@link parseEntry}. */
export const parseEntries = (text: string): Entry[] =>
  text.split(",").map((one) => parseEntry(one.trim()));
