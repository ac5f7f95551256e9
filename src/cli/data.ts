/** @module `balgrad data check`. */

import { Command } from "commander";

import { checkDataset, type DataReport } from "../data/check.js";
import { openDataset } from "../data/open.js";
import { type Split, SPLITS } from "../data/dataset.js";
import { encodeDataset } from "../encode/encode.js";
import { terminalGrid } from "../report/table.js";
import { EXIT } from "./exit.js";
import { printIssues } from "./issues.js";
import { showEncoding } from "./progress.js";
import { addDataFlags, readSettings } from "./settings.js";

const EXAMPLES = `
Examples:
  $ balgrad data check emoji:groups
  $ balgrad data check data.jsonl --images photos --json`;

/** Classes listed in the table; the rest is summed up. */
const LISTED = 30;

function printReport(report: DataReport): void {
  console.log(`${report.name} (${report.task})${report.origin ? `: ${report.origin}` : ""}`);
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
  const { imbalance, leakage, repeatedTexts, textLength } = report;
  console.log(`largest class / smallest class: ${imbalance.toFixed(1)}`);
  console.log(`texts that contain their label's name: ${(100 * leakage).toFixed(1)} %`);
  console.log(`test or validation texts that occur in training: ${repeatedTexts}`);
  console.log(`text length: median ${textLength.median}, longest ${textLength.longest} characters`);
  console.log(report.fit ? "fit to train" : `NOT fit to train: ${report.reasons.join("; ")}`);
}

async function runCheck(
  source: string | undefined,
  { json }: { readonly json?: boolean },
  command: Command,
): Promise<void> {
  const { data, model } = await readSettings(command, source);
  const dataset = await openDataset(data);
  const progress = showEncoding();
  const { issues } = await encodeDataset(dataset, {
    side: model.image.type === "convolutional" ? model.image.side : 32,
    text: { buckets: 4096, maxTokens: data.maxTokens },
    onBad: data.onBad,
    onProgress: progress.onProgress,
  });
  progress.stop();
  const report = checkDataset(dataset, issues);
  if (json) {
    console.log(JSON.stringify(report));
  } else {
    printReport(report);
    printIssues(report.issues);
  }
  if (!report.fit) process.exitCode = EXIT.data;
}

/** The `data` command with its subcommand `check`. */
export function dataCommand(): Command {
  const check = new Command("check")
    .description("count, look for trouble, and say whether the data are fit to train on")
    .argument("[data]", "emoji:groups, emoji:subgroups, synthetic, or a CSV, TSV or JSONL file")
    .option("--json", "print the report as JSON");
  return new Command("data")
    .description("look at data")
    .addCommand(addDataFlags(check).addHelpText("after", EXAMPLES).action(runCheck));
}
