/** @module `balgrad evaluate`. */

import { Command, Option } from "commander";

import { resultRows, terminalTable } from "../report/table.js";
import { RunFolder } from "../run/folder.js";
import { evaluate } from "../usecases/evaluate.js";
import { withInterrupt } from "./interrupt.js";
import { print } from "./print.js";
import { addFlags } from "./flags.js";
import { printFurther, printModalityNote } from "./results.js";
import { givenSettings } from "./settings.js";
import { watched } from "./watch.js";

interface EvaluateOptions {
  readonly split: "validation" | "test";
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  $ balgrad evaluate runs/robust-seed1
  $ balgrad evaluate runs/robust-seed1 --image-noise 2 --text-noise 0.8
  $ balgrad evaluate runs/robust-seed1 --corruptions              blur, JPEG, typos, ...
  $ balgrad evaluate runs/robust-seed1 --corruptions typos,ocr
  $ balgrad evaluate runs/robust-seed1 --json | jq .result.protocol.scores`;

async function runEvaluate(
  folder: string,
  { split, json }: EvaluateOptions,
  command: Command,
): Promise<void> {
  const { settings, origin } = await givenSettings(command);
  const evaluation = settings.evaluation as Readonly<Record<string, unknown>> | undefined;
  const request = {
    store: new RunFolder(folder),
    split,
    origin,
    ...(evaluation && { evaluation }),
  };
  const { result, record, config } = await withInterrupt((signal) =>
    watched({}, (events) => evaluate({ ...request, events, signal })),
  );
  if (json) {
    print(JSON.stringify(result));
    return;
  }
  print(terminalTable(resultRows([record]), result.result.mainScore));
  printFurther([record], config);
  printModalityNote(config);
}

/** The `evaluate` command. */
export function evaluateCommand(): Command {
  const command = new Command("evaluate")
    .description("evaluate the best model of a run, on full and on impaired input")
    .argument("<run>", "folder of a run")
    .addOption(
      new Option("--split <name>", "which split").choices(["validation", "test"]).default("test"),
    )
    .option("--json", "print all results as JSON");
  return addFlags(command, (setting) => setting.startsWith("evaluation."))
    .addHelpText("after", EXAMPLES)
    .action(runEvaluate);
}
