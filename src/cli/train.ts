/** @module `balgrad train`. */

import { readdir, rmdir } from "node:fs/promises";
import { join } from "node:path";

import { Command } from "commander";

import { imbalanceHint, imbalanceOf } from "../check/imbalance.js";
import { withSeed } from "../compare/plan.js";
import { ConfigError, UserError } from "../errors.js";
import type { RunRecord } from "../report/records.js";
import { resultRows, terminalTable } from "../report/table.js";
import { checkConfig, type RunConfig } from "../run/config.js";
import type { RunData } from "../run/data.js";
import { RunFolder } from "../run/folder.js";
import { Run } from "../run/run.js";
import { isFitted, refuseTraining } from "../run/methods.js";
import { runRecord } from "../run/record.js";
import { nodeRuntime } from "../runtime/node.js";
import { whole } from "./arguments.js";
import { asksForAuto, autoSettings } from "./auto.js";
import { printData } from "./describe.js";
import { withInterrupt } from "./interrupt.js";
import { showRuns } from "./progress.js";
import { completeRun, loadData, printFurther, printModalityNote, writeReport } from "./runs.js";
import { addTrainFlags, DATA_ARGUMENT, givenSettings } from "./settings.js";
import { complain, print } from "./print.js";

interface TrainOptions {
  readonly out?: string;
  readonly resume?: string;
  readonly seed?: number;
  readonly seeds: number;
  readonly threads?: number;
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

const seeded = (config: RunConfig, seed: number): RunConfig =>
  checkConfig(withSeed(config, seed), "command line");

/** A run to do: its settings, and its folder, which is made once the data are known to be usable. */
interface PendingRun {
  readonly config: RunConfig;
  readonly open: () => Promise<Run>;
}

const pending = (path: string, config: RunConfig): PendingRun => ({
  config,
  open: () => Run.create(new RunFolder(path), config),
});

async function newRuns(command: Command, source: string | undefined, options: TrainOptions) {
  const { seeds, seed, out } = options;
  if (seeds < 1) throw new ConfigError(`--seeds ${seeds}: there must be at least one.`);
  const given = await givenSettings(command, source);
  const asked = asksForAuto(given) ? await autoSettings(given, options) : given;
  const config = checkConfig(asked.settings, asked.origin);
  if (asked === given && isFitted(config.method)) refuseTraining(given.settings, given.origin);
  const first = seed ?? config.train.seed;
  const name = asked === given ? config.method.name : "auto";
  const base = out ?? join("runs", `${name}-seed${first}`);
  if (seeds === 1) {
    const single = seed === undefined ? config : seeded(config, first);
    return { base, runs: [pending(base, single)] };
  }
  const runs = Array.from({ length: seeds }, (_, at) =>
    pending(join(base, `seed-${first + at}`), seeded(config, first + at)),
  );
  return { base, runs };
}

/** Flags that say how, not what, to train. */
const BESIDE_RESUME = ["resume", "threads", "json"];

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
    `--resume continues a run with its own settings; ${name} cannot be given beside it.`,
    "Leave it out, or start another run with --out.",
  );
}

/** A run that continues. Runs of older versions have no number of threads: it may be given. */
function continued(run: Run, threads: number | undefined): PendingRun {
  const { config, store } = run;
  const own = config.train.threads;
  if (threads !== undefined && own !== undefined && threads !== own) {
    throw new ConfigError(
      `${store.name}: the run was started with ${own} threads; with ${threads} its numbers would be others.`,
      `Leave out --threads: the run continues with ${own}, whatever the machine has.`,
    );
  }
  const given = threads === undefined ? {} : { threads };
  const opened = run.with({ ...config, train: { ...given, ...config.train } });
  return { config: opened.config, open: () => Promise.resolve(opened) };
}

/** Runs of a folder to continue: the folder itself, or its `seed-*` folders. */
async function resumedRuns(base: string, source: string | undefined, command: Command) {
  refuseSettings(source, command);
  const { threads } = command.opts<TrainOptions>();
  const opened = (run: Run): PendingRun => continued(run, threads);
  const single = new RunFolder(base);
  if (await Run.exists(single)) return { base, runs: [opened(await Run.open(single))] };
  const names = await readdir(base).catch(() => {
    throw new UserError(`${base}: no such run.`, "Give the folder that the run was started in.");
  });
  const seeds = names.filter((name) => name.startsWith("seed-"));
  if (seeds.length === 0) throw new UserError(`${base}: there is no run in this folder.`);
  const order = seeds.sort((a, b) => Number(a.slice(5)) - Number(b.slice(5)));
  const runs = await Promise.all(order.map((name) => Run.open(new RunFolder(join(base, name)))));
  return { base, runs: runs.map(opened) };
}

/** Settings that no step can be built from leave nothing behind: corrected ones find their place free. */
async function discardUnbegun(runs: readonly Run[], base: string): Promise<void> {
  for (const run of runs) await run.discardUnbegun();
  // Several seeds share a folder; it stays where it holds something else.
  if (runs.length > 1) await rmdir(base).catch(() => undefined);
}

/** Says what to try where the classes are very unequal and nothing is done about it. */
function printHint({ dataset }: RunData, { train }: RunConfig): void {
  const hint = train.classWeights === "none" ? imbalanceHint(imbalanceOf(dataset)) : null;
  if (hint !== null) complain(`hint: ${hint}`);
}

async function runTrain(
  source: string | undefined,
  options: TrainOptions,
  command: Command,
): Promise<void> {
  const { base, runs } =
    options.resume === undefined
      ? await newRuns(command, source, options)
      : await resumedRuns(options.resume, source, command);
  const records: RunRecord[] = [];
  // Reading the data first leaves no empty runs behind where they cannot be used.
  const describe = options.json ? {} : { onOpen: printData };
  let data = await loadData(runs[0]!.config, describe);
  printHint(data, runs[0]!.config);
  const opened: Run[] = [];
  for (const { open } of runs) opened.push(await open());
  const show = showRuns(opened.length);
  await withInterrupt(async (signal) => {
    for (const run of opened) {
      if (run !== opened[0]) data = await loadData(run.config);
      const runtime = nodeRuntime({ threads: run.config.train.threads, signal });
      const result = await completeRun(run, data, runtime, signal, base, show);
      records.push(await runRecord(run, result));
    }
  }).catch(async (error: unknown) => {
    const isNew = options.resume === undefined;
    if (isNew && error instanceof ConfigError) await discardUnbegun(opened, base);
    throw error;
  });
  const report = join(base, "report.html");
  const { method } = runs[0]!.config;
  await writeReport(report, `${method.name} on ${data.dataset.name}`, data, records);
  if (options.json) {
    print(JSON.stringify({ folder: base, report, rows: resultRows(records) }));
    return;
  }
  print(terminalTable(resultRows(records), records[0]!.test.mainScore));
  printFurther(records, runs[0]!.config);
  printModalityNote(runs[0]!.config);
  print(`\nReport: ${report}\nRun:    ${base}`);
}

/** The `train` command. */
export function trainCommand(): Command {
  const command = new Command("train")
    .description("train a model, keep the best by validation, evaluate it under impairments")
    .argument("[data]", DATA_ARGUMENT)
    .option("--out <folder>", "folder of the run (default: runs/<method>-seed<seed>)")
    .option("--resume <folder>", "continue a stopped run")
    .option("--seed <number>", "seed of weights, shuffling, noise and of a drawn split", whole)
    .option("--seeds <number>", "train so many seeds, one after the other", whole, 1)
    .option("--json", "print one JSON object instead of the table");
  return addTrainFlags(command).addHelpText("after", EXAMPLES).action(runTrain);
}
