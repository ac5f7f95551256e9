/** @module `balgrad train`. */

import { Command } from "commander";

import { ConfigError } from "../errors.js";
import { RunFolder } from "../run/folder.js";
import type { DeviceChoice } from "../runtime/devices.js";
import { resume } from "../usecases/resume.js";
import { train } from "../usecases/train.js";
import { parseWhole } from "./arguments.js";
import { withInterrupt } from "./interrupt.js";
import { launchProcess } from "./launch.js";
import { printTrained } from "./results.js";
import { addTrainFlags, DATA_ARGUMENT, givenSettings } from "./settings.js";
import { watched } from "./watch.js";

interface TrainOptions {
  readonly out?: string;
  readonly resume?: string;
  readonly seed?: number;
  readonly seeds: number;
  readonly threads?: number;
  readonly device?: DeviceChoice;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  $ balgrad train                                  robust on the embedded emoji
  $ balgrad train emoji:subgroups --seeds 5        five seeds, mean and deviation
  $ balgrad train data.csv --image-column photo    your own table
  $ balgrad train --method joint --epochs 30       the baseline, longer
  $ balgrad train data --method linear             logistic regressions on fixed features
  $ balgrad train data.csv --method auto           method and options by validation
  $ balgrad train data.csv --time 10m              as many epochs as fit ten minutes
  $ balgrad train --resume runs/robust-seed1      continue after a stop
  $ balgrad train --config run.json --set train.warmup=0.1`;

/** Flags that say how, not what, to train. */
const BESIDE_RESUME = ["resume", "threads", "device", "json"];

/** @throws {ConfigError} for settings beside `--resume`: they would have no effect. */
function refuseSettings(source: string | undefined, command: Command): void {
  const given = command.options.filter(
    (option) =>
      command.getOptionValueSource(option.attributeName()) === "cli" &&
      !BESIDE_RESUME.includes(option.attributeName()),
  );
  const name = source === undefined ? given[0]?.long : `the data source ${source}`;
  if (!name) return;
  throw new ConfigError(
    `--resume continues a run with its own settings; ${name} cannot be combined with it.`,
    "Leave it out, or start another run with --out.",
  );
}

async function runTrain(
  source: string | undefined,
  { resume: folder, out, seed, seeds, threads, device, json = false }: TrainOptions,
  command: Command,
): Promise<void> {
  if (folder !== undefined) refuseSettings(source, command);
  const given = folder === undefined ? await givenSettings(command, source) : null;
  const trained = await withInterrupt((signal) =>
    watched({ describe: !json }, (events) => {
      const watch = { events, signal };
      if (folder !== undefined) {
        return resume({ store: new RunFolder(folder), threads, device, ...watch });
      }
      const store = out === undefined ? out : new RunFolder(out);
      return train({ ...given!, store, seed, seeds, launch: launchProcess, ...watch });
    }),
  );
  printTrained(trained, json);
}

/** The `train` command. */
export function trainCommand(): Command {
  const command = new Command("train")
    .description("train a model, keep the best by validation, evaluate it under impairments")
    .argument("[data]", DATA_ARGUMENT)
    .option("--out <folder>", "folder of the run (default: runs/<method>-seed<seed>)")
    .option("--resume <folder>", "continue a stopped run")
    .option("--seed <number>", "seed of weights, shuffling, noise and of a drawn split", parseWhole)
    .option("--seeds <number>", "number of seeds to train, one after the other", parseWhole, 1)
    .option("--json", "print one JSON object instead of the table");
  return addTrainFlags(command).addHelpText("after", EXAMPLES).action(runTrain);
}
