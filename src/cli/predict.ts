/** @module `balgrad predict`. */

import { join } from "node:path";

import { Command, Option } from "commander";

import { DataError, UserError } from "../errors.js";
import { type AnswerMode, Classifier } from "../predict/predict.js";
import { nodeRuntime } from "../runtime/node.js";

interface PredictOptions {
  readonly image?: string;
  readonly text?: string;
  readonly top: string;
  readonly mode: AnswerMode;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  $ balgrad predict runs/balgrad-plus-seed1 --image cat.png --text "a sleeping cat"
  $ balgrad predict runs/balgrad-plus-seed1 --text "sliced bread"      the picture is missing
  $ balgrad predict runs/balgrad-plus-seed1 --image cat.png --json`;

async function runPredict(run: string, options: PredictOptions): Promise<void> {
  const { image, text, mode, json } = options;
  if (image === undefined && text === undefined) {
    throw new UserError("There is nothing to classify.", "Give --image, --text or both.");
  }
  const top = Number(options.top);
  if (!Number.isInteger(top) || top < 1) {
    throw new UserError(`--top ${options.top}: expected a whole number from 1 on.`);
  }
  const classifier = await Classifier.load(join(run, "model"), nodeRuntime());
  try {
    const question = {
      ...(image !== undefined && { image: { kind: "file", path: image } as const }),
      ...(text !== undefined && { text }),
    };
    const answers = await classifier.classify(question, mode).catch((error: unknown) => {
      if (!(error instanceof DataError)) throw error;
      throw new DataError(`${image ?? ""}: ${error.message}.`);
    });
    if (json) {
      console.log(JSON.stringify({ predictions: answers }));
      return;
    }
    const several = classifier.card.task === "multi-label";
    for (const { label, probability, decided } of answers.slice(0, top)) {
      const mark = several && decided ? "*" : " ";
      console.log(`${(100 * probability).toFixed(1).padStart(5)} % ${mark}${label}`);
    }
    if (several) console.log("* above the label's threshold");
  } finally {
    await classifier.release();
  }
}

/** The `predict` command. */
export function predictCommand(): Command {
  return new Command("predict")
    .description("classify an image, a text or both with the model of a run")
    .argument("<run>", "folder of a finished run")
    .option("--image <file>", "picture")
    .option("--text <text>", "text")
    .option("--top <number>", "how many classes to print", "5")
    .addOption(
      new Option("--mode <mode>", "answer by the heads that saw something, or the joint classifier")
        .choices(["aware", "joint"])
        .default("aware"),
    )
    .option("--json", "print all classes as JSON")
    .addHelpText("after", EXAMPLES)
    .action(runPredict);
}
