/** @module `balgrad predict`. */

import { Command, Option } from "commander";

import { UserError } from "../errors.js";
import type { DecidedBy } from "../predict/answer.js";
import { predict } from "../usecases/predict.js";
import { parsePositive } from "./arguments.js";
import { addFlags, settingFlags } from "./flags.js";
import { complain, print } from "./print.js";
import { type PredictOptions, runMany } from "./predictMany.js";

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
  $ balgrad predict models/mine --image cat.png --json --top 3         an exported model
  $ balgrad predict runs/robust-seed1 test.csv --out answers.csv       all rows, with or without labels
  $ balgrad predict runs/robust-seed1 photos --out answers.parquet     all pictures of a folder
  $ balgrad predict runs/robust-seed1 - --json         a table from standard input, JSON Lines out

Answers into a file are kept in <file>.part until all are there; after a stop the same command continues.`;

/** Settings of the data that predictions depend on. */
const USED: ReadonlySet<string> = new Set([
  ...["data.columns.id", "data.columns.image", "data.columns.text", "data.images"],
  ...["data.features.image", "data.features.text", "data.modalities", "data.onBad"],
  ...["data.encoding", "data.separator", "data.variant.caption"],
]);

/** @throws {UserError} for flags that one picture and text have no use for. */
function refuseMany(options: PredictOptions, command: Command): void {
  const { out, probabilities } = options;
  const flags = settingFlags().filter(({ field: { path } }) => USED.has(path));
  const given = flags.find(
    ({ option }) => command.getOptionValueSource(option.attributeName()) === "cli",
  );
  const idle =
    given?.option.long ??
    (out !== undefined ? "--out" : probabilities === true ? "--probabilities" : undefined);
  if (idle === undefined) return;
  throw new UserError(
    `${idle} is for a table or a folder, and none is given.`,
    "Name it behind the model: balgrad predict <model> test.csv",
  );
}

async function runOne(folder: string, options: PredictOptions): Promise<void> {
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

async function runPredict(
  folder: string,
  data: string | undefined,
  options: PredictOptions,
  command: Command,
): Promise<void> {
  if (data === undefined) {
    refuseMany(options, command);
    await runOne(folder, options);
    return;
  }
  const beside = (["image", "text"] as const).find((side) => options[side] !== undefined);
  if (beside !== undefined) {
    throw new UserError(
      `--${beside} is for one answer, and ${data} for many: give one of them.`,
      beside === "image" ? "--images names the folder of a table's pictures." : undefined,
    );
  }
  await runMany(folder, data, options, command);
}

/** The `predict` command. */
export function predictCommand(): Command {
  const command = new Command("predict")
    .description("classify an image, a text or both, or all rows of a table or files of a folder")
    .argument("<folder>", "folder of a finished run, or one that balgrad export wrote")
    .argument(
      "[data]",
      "CSV, TSV, JSON, JSONL, Excel or Parquet file, a folder, or - for standard input; labels are not needed",
    )
    .option("--image <file>", "one picture")
    .option("--text <text>", "one text")
    .option(
      "--out <file>",
      "file for the answers to a table or folder, .csv, .jsonl or .parquet (default: standard output)",
    )
    .option(
      "--top <number>",
      "how many classes to print (default: 5; with --json all; of tables and folders only the answer)",
      parsePositive,
    )
    .option("--probabilities", "of tables and folders, also write the probability of every class")
    .addOption(
      new Option(
        "--mode <mode>",
        "answer from the heads of the inputs that are given, or from the joint classifier",
      )
        .choices(["aware", "joint"])
        .default("aware"),
    )
    .option(
      "--json",
      "print one JSON object; of tables and folders JSON Lines, with --out what became of them",
    );
  return addFlags(command, (path) => USED.has(path))
    .addHelpText("after", EXAMPLES)
    .action(runPredict);
}
