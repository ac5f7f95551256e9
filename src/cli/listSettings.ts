/** @module `balgrad settings`: all settings, what they accept, and their defaults. */

import { Command } from "commander";

import { ConfigError } from "../errors.js";
import { configFileSchema } from "../run/schema.js";
import { nearest } from "../text.js";
import { print } from "./print.js";
import { allSettings, settingsPage, settingsText, settingsUnder } from "./settingsPage.js";

interface ListOptions {
  readonly schema?: boolean;
  readonly markdown?: boolean;
}

/** @throws {ConfigError} for a path without settings. */
function textUnder(path: string | undefined): string {
  const found = settingsUnder(path);
  if (found.length > 0) return settingsText(found);
  const paths = allSettings().map(({ field }) => field.path);
  const guess = nearest(path!, paths);
  const hint = guess === undefined ? "Without a path all are listed." : `Did you mean "${guess}"?`;
  throw new ConfigError(`There is no setting "${path!}".`, hint);
}

function listSettings(path: string | undefined, { schema, markdown }: ListOptions): void {
  if (schema) print(JSON.stringify(configFileSchema(), null, 2));
  else print(markdown ? settingsPage().trimEnd() : textUnder(path));
}

const EXAMPLES = `
Examples:
  $ balgrad settings                                 all settings
  $ balgrad settings model.image                     a group, or one
  $ balgrad settings --schema > settings.schema.json
                              for editors: "$schema": "./settings.schema.json" in the file of --config`;

/** The `settings` command. */
export function settingsCommand(): Command {
  return new Command("settings")
    .description("list all settings: what they do, what they accept, their defaults and flags")
    .argument("[path]", "a setting or a group, such as train or model.embed")
    .option("--schema", "print the JSON Schema of configuration files")
    .option("--markdown", "print docs/settings.md")
    .addHelpText("after", EXAMPLES)
    .action(listSettings);
}
