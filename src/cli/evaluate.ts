/** @module `balgrad evaluate`. */

import { Command, Option } from "commander";

import { type Score, SCORES } from "../data/dataset.js";
import { resultRows, terminalTable } from "../report/table.js";
import { evaluate } from "../usecases/evaluate.js";
import { withInterrupt } from "./interrupt.js";
import { print } from "./print.js";
import { printFurther, printModalityNote } from "./results.js";
import { corruptionsOption } from "./settings.js";
import { watched } from "./watch.js";

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

async function runEvaluate(folder: string, options: EvaluateOptions): Promise<void> {
  const { imageNoise, textNoise, noiseCurve, corruptions, score, split, json } = options;
  const evaluation = {
    ...(imageNoise !== undefined && { imageNoise: Number(imageNoise) }),
    ...(textNoise !== undefined && { textNoise: Number(textNoise) }),
    ...(noiseCurve !== undefined && { noiseCurve }),
    ...(corruptions !== undefined && { corruptions }),
    ...(score !== undefined && { score }),
  };
  const request = { folder, split, evaluation, origin: "command line" };
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
