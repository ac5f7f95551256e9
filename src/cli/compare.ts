/** @module `balgrad compare`: methods on the same splits, seeds, weights and budget. */

import { mkdir, stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";

import { Command } from "commander";

import { findMethod } from "../balance/methods.js";
import {
  ablationEntries,
  comparisonPlan,
  type ComparisonPlan,
  type Entry,
  fusionEntries,
  methodEntries,
  type PlannedRun,
  plannedRuns,
} from "../compare/plan.js";
import { type Outcome, trainAll } from "../compare/pool.js";
import { summarise } from "../compare/summary.js";
import { ConfigError, UserError } from "../errors.js";
import {
  csvComparison,
  latexComparison,
  markdownComparison,
  terminalComparison,
} from "../report/comparison.js";
import { checkConfig } from "../run/config.js";
import { readJson, writeFileAtomic, writeJson } from "../run/files.js";
import { RunFolder } from "../run/folder.js";
import { whole } from "./arguments.js";
import { withInterrupt } from "./interrupt.js";
import { Interrupted, loadData } from "./runs.js";
import { addDataFlags, addModelFlags, givenSettings } from "./settings.js";

interface CompareOptions {
  readonly out: string;
  readonly methods: string;
  readonly seeds: number;
  readonly jobs: number;
  readonly ablation?: boolean;
  readonly acrossFusions?: boolean;
  readonly missingRatio?: boolean;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  $ balgrad compare                                             joint, balgrad, balgrad-plus
  $ balgrad compare emoji:groups --methods joint,balgrad,agm --seeds 5
  $ balgrad compare data.csv --ablation                         balgrad's parts on and off
  $ balgrad compare data.csv --methods joint,balgrad --across-fusions
  $ balgrad compare ...                                         again: goes on after a stop`;

const exists = async (path: string): Promise<boolean> =>
  (await stat(path).catch(() => null)) !== null;

/** Writes the plan of a new comparison, or makes sure that the folder's is the same. */
async function settlePlan(out: string, plan: ComparisonPlan): Promise<void> {
  const path = join(out, "compare.json");
  if (!(await exists(path))) {
    await mkdir(out, { recursive: true });
    await writeJson(path, plan);
    return;
  }
  const known = comparisonPlan.parse(await readJson(path, "the plan of a comparison"));
  if (JSON.stringify(known) !== JSON.stringify(comparisonPlan.parse(plan))) {
    throw new UserError(
      `${out}: there is another comparison in this folder.`,
      "Give another folder with --out, or the same settings to go on.",
    );
  }
}

/** Makes the folders of all runs that do not have one yet. */
async function openRuns(runs: readonly PlannedRun[]): Promise<PlannedRun[]> {
  const unfinished: PlannedRun[] = [];
  for (const run of runs) {
    if (!(await exists(join(run.folder, "run.json")))) {
      await RunFolder.create(run.folder, run.config);
    }
    if (!(await exists(join(run.folder, "results.json")))) unfinished.push(run);
  }
  return unfinished;
}

/** Prints what is done and how long the rest will take. */
function progressPrinter(total: number, done: number) {
  const start = performance.now();
  let finished = 0;
  const failed: string[] = [];
  const onDone = ({ entry, seed, folder }: PlannedRun, { code, message }: Outcome): void => {
    finished++;
    const name = `${entry.label} seed ${seed}`;
    if (code !== 0) failed.push(`${name} (${folder}): ${message}`);
    const left = ((performance.now() - start) / finished) * (total - done - finished);
    const state = code === 0 ? "done" : `failed: ${message}`;
    console.error(`${done + finished}/${total}  ${name}: ${state}  (${duration(left)} left)`);
  };
  return { onDone, failed };
}

function duration(milliseconds: number): string {
  const seconds = Math.round(milliseconds / 1000);
  return seconds < 90 ? `${seconds} s` : `${Math.round(seconds / 60)} min`;
}

function entriesOf(options: CompareOptions): Entry[] {
  const names = options.methods.split(",").map((name) => name.trim());
  for (const name of names) findMethod(name);
  const repeated = names.find((name, at) => names.indexOf(name) !== at);
  if (repeated !== undefined) throw new ConfigError(`--methods names ${repeated} twice.`);
  const entries = options.ablation ? ablationEntries() : methodEntries(names);
  return options.acrossFusions ? fusionEntries(entries) : entries;
}

/** Trains what is missing of a plan; failed runs are named at the end. */
async function trainPlan(
  plan: ComparisonPlan,
  out: string,
  jobs: number,
  signal: AbortSignal,
): Promise<PlannedRun[]> {
  const runs = plannedRuns(plan, out);
  const waiting = await openRuns(runs);
  const { onDone, failed } = progressPrinter(runs.length, runs.length - waiting.length);
  const threads = Math.max(1, Math.floor(availableParallelism() / jobs));
  await trainAll(waiting, { jobs, threads }, { onDone }, signal);
  if (signal.aborted) throw new Interrupted(out, "Go on with the same command.");
  if (failed.length === runs.length) throw new UserError(`No run succeeded.\n${failed[0] ?? ""}`);
  return runs;
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
  const { settings, origin } = await givenSettings(command, source);
  const base = checkConfig(settings, origin);
  const { out, seeds, jobs } = options;
  const plan: ComparisonPlan = {
    entries: entriesOf(options),
    seeds: Array.from({ length: seeds }, (_, at) => base.train.seed + at),
    base: settings,
  };
  // Reading the data first leaves nothing behind where they cannot be used.
  await loadData(base);
  await settlePlan(out, plan);
  const withRatios = options.missingRatio === true;
  await withInterrupt(async (signal) => {
    const runs = await trainPlan(plan, out, jobs, signal);
    const summary = await summarise(plan, runs);
    await writeTables(out, summary, withRatios);
    if (options.json) console.log(JSON.stringify({ folder: out, ...summary }));
    else {
      console.log(terminalComparison(summary.rows, summary.mainScore, withRatios));
      console.log(`\nTables: ${join(out, "results.{md,csv,tex,json}")}`);
    }
  });
}

/** The `compare` command. */
export function compareCommand(): Command {
  const cores = availableParallelism();
  const command = new Command("compare")
    .description("train methods on the same splits, seeds, weights and budget, and compare them")
    .argument("[data]", "emoji:groups, emoji:subgroups, synthetic, or a CSV, TSV or JSONL file")
    .option(
      "--methods <names>",
      "comma-separated; the first is compared with",
      "joint,balgrad,balgrad-plus",
    )
    .option("--seeds <number>", "seeds per method", whole, 3)
    .option("--jobs <number>", "runs at a time", whole, cores)
    .option("--out <folder>", "folder of the comparison", join("runs", "compare"))
    .option("--ablation", "compare balgrad's parts, each on and off (the paper's table 2)")
    .option("--across-fusions", "each method with each fusion (the paper's figure 8)")
    .option("--missing-ratio", "also the scores by the share of impaired samples (figure 4)")
    .option("--json", "print one JSON object instead of the tables");
  return addModelFlags(addDataFlags(command)).addHelpText("after", EXAMPLES).action(runCompare);
}
