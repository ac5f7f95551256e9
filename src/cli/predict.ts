/** @module `balgrad predict`. */

import { Command, Option } from "commander";

import { DataError, UserError } from "../errors.js";
import { type AnswerMode, Classifier } from "../predict/predict.js";
import { nodeRuntime } from "../runtime/node.js";
import { positive } from "./arguments.js";
import { complain, print } from "./print.js";

interface PredictOptions {
  readonly image?: string;
  readonly text?: string;
  readonly top?: number;
  readonly mode: AnswerMode;
  readonly json?: boolean;
}

/** Classes printed for people where nobody says how many. */
const SHOWN = 5;

const EXAMPLES = `
Examples:
  $ balgrad predict runs/robust-seed1 --image cat.png --text "a sleeping cat"
  $ balgrad predict runs/robust-seed1 --text "sliced bread"      the picture is missing
  $ balgrad predict models/mine --image cat.png --json --top 3         an exported model`;

async function runPredict(run: string, options: PredictOptions): Promise<void> {
  const { image, text, mode, json } = options;
  if (image === undefined && text === undefined) {
    throw new UserError("There is nothing to classify.", "Give --image, --text or both.");
  }
  const classifier = await Classifier.load(run, nodeRuntime());
  try {
    const question = {
      ...(image !== undefined && { image: { kind: "file", path: image } as const }),
      ...(text !== undefined && { text }),
    };
    const answer = await classifier.answer(question, mode).catch((error: unknown) => {
      if (!(error instanceof DataError)) throw error;
      throw new DataError(`${image ?? ""}: ${error.message}.`);
    });
    for (const warning of answer.warnings) complain(`warning: ${warning}`);
    if (json) {
      const predictions = answer.predictions.slice(0, options.top);
      print(JSON.stringify({ predictions, warnings: answer.warnings }));
      return;
    }
    const several = classifier.card.task === "multi-label";
    for (const { label, probability, decided } of answer.predictions.slice(
      0,
      options.top ?? SHOWN,
    )) {
      const mark = several && decided ? "*" : " ";
      print(`${(100 * probability).toFixed(1).padStart(5)} % ${mark}${label}`);
    }
    if (several) print("* above the label's threshold");
  } finally {
    await classifier.release();
  }
}

/** The `predict` command. */
export function predictCommand(): Command {
  return new Command("predict")
    .description("classify an image, a text or both with the model of a run or of an export")
    .argument("<folder>", "folder of a finished run, or one that balgrad export wrote")
    .option("--image <file>", "picture")
    .option("--text <text>", "text")
    .option("--top <number>", "how many classes to print (default: 5; with --json all)", positive)
    .addOption(
      new Option("--mode <mode>", "answer by the heads that saw something, or the joint classifier")
        .choices(["aware", "joint"])
        .default("aware"),
    )
    .option("--json", "print one JSON object with predictions and warnings")
    .addHelpText("after", EXAMPLES)
    .action(runPredict);
}
