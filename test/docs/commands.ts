/** @module Checks command lines as the command line reads them, without running anything. */

import { existsSync } from "node:fs";

import type { Command } from "commander";

import { parseEntries } from "../../src/cli/entries.js";
import { rowKey } from "../../src/compare/rows.js";
import { programWith } from "../../src/cli/program.js";
import { givenSettings } from "../../src/cli/settings.js";
import { UserError } from "../../src/errors.js";
import { checkConfig } from "../../src/run/config.js";
import { asksForAuto } from "../../src/usecases/choose.js";

/** Commands in turn, those without subcommands. */
export const leavesOf = (command: Command): Command[] =>
  command.commands.length === 0 ? [command] : command.commands.flatMap(leavesOf);

/** Values of a command, its flags and rows are settings that exist and are in range. */
async function checkSettings(command: Command): Promise<void> {
  const { config, methods, fusion } = command.opts<Record<string, unknown>>();
  if (typeof config === "string" && !existsSync(config)) {
    command.setOptionValue("config", undefined);
  }
  if (fusion === true) command.setOptionValue("fusion", undefined);
  const source = command.registeredArguments[0]?.name() === "data" ? command.args[0] : undefined;
  const given = await givenSettings(command, source);
  const rows = typeof methods === "string" ? parseEntries(methods) : [];
  for (const row of rows) rowKey(given.settings, row);
  const { method, ...others } = given.settings;
  checkConfig(asksForAuto(given) ? others : { ...others, method: method ?? {} }, given.origin);
}

/** The program; commands note that they were reached, and do nothing. */
async function idleProgram(): Promise<{ program: Command; reached: () => Command | null }> {
  const program = await programWith();
  let last: Command | null = null;
  for (const leaf of leavesOf(program)) {
    leaf.action(() => {
      last = leaf;
    });
    leaf.configureOutput({ writeErr: () => undefined });
  }
  program.configureOutput({ writeErr: () => undefined });
  return { program, reached: () => last };
}

const loaded = idleProgram();

/** Why the command line refuses some arguments; empty where it takes them. */
export async function refusalOf(args: readonly string[]): Promise<string> {
  const { program, reached } = await loaded;
  try {
    await program.parseAsync(args, { from: "user" });
    await checkSettings(reached()!);
    return "";
  } catch (error) {
    if (error instanceof UserError || (error as Error).name === "CommanderError") {
      return (error as Error).message;
    }
    throw error;
  }
}
