/** @module `balgrad runs`. */

import { Command } from "commander";

import { ConfigError, type UserError } from "../errors.js";
import { terminalGrid } from "../report/table.js";
import { COLUMNS, scoreNote } from "../ui/columns.js";
import type { RunSummary } from "../ui/summary.js";
import { listRuns, type ListResult, type RunsEvent, serveRuns } from "../usecases/runs.js";
import { addAddressFlags, type AddressOptions, givenToken } from "./address.js";
import { withInterrupt } from "./interrupt.js";
import { HAS_PARENT } from "./launch.js";
import { complain, print, printJson } from "./print.js";
import { reportError } from "./reportError.js";
import { commandWords } from "./words.js";

/** Port of the pages, where none is given. */
export const UI_PORT = 8081;

interface RunsOptions extends AddressOptions {
  readonly list?: boolean;
  readonly json?: boolean;
  readonly filter?: string;
  readonly sort?: string;
}

const EXAMPLES = `
The pages show curves of all runs, also of those that other processes train, as they go. docs/ui.md describes them.

Examples:
  $ balgrad runs                               then open http://127.0.0.1:8081
  $ balgrad runs results --port 9000           runs in another folder
  $ balgrad runs --list --sort test.full       as a table in the terminal, the best first
  $ balgrad runs --json --filter "train.epochs>10 method.name=balgrad"`;

/** An error of a run, in the words of the command line. */
const errorOf = (error: UserError | null) => error?.in(commandWords) ?? null;

const jsonOf = ({ path, config, state, validation, test, score, error }: RunSummary) => ({
  path,
  method: config?.method.name ?? null,
  options: config?.method.options ?? null,
  data: config?.data.source ?? null,
  seed: config?.train.seed ?? null,
  ...{ state, validation, test, score },
  error: errorOf(error),
});

function printList({ runs, refused, isCut }: ListResult, folder: string): void {
  if (runs.length === 0) {
    print(`No run in ${folder} is to be listed.`);
  } else {
    const head = COLUMNS.map(({ group, heading }) =>
      [...(group === undefined ? [] : [group]), ...heading.split(" ")].join("\n"),
    );
    print(
      terminalGrid(
        head,
        runs.map((run) => COLUMNS.map(({ text }) => text(run))),
      ),
    );
    const note = scoreNote(runs);
    if (note !== "") print(note);
  }
  for (const { path, error } of runs) {
    const told = errorOf(error);
    if (told) complain(`${path}: ${told.message}${told.hint === undefined ? "" : ` ${told.hint}`}`);
  }
  for (const error of refused) complain(`warning: ${errorOf(error)!.message}`);
  if (isCut) complain("warning: there are very many folders, and not all were looked into.");
}

/** Tells where the pages are; a process that started this one hears it over its channel. */
function tell(event: RunsEvent, folder: string): void {
  if (event.event === "failed") {
    reportError(event.error, false);
  } else if (process.env[HAS_PARENT] === undefined) {
    print(`Runs in ${folder}: ${event.url}\nCtrl-C ends.`);
  } else {
    process.send?.({ url: event.url }, undefined, undefined, () => undefined);
  }
}

/** What only the pages have, and what only lists have. */
const PAGES_ONLY = ["host", "port", "tokenFile"];
const LISTS_ONLY = ["filter", "sort"];

/** @throws {ConfigError} for flags that would have no effect. */
function refuseIdleFlags(command: Command, isList: boolean): void {
  const idle = (isList ? PAGES_ONLY : LISTS_ONLY).find(
    (name) => command.getOptionValueSource(name) === "cli",
  );
  if (idle === undefined) return;
  const { long } = command.options.find((option) => option.attributeName() === idle)!;
  if (isList) {
    throw new ConfigError(
      `${long!} is for the pages, and has no effect on a list.`,
      "Leave it out, or leave out --list and --json.",
    );
  }
  throw new ConfigError(
    `${long!} is for lists: the pages have a filter and columns of their own.`,
    "Add --list or --json, or leave it out.",
  );
}

async function runRuns(folder: string, options: RunsOptions, command: Command): Promise<void> {
  const { list = false, json = false, host, port, tokenFile, ...query } = options;
  refuseIdleFlags(command, list || json);
  if (list || json) {
    const found = await listRuns({ folder, ...query });
    if (!json) printList(found, folder);
    else {
      const { runs, refused, isCut } = found;
      printJson({ folder, runs: runs.map(jsonOf), refused: refused.map(errorOf), isCut });
    }
    return;
  }
  const token = givenToken(options, "see the runs");
  const mayBeMissing = process.env[HAS_PARENT] !== undefined;
  const orNext = command.getOptionValueSource("port") !== "cli";
  await withInterrupt(
    (signal) =>
      serveRuns({
        ...{ folder, mayBeMissing, host, port, orNext, tokenFile, token, signal },
        words: commandWords,
        events: (event) => {
          tell(event, folder);
        },
      }),
    "\nStopping.",
  );
}

/** The `runs` command. */
export function runsCommand(): Command {
  const command = new Command("runs")
    .description("show the runs of a folder as pages with live curves, or as a list")
    .argument("[folder]", "folder that the runs are in, at any depth", "runs")
    .option("--list", "print a table instead of starting a server")
    .option("--json", "print one JSON object instead of starting a server")
    .option("--filter <text>", "of a list: words and conditions, such as train.epochs>10")
    .option("--sort <column>", "of a list: a column, such as test.full; -test.full the other way");
  return addAddressFlags(command, UI_PORT).addHelpText("after", EXAMPLES).action(runRuns);
}
