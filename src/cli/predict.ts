/** @module `balgrad predict`. */

import { Command, Option } from "commander";

import type { AnswerMode, DecidedBy } from "../predict/answer.js";
import { predict } from "../usecases/predict.js";
import { parsePositive } from "./arguments.js";
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

/** Who decided, in words. */
const WHO: Readonly<Record<DecidedBy, string>> = {
  both: "image and text",
  image: "the image",
  text: "the text",
  none: "neither image nor text",
};

const EXAMPLES = `
Examples:
  $ balgrad predict runs/robust-seed1 --image cat.png --text "a sleeping cat"
  $ balgrad predict runs/robust-seed1 --text "sliced bread"      the picture is missing
  $ balgrad predict models/mine --image cat.png --json --top 3         an exported model`;

async function runPredict(folder: string, options: PredictOptions): Promise<void> {
  const { image, text, mode, top, json } = options;
  const { predictions, card, ...about } = await predict({ folder, image, text, mode });
  for (const warning of about.warnings) complain(`warning: ${warning}`);
  if (json) {
    print(JSON.stringify({ predictions: predictions.slice(0, top), ...about }));
    return;
  }
  const several = card.labelKind === "multi-label";
  for (const { label, probability, decided } of predictions.slice(0, top ?? SHOWN)) {
    const mark = several && decided ? "*" : " ";
    print(`${(100 * probability).toFixed(1).padStart(5)} % ${mark}${label}`);
  }
  if (several) print("* above the label's threshold");
  print(`decided by ${WHO[about.decidedBy]}, ${(100 * about.sure).toFixed(0)} % sure`);
}

/** The `predict` command. */
export function predictCommand(): Command {
  return new Command("predict")
    .description("classify an image, a text or both with the model of a run or of an export")
    .argument("<folder>", "folder of a finished run, or one that balgrad export wrote")
    .option("--image <file>", "picture")
    .option("--text <text>", "text")
    .option(
      "--top <number>",
      "how many classes to print (default: 5; with --json all)",
      parsePositive,
    )
    .addOption(
      new Option(
        "--mode <mode>",
        "answer from the heads of the inputs that are given, or from the joint classifier",
      )
        .choices(["aware", "joint"])
        .default("aware"),
    )
    .option("--json", "print one JSON object with predictions and warnings")
    .addHelpText("after", EXAMPLES)
    .action(runPredict);
}
