/** @module `balgrad data`: a look at data, and the cache of what was made of them. */

import { Command } from "commander";

import { commandWords } from "./words.js";
import { inWords } from "../message.js";
import type { DataReport } from "../check/check.js";
import { LAYOUTS } from "../data/open.js";
import { type Split, SPLITS } from "../data/dataset.js";
import type { FilesSize } from "../prepare/cache.js";
import { dataLines, duplicateLine } from "../report/dataPage.js";
import { terminalGrid } from "../report/table.js";
import { count } from "../text.js";
import { cache } from "../usecases/cache.js";
import { checkData } from "../usecases/check.js";
import { printData } from "./describe.js";
import { parsePositive } from "./arguments.js";
import { EXIT } from "./exit.js";
import { withInterrupt } from "./interrupt.js";
import { printIssues } from "./issues.js";
import { addDataFlags, DATA_ARGUMENT, givenSettings } from "./settings.js";
import { print, printJson } from "./print.js";
import { watched } from "./watch.js";

const EXAMPLES = `
Data sets as they are distributed, recognised by their files:
${LAYOUTS.map(({ name, summary, expects }) => `  ${name.padEnd(14)} ${inWords(summary, commandWords)}\n${" ".repeat(17)}${expects}`).join("\n")}

Examples:
  $ balgrad data check emoji:groups
  $ balgrad data check data.csv --show 50                       which samples are duplicates or leak
  $ balgrad data check data.jsonl --images photos --json
  $ balgrad data check /data/food101 --html food101.html`;

/** Classes listed in the table; the rest is summed up. */
const LISTED = 30;

function printReport(report: DataReport): void {
  printData(report);
  const classes = Object.entries(report.classes);
  const perSplit = (value: (split: Split) => number): number[] => SPLITS.map(value);
  const body = [
    ...classes
      .slice(0, LISTED)
      .map(([name, counts]) => [name, ...perSplit((split) => counts[split])]),
    ...(classes.length > LISTED ? [[`and ${classes.length - LISTED} more`, "", "", ""]] : []),
    ["samples", ...perSplit((split) => report.splits[split].samples)],
    ["without image", ...perSplit((split) => report.splits[split].withoutImage)],
    ["without text", ...perSplit((split) => report.splits[split].withoutText)],
  ];
  print(terminalGrid(["class", ...SPLITS], body));
  for (const line of dataLines(report, commandWords)) print(line);
}

/** Pairs printed where nobody says how many. */
const PAIRS = 20;

/** Lists the samples that say the same; leaks come first. */
function printDuplicates({ duplicates }: DataReport, most: number): void {
  if (duplicates.length === 0) return;
  print(`\nDuplicates (${duplicates.length}):`);
  for (const duplicate of duplicates.slice(0, most)) print(`  ${duplicateLine(duplicate)}`);
  const left = duplicates.length - most;
  if (left > 0) print(`  and ${left} more: --show ${duplicates.length}, or --json for all`);
}

interface CheckOptions {
  /** `true`: as many as are printed where nobody says how many. */
  readonly show?: number | true;
  readonly json?: boolean;
  readonly html?: string;
}

async function runCheck(
  source: string | undefined,
  { json, html, show }: CheckOptions,
  command: Command,
): Promise<void> {
  const given = await givenSettings(command, source);
  const report = await withInterrupt((signal) =>
    watched({}, (events) => checkData({ ...given, html, words: commandWords, events, signal })),
  );
  if (json) {
    printJson(report);
  } else {
    printReport(report);
    if (show !== undefined) printDuplicates(report, show === true ? PAIRS : show);
    else if (report.duplicates.length > 0) print("--show lists the duplicates");
    printIssues(report.issues);
    if (html !== undefined) print(`Page: ${html}`);
  }
  if (!report.fit) process.exitCode = EXIT.data;
}

const sizeText = ({ files, bytes }: FilesSize): string =>
  `${count(files, "file")} (${(bytes / 1e6).toFixed(1)} MB)`;

async function runCache({ clear }: { readonly clear?: boolean }): Promise<void> {
  const { folder, pictures, features, cleared } = await cache({ clear });
  const sizes = [
    `${sizeText(pictures)} of decoded pictures`,
    `${sizeText(features)} of encoders' features`,
  ];
  print(`${folder}: ${sizes.join(", ")}${cleared ? ", deleted" : ""}`);
}

/** The `data` command with its subcommands. */
export function dataCommand(): Command {
  const check = new Command("check")
    .description("count samples, look for problems, and tell whether the data are fit for training")
    .argument("[data]", DATA_ARGUMENT)
    .option("--show [number]", `list duplicate samples (default: ${PAIRS})`, parsePositive)
    .option("--json", "print the report as JSON")
    .option("--html <file>", "also write a page with example pictures");
  const cached = new Command("cache")
    .description(
      "show where decoded pictures and features are cached (BALGRAD_CACHE), and their size",
    )
    .option("--clear", "delete them");
  return new Command("data")
    .description("check data, show and clear the cache")
    .addCommand(addDataFlags(check).addHelpText("after", EXAMPLES).action(runCheck))
    .addCommand(cached.action(runCache));
}
