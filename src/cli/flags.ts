/** @module Flags of settings, made of what the settings' schemas say. */

import { type Command, Option } from "commander";

import { flaggedFields } from "../run/settings.js";
import { valueText } from "../settings/accepted.js";
import type { Field } from "../settings/fields.js";

/** A flag that sets one setting. */
export interface Flag {
  readonly field: Field;
  readonly option: Option;
  /** What it sets where it stands without a value. */
  readonly bare?: string;
}

/** Headings in help by the group of the settings. */
const HEADINGS: Readonly<Record<string, string>> = {
  data: "Data:",
  model: "Model:",
  method: "Method:",
  train: "Training:",
  evaluation: "Evaluation:",
};

/** What the value is called in help. */
function valueName({ schema, notes }: Field): string {
  if (notes.value !== undefined) return notes.value;
  if (schema.enum) return "choice";
  if (schema.type === "integer" || schema.type === "number") return "number";
  return schema.type === "array" || schema.anyOf ? "names" : "text";
}

/** The name of a flag; `%` stands for the setting's group, such as `image`. */
export const flagName = ({ path, notes }: Field): string | undefined => {
  const own = notes.flag;
  return own === undefined ? undefined : `--${own.replace("%", path.split(".").at(-2) ?? "")}`;
};

/** The help of a setting: what it does, what it accepts where that is a choice or a range, its default. */
function helpOf({ help, accepts, schema, default: standard }: Field): string {
  const isPlain = /^(a text|a list.*, each a text|a (whole )?number( of at least 0)?)$/.test(
    accepts,
  );
  const told = schema.enum?.every((value) => help.includes(String(value)));
  const range = isPlain || told || schema.type === "boolean" ? [] : [accepts];
  const hasDefault = standard !== undefined && !help.includes("default");
  const notes = [...range, ...(hasDefault ? [`default: ${valueText(standard)}`] : [])].join("; ");
  return notes === "" ? help : `${help} (${notes})`;
}

function flagsOf(field: Field): Flag[] {
  const heading = HEADINGS[field.path.split(".")[0]!]!;
  const { bare, choices } = field.notes;
  if (choices) {
    const names = Object.keys(choices);
    return Object.entries(choices).map(([name, value]) => {
      const others = names.filter((other) => other !== name);
      const option = new Option(`--${name}`, `${field.help} (sets ${value})`)
        .conflicts(others.map((other) => new Option(`--${other}`).attributeName()))
        .helpGroup(heading);
      return { field, option, bare: value };
    });
  }
  const name = valueName(field);
  const value = bare === undefined ? ` <${name}>` : bare === "true" ? "" : ` [${name}]`;
  const option = new Option(`${flagName(field)!}${value}`, helpOf(field)).helpGroup(heading);
  return [{ field, option, ...(bare !== undefined && { bare }) }];
}

let all: readonly Flag[] | undefined;

/** Flags of all settings that have one. */
export const settingFlags = (): readonly Flag[] => (all ??= flaggedFields().flatMap(flagsOf));

/** Adds the flags of the settings with certain paths to a command. */
export function addFlags(command: Command, includes: (path: string) => boolean): Command {
  for (const { option, field } of settingFlags()) {
    if (includes(field.path)) command.addOption(option);
  }
  return command;
}
