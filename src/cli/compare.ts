/** @module `balgrad compare`: methods on the same splits, seeds, weights and budget. */

import { availableParallelism } from "node:os";
import { join } from "node:path";

import { Command } from "commander";

import { hasCompanions } from "../companion/companions.js";
import { type ComparisonPlan, plannedRuns, type Possible } from "../compare/plan.js";
import { plannedEntries } from "../compare/rows.js";
import { firstRecords, summarise } from "../compare/summary.js";
import { ConfigError } from "../errors.js";
import { markdownComparison, terminalComparison } from "../report/comparison.js";
import { renderComparison } from "../report/comparisonPage.js";
import { csvComparison } from "../report/csv.js";
import type { ExtraTables } from "../report/impaired.js";
import { latexComparison } from "../report/latex.js";
import { checkConfig } from "../run/config.js";
import { writeJson } from "../files/json.js";
import { writeFileAtomic } from "../files/atomic.js";
import { modelFor } from "../run/model.js";
import { checkClassWeights } from "../train/classWeights.js";
import { positive, whole } from "./arguments.js";
import { settlePlan, threadsFor, trainRuns, tunePlan } from "./batch.js";
import { printData } from "./describe.js";
import { entriesOf } from "./entries.js";
import { EXIT } from "./exit.js";
import { withInterrupt } from "./interrupt.js";
import { loadData, printModalityNote, reportData } from "./runs.js";
import {
  addDataFlags,
  addEncoderFlags,
  addModelFlags,
  DATA_ARGUMENT,
  givenSettings,
  type GivenSettings,
} from "./settings.js";
import { complain, print } from "./print.js";

interface CompareOptions {
  readonly out: string;
  readonly methods?: string;
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
  $ balgrad compare                                             joint, late-fusion, balgrad, robust
  $ balgrad compare data.csv --encoders clip-vit-b32            and logistic regressions
  $ balgrad compare emoji:groups --methods joint,balgrad,agm --seeds 5
  $ balgrad compare data.csv --methods joint,mslr:strategy=keep,balgrad:lambda=3:train.epochs=40
  $ balgrad compare data.csv --ablation                         balgrad's parts on and off
  $ balgrad compare data.csv --methods joint,balgrad --fusion
  $ balgrad compare ...                                         again: goes on after a stop;
                                                                more methods or seeds are added`;

/** @throws {ConfigError} for what would have no effect. */
function refuseIdle({ settings, origin }: GivenSettings, command: Command): void {
  if (settings.method !== undefined) {
    throw new ConfigError(
      `${origin}: method: a comparison has the methods of --methods, with the options named there.`,
      "For example --methods joint,balgrad:lambda=3",
    );
  }
  if (command.opts().ablation && command.opts().methods !== undefined) {
    throw new ConfigError("--ablation has rows of its own: leave out --methods.");
  }
}

async function writeTables(
  out: string,
  { rows, mainScore }: Awaited<ReturnType<typeof summarise>>,
  extra: ExtraTables,
): Promise<void> {
  const files = {
    "results.md": markdownComparison(rows, mainScore, extra),
    "results.csv": csvComparison(rows),
    "results.tex": latexComparison(rows, extra),
  };
  for (const [name, text] of Object.entries(files)) await writeFileAtomic(join(out, name), text);
  await writeJson(join(out, "results.json"), { format: 1, mainScore, rows });
}

async function runCompare(
  source: string | undefined,
  options: CompareOptions,
  command: Command,
): Promise<void> {
  // Without a name it is no setting of the runs, but of the comparison.
  const acrossFusions = options.fusion === true;
  if (acrossFusions) command.setOptionValue("fusion", undefined);
  const given = await givenSettings(command, source);
  refuseIdle(given, command);
  const { settings, origin } = given;
  const base = checkConfig(settings, origin);
  const { out, seeds, jobs, methods, ablation = false } = options;
  const planFor = (possible: Possible): ComparisonPlan => ({
    entries: plannedEntries(settings, entriesOf({ methods, ablation, acrossFusions }, possible)),
    seeds: Array.from({ length: seeds }, (_, at) => base.train.seed + at),
    tune: options.tune,
    base: settings,
    threads: threadsFor(jobs),
  });
  const { modalities } = base.data;
  const { fusion } = base.model;
  // Checking settings and reading the data first leave nothing behind where they cannot be used.
  plannedRuns(planFor({ frozen: false, modalities, fusion }), out);
  const data = await loadData(base, options.json ? {} : { onOpen: printData });
  const frozen = hasCompanions(await modelFor(base.model, data.prepared));
  const planned = planFor({ frozen, modalities, fusion });
  for (const { config } of plannedRuns(planned, out)) {
    checkClassWeights(config.train.classWeights, data.dataset.classes);
  }
  const { whole, asked: plan } = await settlePlan(out, planned);
  const extra = {
    ratios: options.missingRatio === true,
    noise: base.evaluation.noiseCurve === true,
  };
  await withInterrupt(async (signal) => {
    const { plan: settled } = await tunePlan(plan, out, jobs, signal);
    const runs = plannedRuns(settled, out);
    const { failed } = await trainRuns(runs, out, jobs, signal);
    const summary = await summarise(whole, plannedRuns(whole, out));
    await writeTables(out, summary, extra);
    const report = join(out, "report.html");
    const page = renderComparison({
      title: `Comparison on ${data.dataset.name}`,
      data: reportData(data),
      ...summary,
      runs: await firstRecords(plannedRuns(whole, out)),
      settings: base,
      extra,
    });
    await writeFileAtomic(report, page);
    if (options.json) print(JSON.stringify({ folder: out, report, ...summary }));
    else {
      print(terminalComparison(summary.rows, summary.mainScore, extra));
      printModalityNote(base);
      print(`\nTables: ${join(out, "results.{md,csv,tex,json}")}\nReport: ${report}`);
    }
    if (failed.length > 0) {
      complain(`${failed.length} of ${runs.length} runs failed:\n${failed.join("\n")}`);
      process.exitCode = EXIT.incomplete;
    }
  }, true);
}

/** The `compare` command. */
export function compareCommand(): Command {
  const cores = availableParallelism();
  const command = new Command("compare")
    .description("train methods on the same splits, seeds, weights and budget, and compare them")
    .argument("[data]", DATA_ARGUMENT)
    .option(
      "--methods <names>",
      "comma-separated, each with settings as in balgrad:lambda=3; the comparison's first is compared with (default: joint, late-fusion, balgrad, robust, and linear where features are fixed)",
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
