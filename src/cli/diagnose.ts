/** @module `balgrad diagnose`. */

import { Command, Option } from "commander";

import { FIGURES } from "../diagnose/conditions.js";
import { UserError } from "../errors.js";
import { RunFolder } from "../run/folder.js";
import { diagnose } from "../usecases/diagnose.js";
import { diagnoseModel } from "../usecases/diagnoseModel.js";
import { parseWhole } from "./arguments.js";
import { diagnosisLines } from "./diagnosis.js";
import { EXIT } from "./exit.js";
import { settingFlags } from "./flags.js";
import { withInterrupt } from "./interrupt.js";
import { complain, print, printJson } from "./print.js";
import { addDataFlags, DATA_ARGUMENT, givenSettings } from "./settings.js";
import { watched } from "./watch.js";
import { commandWords } from "./words.js";

interface DiagnoseOptions {
  /** Default: test; of a run alone. */
  readonly split?: "validation" | "test";
  readonly samples: number;
  readonly failIf: readonly string[];
  readonly html?: string;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  $ balgrad diagnose runs/robust-seed1
  $ balgrad diagnose runs/robust-seed1 --samples 40 --html diagnosis.html
  $ balgrad diagnose models/mine new.csv                  an exported model, on other labelled data
  $ balgrad diagnose runs/robust-seed1 --fail-if "text-missing-drop>20" --fail-if "dominance>10"
  $ balgrad diagnose runs/robust-seed1 --json | jq .figures

Figures of --fail-if, percent and percentage points: ${FIGURES.slice(0, 5).join(", ")};
image-missing, -noisy and -wrong, text-missing, -noisy and -wrong, each also with -drop and -harm.`;

/** @throws {UserError} for flags of data where none are given. */
function refuseDataFlags(command: Command): void {
  const flags = ["--config", "--set", ...settingFlags().map(({ option }) => option.long!)];
  const given = command.options.find(
    (option) =>
      flags.includes(option.long!) &&
      command.getOptionValueSource(option.attributeName()) === "cli",
  );
  if (!given) return;
  throw new UserError(
    `${given.long!} is for labelled data, and none are given.`,
    "Name them behind the model: balgrad diagnose <model> test.csv",
  );
}

async function runDiagnose(
  folder: string,
  source: string | undefined,
  options: DiagnoseOptions,
  command: Command,
): Promise<void> {
  const { split, samples, failIf, html, json } = options;
  if (source === undefined) refuseDataFlags(command);
  else if (split !== undefined) {
    throw new UserError(
      "--split is for the data of a run; other data are diagnosed on their test split, or on all samples.",
      "Leave it out.",
    );
  }
  const given = source === undefined ? null : await givenSettings(command, source);
  const questions = { samples, failIf, html, words: commandWords };
  const result = await withInterrupt((signal) =>
    watched({}, (events) =>
      given
        ? diagnoseModel({ ...given, ...questions, folder, events, signal })
        : diagnose({
            ...{ ...questions, store: new RunFolder(folder), events, signal },
            ...(split && { split }),
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
  const command = new Command("diagnose")
    .description(
      "say what a run leans on, what that costs, what to try, and what decided single answers",
    )
    .argument("<run>", "folder of a finished run, or of a model")
    .argument(
      "[data]",
      `labelled data to diagnose it on, default: those of the run: ${DATA_ARGUMENT}`,
    )
    .addOption(
      new Option("--split <name>", "which split of the run's data, default: test").choices([
        ...["validation", "test"],
      ]),
    )
    .option("--samples <number>", "samples to explain, the worst first", parseWhole, 3)
    .option(
      "--fail-if <condition>",
      "exit with 7 where a figure is so: text-missing-drop>2; may be given again",
      collected,
      [],
    )
    .option("--html <file>", "also write a page with the pictures of the samples")
    .option("--json", "print one JSON object with all figures");
  return addDataFlags(command).addHelpText("after", EXAMPLES).action(runDiagnose);
}
