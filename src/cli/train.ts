/** @module `balgrad train`. */

import { Command, Option } from "commander";

import { ConfigError } from "../errors.js";
import { RunFolder } from "../run/folder.js";
import type { DeviceChoice } from "../runtime/devices.js";
import type { TrainEvent, Watch } from "../usecases/events.js";
import { resume, runPathsIn } from "../usecases/resume.js";
import { type Places, placesOf, train } from "../usecases/train.js";
import type { TrainResult } from "../usecases/turn.js";
import { parsePort } from "./address.js";
import { parseWhole } from "./arguments.js";
import { withInterrupt } from "./interrupt.js";
import { launchProcess } from "./launch.js";
import { printTrained } from "./results.js";
import { addTrainFlags, DATA_ARGUMENT, givenSettings } from "./settings.js";
import { besideUi } from "./ui.js";
import { watched } from "./watch.js";

interface TrainOptions {
  readonly out?: string;
  readonly resume?: string;
  readonly seed?: number;
  readonly seeds: number;
  readonly threads?: number;
  readonly device?: DeviceChoice;
  readonly json?: boolean;
  readonly ui?: boolean;
  readonly uiPort?: number;
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
  $ balgrad train data.csv --ui                    curves in the browser while it trains
  $ balgrad train --resume runs/robust-seed1      continue after a stop
  $ balgrad train --config run.json --set train.warmup=0.1`;

/** Flags that say how, not what, to train. */
const BESIDE_RESUME = ["resume", "threads", "device", "json", "ui", "uiPort"];

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

/** What is asked for: a new training, or one that continues. */
interface Job {
  readonly places: Places;
  readonly run: (watch: Watch<TrainEvent>) => Promise<TrainResult>;
}

async function jobOf(
  source: string | undefined,
  { resume: folder, out, seed, seeds, threads, device }: TrainOptions,
  command: Command,
): Promise<Job> {
  if (folder !== undefined) {
    refuseSettings(source, command);
    const store = new RunFolder(folder);
    return {
      places: { store, runs: await runPathsIn(store) },
      run: (watch) => resume({ store, threads, device, ...watch }),
    };
  }
  const given = { ...(await givenSettings(command, source)), seed, seeds };
  const places = placesOf(given, out);
  const { store } = places;
  return { places, run: (watch) => train({ ...given, store, launch: launchProcess, ...watch }) };
}

async function runTrain(
  source: string | undefined,
  options: TrainOptions,
  command: Command,
): Promise<void> {
  const { json = false, ui = false, uiPort } = options;
  const { places, run } = await jobOf(source, options, command);
  const trained = await withInterrupt((signal) => {
    const work = (): Promise<TrainResult> =>
      watched({ describe: !json }, (events) => run({ events, signal }));
    return ui ? besideUi(places, uiPort, work) : work();
  });
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
    .option("--json", "print one JSON object instead of the table")
    .option("--ui", "show live curves in the browser while it trains, on this machine alone")
    .addOption(
      new Option("--ui-port <number>", "port of --ui; 0 for any that is free")
        .argParser(parsePort)
        .implies({ ui: true }),
    );
  return addTrainFlags(command).addHelpText("after", EXAMPLES).action(runTrain);
}
