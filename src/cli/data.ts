/** @module `balgrad data`: a look at data, and the cache of what was made of them. */

import { Command } from "commander";

import { checkDataset, type DataReport } from "../check/check.js";
import { dataExamples } from "../check/examples.js";
import { LAYOUTS, openDataset } from "../data/open.js";
import { type Split, SPLITS } from "../data/dataset.js";
import { cacheFolder, cacheSize, clearCache, type FilesSize } from "../encode/cache.js";
import { encodeDataset } from "../encode/encode.js";
import { dataLines, renderDataPage } from "../report/dataPage.js";
import { terminalGrid } from "../report/table.js";
import { encodeOptions } from "../run/data.js";
import { writeFileAtomic } from "../run/files.js";
import { count } from "../text.js";
import { printData } from "./describe.js";
import { EXIT } from "./exit.js";
import { printIssues } from "./issues.js";
import { showEncoding } from "./progress.js";
import { addDataFlags, DATA_ARGUMENT, readSettings } from "./settings.js";

const EXAMPLES = `
Data sets as they are distributed, recognised by their files:
${LAYOUTS.map(({ name, summary, expects }) => `  ${name.padEnd(14)} ${summary}\n${" ".repeat(17)}${expects}`).join("\n")}

Examples:
  $ balgrad data check emoji:groups
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
  console.log(terminalGrid(["class", ...SPLITS], body));
  for (const line of dataLines(report)) console.log(line);
}

interface CheckOptions {
  readonly json?: boolean;
  readonly html?: string;
}

async function runCheck(
  source: string | undefined,
  { json, html }: CheckOptions,
  command: Command,
): Promise<void> {
  const config = await readSettings(command, source);
  const dataset = await openDataset(config.data);
  const progress = showEncoding();
  const result = await encodeDataset(dataset, {
    ...encodeOptions(config),
    onProgress: progress.onProgress,
  }).finally(progress.stop);
  const report = checkDataset(dataset, result);
  if (html !== undefined) {
    await writeFileAtomic(html, renderDataPage(report, await dataExamples(dataset, result)));
  }
  if (json) {
    console.log(JSON.stringify(report));
  } else {
    printReport(report);
    printIssues(report.issues);
    if (html !== undefined) console.log(`Page: ${html}`);
  }
  if (!report.fit) process.exitCode = EXIT.data;
}

const sizeText = ({ files, bytes }: FilesSize): string =>
  `${count(files, "file")} (${(bytes / 1e6).toFixed(1)} MB)`;

async function runCache({ clear }: { readonly clear?: boolean }): Promise<void> {
  const { pictures, features } = await cacheSize();
  if (clear) await clearCache();
  const sizes = [
    `${sizeText(pictures)} of decoded pictures`,
    `${sizeText(features)} of encoders' features`,
  ];
  console.log(`${cacheFolder()}: ${sizes.join(", ")}${clear ? ", deleted" : ""}`);
}

/** The `data` command with its subcommands. */
export function dataCommand(): Command {
  const check = new Command("check")
    .description("count, look for trouble, and say whether the data are fit to train on")
    .argument("[data]", DATA_ARGUMENT)
    .option("--json", "print the report as JSON")
    .option("--html <file>", "also write a page with example pictures");
  const cache = new Command("cache")
    .description("say where decoded pictures and features are kept (BALGRAD_CACHE) and how much")
    .option("--clear", "delete them");
  return new Command("data")
    .description("look at data")
    .addCommand(addDataFlags(check).addHelpText("after", EXAMPLES).action(runCheck))
    .addCommand(cache.action(runCache));
}
