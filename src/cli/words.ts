/** @module The command line's words for settings and use cases, in messages that come from below. */

import type { Reference, SettingReference, Words } from "../message.js";
import { settingFlags } from "./flags.js";
import { flagName } from "./flags.js";

/** Values with spaces and the like as a shell takes them. */
export const quoted = (value: string): string =>
  /^[\w@%+=:,./<>-]*\w[\w@%+=:,./<>-]*$/.test(value)
    ? value
    : `"${value.replace(/["\\$`]/g, "\\$&")}"`;

function flagOf({ path, value }: SettingReference): string {
  const flags = settingFlags().filter(({ field }) => field.path === path);
  const single = flags.find(({ field, bare }) => field.notes.choices && bare === value);
  if (single) return single.option.long!;
  const [flag] = flags;
  if (!path.includes(".")) return value === "false" ? `--no-${path}` : argument(`--${path}`, value);
  if (!flag || flag.field.notes.choices)
    return argument("--set", `${path}${value === undefined ? "" : `=${value}`}`);
  // A flag that means the value without one is said without it.
  if (value !== undefined && value === flag.bare) return flag.option.long!;
  return argument(flagName(flag.field)!, value);
}

const argument = (flag: string, value: string | undefined): string =>
  value === undefined ? flag : `${flag} ${quoted(value)}`;

/** Commands by the use cases that they are. */
const COMMANDS: Readonly<Record<string, string>> = {
  check: "data check",
  convert: "encoder convert",
};

/** Flags for settings, commands for use cases. */
export const commandWords: Words = (reference: Reference): string => {
  if (reference.kind === "setting") return flagOf(reference);
  const { name, args } = reference;
  const given = args.map((arg) => (typeof arg === "string" ? quoted(arg) : flagOf(arg)));
  return ["balgrad", COMMANDS[name] ?? name, ...given].join(" ");
};
