/** @module Rows of a comparison as the command line names them. */

import {
  ablationEntries,
  defaultEntries,
  type Entry,
  fusionEntries,
  methodEntry,
  type Possible,
} from "../compare/plan.js";
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

/** What of a comparison's flags says which rows it has. */
export interface EntryFlags {
  /** Comma-separated entries; default: what the data allow. */
  readonly methods: string | undefined;
  readonly ablation: boolean;
  /** Each entry with every fusion. */
  readonly acrossFusions: boolean;
}

/**
 * The rows that the flags ask for.
 *
 * @param possible - What decides about the rows of a comparison that names none.
 * @throws {ConfigError} for an unknown method, and settings that the flags
 * would set aside.
 */
export function entriesOf(
  { methods, ablation, acrossFusions }: EntryFlags,
  possible: Possible,
): Entry[] {
  const named =
    methods?.split(",").map((text) => parseEntry(text.trim())) ?? defaultEntries(possible);
  const fused = named.find(({ model }) => model.fusion !== undefined);
  if (acrossFusions && fused) {
    throw new ConfigError(
      `--methods ${fused.label}: --fusion without a name gives each row every fusion.`,
      "Leave one of them out.",
    );
  }
  const entries = ablation ? ablationEntries() : named;
  return acrossFusions ? fusionEntries(entries) : entries;
}
