/** @module `balgrad evaluate`. */

import { Command, Option } from "commander";

import { type Score, SCORES } from "../data/dataset.js";
import { resultRows, terminalTable } from "../report/table.js";
import { evaluateRun } from "../run/experiment.js";
import { RunFolder } from "../run/folder.js";
import { Run } from "../run/run.js";
import { checkConfig } from "../run/config.js";
import { runRecord } from "../run/record.js";
import { nodeRuntime } from "../runtime/node.js";
import { loadData, printFurther, printModalityNote } from "./runs.js";
import { print } from "./print.js";
import { corruptionsOption } from "./settings.js";

interface EvaluateOptions {
  readonly split: "validation" | "test";
  readonly imageNoise?: string;
  readonly textNoise?: string;
  readonly noiseCurve?: boolean;
  readonly corruptions?: unknown;
  readonly score?: Score;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  $ balgrad evaluate runs/robust-seed1
  $ balgrad evaluate runs/robust-seed1 --image-noise 2 --text-noise 0.8
  $ balgrad evaluate runs/robust-seed1 --corruptions              blur, JPEG, typos, ...
  $ balgrad evaluate runs/robust-seed1 --corruptions typos,ocr
  $ balgrad evaluate runs/robust-seed1 --json | jq .result.protocol.scores`;

async function runEvaluate(path: string, options: EvaluateOptions): Promise<void> {
  const run = await Run.open(new RunFolder(path));
  const { config } = run;
  const { imageNoise, textNoise, noiseCurve, corruptions, score, split } = options;
  const evaluation = {
    ...config.evaluation,
    ...(imageNoise !== undefined && { imageNoise: Number(imageNoise) }),
    ...(textNoise !== undefined && { textNoise: Number(textNoise) }),
    ...(noiseCurve !== undefined && { noiseCurve }),
    ...(corruptions !== undefined && { corruptions }),
    ...(score !== undefined && { score }),
  };
  const folder = run.with(checkConfig({ ...config, evaluation }, "command line"));
  const data = await loadData(folder.config, { evaluated: split });
  const result = await evaluateRun(folder, data.prepared, nodeRuntime(config.train), split);
  if (options.json) {
    print(JSON.stringify(result));
    return;
  }
  const records = [await runRecord(folder, result)];
  print(terminalTable(resultRows(records), result.result.mainScore));
  printFurther(records, folder.config);
  printModalityNote(config);
}

/** The `evaluate` command. */
export function evaluateCommand(): Command {
  return new Command("evaluate")
    .description("evaluate the best model of a run, whole and impaired")
    .argument("<run>", "folder of a run")
    .addOption(
      new Option("--split <name>", "which split").choices(["validation", "test"]).default("test"),
    )
    .option("--image-noise <sigma>", "standard deviation of the noise on the normalised image")
    .option("--text-noise <probability>", "probability that a token is dropped")
    .option("--noise-curve", "also the noisy cases at a quarter, half and twice that strength")
    .addOption(corruptionsOption())
    .addOption(new Option("--score <name>", "what models are judged by").choices(SCORES))
    .option("--json", "print all results as JSON")
    .addHelpText("after", EXAMPLES)
    .action(runEvaluate);
}
