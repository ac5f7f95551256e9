/** @module Settings from a configuration file and flags: flags win. */

import { type Command, Option } from "commander";

import { ENCODER_PAIRS } from "../encode/pretrained/pairs.js";
import { readConfigFile } from "../run/config.js";
import { namedOrigin, type Origin, programOrigin } from "../settings/origin.js";
import type { GivenSettings } from "../usecases/settings.js";
import { assign, assignment, type Settings } from "./assign.js";
import { addFlags, type Flag, settingFlags } from "./flags.js";
import { flagValue } from "./flagValue.js";

/** What the argument `[data]` of every command is. */
export const DATA_ARGUMENT =
  "emoji:groups, emoji:subgroups, synthetic, a CSV, TSV, JSON, JSONL, Excel or Parquet file, or a folder";

/** The flag that names both encoders at once. */
const PAIR = "encoders";
const ENCODERS = ["model.image.encoder", "model.text.encoder"] as const;

const isData = (path: string): boolean => path.startsWith("data.");
/** Settings that a comparison does not have: its rows have methods, and must not depend on how busy the machine is. */
const isOfOne = (path: string): boolean => path.startsWith("method.") || path === "train.time";

/** Adds the flags that describe the data. */
export function addDataFlags(command: Command): Command {
  return addFlags(command, isData)
    .option("--config <file>", "JSON file with settings, see balgrad settings")
    .option("--set <path=value...>", "any setting, e.g. --set train.warmup=0.1");
}

/**
 * Adds the flags of settings that a comparison's rows share: model, training and evaluation.
 *
 * @param except - Setting whose flag the command defines itself.
 */
export function addModelFlags(command: Command, except?: string): Command {
  const pairs = Object.keys(ENCODER_PAIRS).join(", ");
  return addFlags(command, (path) => !isData(path) && !isOfOne(path) && path !== except).addOption(
    new Option(`--${PAIR} <pair>`, `both encoders: ${pairs}`).helpGroup("Model:"),
  );
}

/** Adds the flags that describe method, model and training, and those of the data. */
export const addTrainFlags = (command: Command): Command =>
  addModelFlags(addFlags(addDataFlags(command), isOfOne));

/** A setting as it was written on the command line. */
interface Written {
  readonly path: string;
  readonly words: string;
}

/** Errors name a setting by the last argument that set it, or else by the file. */
function commandOrigin(written: readonly Written[], file: string | undefined): Origin {
  const others = file === undefined ? programOrigin : namedOrigin(file);
  const isWithin = (path: string, group: string): boolean => `${path}.`.startsWith(`${group}.`);
  return {
    written: (path, value) =>
      written.findLast((one) => isWithin(path, one.path) || isWithin(one.path, path))?.words ??
      others.written(path, value),
  };
}

/** Sets what a flag says; a setting of one choice makes that choice, too. */
function assignFlag(settings: Settings, { field, bare = "" }: Flag, given: string | true): void {
  if (field.within) assign(settings, field.within.path, field.within.value);
  assign(settings, field.path, flagValue(given === true ? bare : given, field));
}

/**
 * What the configuration file and the flags of a command say; flags win.
 *
 * @param source - The data source given as an argument, if any.
 * @throws {ConfigError} naming the setting.
 */
export async function givenSettings(command: Command, source?: string): Promise<GivenSettings> {
  const options = command.opts<Record<string, unknown>>();
  const file = options.config as string | undefined;
  const settings: Settings = file === undefined ? {} : { ...(await readConfigFile(file)) };
  const written: Written[] = [];
  if (source !== undefined) {
    assign(settings, "data.source", source);
    written.push({ path: "data.source", words: source });
  }
  const set = (flag: Flag, given: string | true, words: string): void => {
    assignFlag(settings, flag, given);
    written.push({ path: flag.field.path, words });
  };
  const pair = options[PAIR] as string | undefined;
  for (const flag of settingFlags()) {
    const { option, field } = flag;
    const given = options[option.attributeName()] as string | true | undefined;
    const words = `${option.long!}${typeof given === "string" ? ` ${given}` : ""}`;
    if (given !== undefined) set(flag, given, words);
    else if (pair !== undefined && (ENCODERS as readonly string[]).includes(field.path)) {
      set(flag, pair, `--${PAIR} ${pair}`);
    }
  }
  for (const text of (options.set as string[] | undefined) ?? []) {
    const [path, value] = assignment(text, "--set");
    assign(settings, path, value);
    written.push({ path, words: `--set ${text}` });
  }
  return { settings, origin: commandOrigin(written, file) };
}
