/** @module `balgrad compare`: methods on the same splits, seeds, weights and budget. */

import { availableParallelism } from "node:os";
import { join } from "node:path";

import { Command } from "commander";

import { findMethod } from "../balance/methods.js";
import {
  ablationEntries,
  type ComparisonPlan,
  type Entry,
  fusionEntries,
  methodEntries,
  plannedRuns,
} from "../compare/plan.js";
import { summarise } from "../compare/summary.js";
import { ConfigError } from "../errors.js";
import {
  csvComparison,
  latexComparison,
  markdownComparison,
  terminalComparison,
} from "../report/comparison.js";
import { checkConfig } from "../run/config.js";
import { writeFileAtomic, writeJson } from "../run/files.js";
import { positive, whole } from "./arguments.js";
import { settlePlan, trainRuns, tunePlan } from "./batch.js";
import { EXIT } from "./exit.js";
import { withInterrupt } from "./interrupt.js";
import { loadData } from "./runs.js";
import {
  addDataFlags,
  addEncoderFlags,
  addModelFlags,
  DATA_ARGUMENT,
  givenSettings,
} from "./settings.js";

interface CompareOptions {
  readonly out: string;
  readonly methods: string;
  readonly seeds: number;
  readonly jobs: number;
  readonly tune: number;
  readonly ablation?: boolean;
  /** `true`: across all fusions. */
  readonly fusion?: boolean | string;
  readonly missingRatio?: boolean;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  $ balgrad compare                                             joint, balgrad, balgrad-plus
  $ balgrad compare emoji:groups --methods joint,balgrad,agm --seeds 5
  $ balgrad compare data.csv --ablation                         balgrad's parts on and off
  $ balgrad compare data.csv --methods joint,balgrad --fusion
  $ balgrad compare ...                                         again: goes on after a stop;
                                                                more methods or seeds are added`;

function entriesOf(options: CompareOptions, acrossFusions: boolean): Entry[] {
  const names = options.methods.split(",").map((name) => name.trim());
  for (const name of names) findMethod(name);
  const repeated = names.find((name, at) => names.indexOf(name) !== at);
  if (repeated !== undefined) throw new ConfigError(`--methods names ${repeated} twice.`);
  const entries = options.ablation ? ablationEntries() : methodEntries(names);
  return acrossFusions ? fusionEntries(entries) : entries;
}

async function writeTables(
  out: string,
  { rows, mainScore }: Awaited<ReturnType<typeof summarise>>,
  withRatios: boolean,
): Promise<void> {
  const files = {
    "results.md": markdownComparison(rows, mainScore, withRatios),
    "results.csv": csvComparison(rows),
    "results.tex": latexComparison(rows),
  };
  for (const [name, text] of Object.entries(files)) await writeFileAtomic(join(out, name), text);
  await writeJson(join(out, "results.json"), { mainScore, rows });
}

async function runCompare(
  source: string | undefined,
  options: CompareOptions,
  command: Command,
): Promise<void> {
  // Without a name it is no setting of the runs, but of the comparison.
  const acrossFusions = options.fusion === true;
  if (acrossFusions) command.setOptionValue("fusion", undefined);
  const { settings, origin } = await givenSettings(command, source);
  const base = checkConfig(settings, origin);
  const { out, seeds, jobs } = options;
  const plan: ComparisonPlan = {
    entries: entriesOf(options, acrossFusions),
    seeds: Array.from({ length: seeds }, (_, at) => base.train.seed + at),
    tune: options.tune,
    base: settings,
  };
  // Reading the data first leaves nothing behind where they cannot be used.
  await loadData(base);
  await settlePlan(out, plan);
  const withRatios = options.missingRatio === true;
  await withInterrupt(async (signal) => {
    const { plan: settled } = await tunePlan(plan, out, jobs, signal);
    const runs = plannedRuns(settled, out);
    const failed = await trainRuns(runs, out, jobs, signal);
    const summary = await summarise(settled, runs);
    await writeTables(out, summary, withRatios);
    if (options.json) console.log(JSON.stringify({ folder: out, ...summary }));
    else {
      console.log(terminalComparison(summary.rows, summary.mainScore, withRatios));
      console.log(`\nTables: ${join(out, "results.{md,csv,tex,json}")}`);
    }
    if (failed.length > 0) {
      console.error(`${failed.length} of ${runs.length} runs failed:\n${failed.join("\n")}`);
      process.exitCode = EXIT.incomplete;
    }
  });
}

/** The `compare` command. */
export function compareCommand(): Command {
  const cores = availableParallelism();
  const command = new Command("compare")
    .description("train methods on the same splits, seeds, weights and budget, and compare them")
    .argument("[data]", DATA_ARGUMENT)
    .option(
      "--methods <names>",
      "comma-separated; the first is compared with",
      "joint,balgrad,balgrad-plus",
    )
    .option("--seeds <number>", "seeds per method", positive, 3)
    .option("--jobs <number>", "runs at a time", positive, cores)
    .option("--out <folder>", "folder of the comparison", join("runs", "compare"))
    .option(
      "--tune <trials>",
      "first search settings: so many runs per method, judged on validation",
      whole,
      0,
    )
    .option("--ablation", "compare balgrad's parts, each on and off (the paper's table 2)")
    .option("--fusion [name]", "one fusion; without a name each in turn (the paper's figure 8)")
    .option("--missing-ratio", "also the scores by the share of impaired samples (figure 4)")
    .option("--json", "print one JSON object instead of the tables");
  return addEncoderFlags(addModelFlags(addDataFlags(command), "model.fusion"))
    .addHelpText("after", EXAMPLES)
    .action(runCompare);
}
