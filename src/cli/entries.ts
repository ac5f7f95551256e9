/** @module Rows of a comparison as the command line names them. */

import { findMethod } from "../balance/methods.js";
import { ablationEntries, type Entry, fusionEntries, methodEntry, slug } from "../compare/plan.js";
import { ConfigError } from "../errors.js";
import { assign, assignment, type Settings } from "./assign.js";

// A value may hold a colon itself: model.finetune.mode=last:4.
const BETWEEN_SETTINGS = /:(?=[\w.]+=)/;

/**
 * Reads `method[:setting=value]...`, for example `balgrad:status=progress:train.learningRate=0.001`.
 * A setting is an option of the method, or begins with `model.` or `train.`.
 *
 * @throws {ConfigError} for an unknown method or a setting without value.
 */
export function parseEntry(text: string): Entry {
  const [name = "", ...settings] = text.split(BETWEEN_SETTINGS);
  findMethod(name);
  const given: Settings = {};
  for (const setting of settings) {
    const [path, value] = assignment(setting, `--methods ${name}:`);
    assign(given, /^(model|train)\./.test(path) ? path : `options.${path}`, value);
  }
  return methodEntry(name, { label: text, ...given });
}

/** What of a comparison's flags says which rows it has. */
export interface EntryFlags {
  /** Comma-separated entries. */
  readonly methods: string;
  readonly ablation: boolean;
  /** Each entry with every fusion. */
  readonly acrossFusions: boolean;
}

/**
 * The rows that the flags ask for.
 *
 * @throws {ConfigError} for an unknown method or one that is named twice.
 */
export function entriesOf({ methods, ablation, acrossFusions }: EntryFlags): Entry[] {
  const named = methods.split(",").map((text) => parseEntry(text.trim()));
  const folders = named.map(({ label }) => slug(label));
  const repeated = named.find(({ label }, at) => folders.indexOf(slug(label)) !== at);
  if (repeated) throw new ConfigError(`--methods names ${repeated.label} twice.`);
  const entries = ablation ? ablationEntries() : named;
  return acrossFusions ? fusionEntries(entries) : entries;
}
