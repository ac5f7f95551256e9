/** @module `balgrad diagnose`. */

import { Command, Option } from "commander";

import { FIGURES } from "../diagnose/conditions.js";
import { RunFolder } from "../run/folder.js";
import { diagnose } from "../usecases/diagnose.js";
import { parseWhole } from "./arguments.js";
import { diagnosisLines } from "./diagnosis.js";
import { EXIT } from "./exit.js";
import { withInterrupt } from "./interrupt.js";
import { complain, print, printJson } from "./print.js";
import { watched } from "./watch.js";
import { commandWords } from "./words.js";

interface DiagnoseOptions {
  readonly split: "validation" | "test";
  readonly samples: number;
  readonly failIf: readonly string[];
  readonly html?: string;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  $ balgrad diagnose runs/robust-seed1
  $ balgrad diagnose runs/robust-seed1 --samples 40 --html diagnosis.html
  $ balgrad diagnose runs/robust-seed1 --fail-if "text-missing-drop>20" --fail-if "dominance>10"
  $ balgrad diagnose runs/robust-seed1 --json | jq .figures

Figures of --fail-if, percent and percentage points: ${FIGURES.slice(0, 5).join(", ")};
image-missing, -noisy and -wrong, text-missing, -noisy and -wrong, each also with -drop and -harm.`;

async function runDiagnose(folder: string, options: DiagnoseOptions): Promise<void> {
  const { split, samples, failIf, html, json } = options;
  const result = await withInterrupt((signal) =>
    watched({}, (events) =>
      diagnose({
        ...{ store: new RunFolder(folder), split, samples, failIf },
        ...{ html, words: commandWords, events, signal },
      }),
    ),
  );
  if (json) printJson(result);
  else diagnosisLines(result).forEach(print);
  if (html !== undefined && !json) print(`\nPage: ${html}`);
  for (const condition of result.failed) complain(`failed: ${condition}`);
  if (result.failed.length > 0) process.exitCode = EXIT.condition;
}

const collected = (value: string, before: readonly string[]): string[] => [...before, value];

/** The `diagnose` command. */
export function diagnoseCommand(): Command {
  return new Command("diagnose")
    .description(
      "say what a run leans on, what that costs, what to try, and what decided single answers",
    )
    .argument("<run>", "folder of a finished run")
    .addOption(
      new Option("--split <name>", "which split").choices(["validation", "test"]).default("test"),
    )
    .option("--samples <number>", "samples to explain, the worst first", parseWhole, 3)
    .option(
      "--fail-if <condition>",
      "exit with 7 where a figure is so: text-missing-drop>2; may be given again",
      collected,
      [],
    )
    .option("--html <file>", "also write a page with the pictures of the samples")
    .option("--json", "print one JSON object with all figures")
    .addHelpText("after", EXAMPLES)
    .action(runDiagnose);
}
