/** @module `balgrad compare`: methods on the same splits, seeds, weights and budget. */

import { availableParallelism } from "node:os";
import { join } from "node:path";

import { Command } from "commander";

import { terminalComparison } from "../report/comparison.js";
import { RunFolder } from "../run/folder.js";
import { compare, type CompareResult } from "../usecases/compare.js";
import { compareQueued, submitComparison } from "../usecases/distributed/compare.js";
import { parsePositive, parseWhole } from "./arguments.js";
import { addClusterFlags, type ClusterOptions, printDetached, withWorkers } from "./cluster.js";
import { parseEntries } from "./entries.js";
import { EXIT } from "./exit.js";
import { launchProcess } from "./launch.js";
import { complain, print } from "./print.js";
import { printModalityNote } from "./results.js";
import { addDataFlags, addModelFlags, DATA_ARGUMENT, givenSettings } from "./settings.js";
import { watched } from "./watch.js";

interface CompareOptions extends ClusterOptions {
  readonly out: string;
  readonly methods?: string;
  readonly seeds: number;
  readonly jobs: number;
  readonly tune: number;
  readonly ablation?: boolean;
  /** `true`: across all fusions. */
  readonly fusion?: boolean | string;
  readonly missingRatio?: boolean;
  readonly detach?: boolean;
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
  $ balgrad compare ...                                         again: continues after a stop;
                                                                more methods or seeds are added
  $ balgrad compare data.csv --queue redis://queue:6379 --store /mnt/shared    by workers, see balgrad worker`;

function printComparison(
  { folder, report, rows, mainScore, extra, config }: CompareResult,
  json: boolean,
): void {
  if (json) {
    print(JSON.stringify({ folder, report, rows, mainScore }));
    return;
  }
  print(terminalComparison(rows, mainScore, extra));
  printModalityNote(config);
  print(`\nTables: ${join(folder, "results.{md,csv,tex,json}")}\nReport: ${report}`);
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
  const { out, seeds, jobs, tune, methods, ablation = false, missingRatio = false } = options;
  const named = methods === undefined ? undefined : parseEntries(methods);
  const request = {
    ...given,
    ...{ store: new RunFolder(out), seeds, jobs, tune, missingRatio },
    rows: { named, ablation, acrossFusions },
  };
  const { json = false, detach = false } = options;
  const result = await withWorkers(options, (cluster, signal) =>
    watched<CompareResult | string>({ describe: !json }, (events) => {
      const asked = { ...request, events, signal };
      if (!cluster) return compare({ ...asked, launch: launchProcess });
      return detach
        ? submitComparison({ ...asked, cluster })
        : compareQueued({ ...asked, cluster });
    }),
  );
  if (typeof result === "string") {
    printDetached(result, options);
    return;
  }
  printComparison(result, json);
  const { failed, runs } = result;
  if (failed.length === 0) return;
  complain(`${failed.length} of ${runs} runs failed:\n${failed.join("\n")}`);
  process.exitCode = EXIT.incomplete;
}

/** The `compare` command. */
export function compareCommand(): Command {
  const cores = availableParallelism();
  const command = new Command("compare")
    .description("train methods on the same splits, seeds, weights and budget, and compare them")
    .argument("[data]", DATA_ARGUMENT)
    .option(
      "--methods <names>",
      "comma-separated rows, each with settings as in balgrad:lambda=3; the others are compared with the first (default: joint, late-fusion, balgrad, robust, and linear where features are fixed)",
    )
    .option("--seeds <number>", "seeds per method", parsePositive, 3)
    .option("--jobs <number>", "runs at a time, on one machine", parsePositive, cores)
    .option("--out <folder>", "folder of the comparison", join("runs", "compare"))
    .option(
      "--tune <trials>",
      "search settings first, with this number of runs per method, judged on validation",
      parseWhole,
      0,
    )
    .option("--ablation", "compare balgrad's parts, each on and off (the paper's table 2)")
    .option("--fusion [name]", "one fusion; without a name each in turn (the paper's figure 8)")
    .option("--missing-ratio", "also the scores by the share of impaired samples (figure 4)")
    .option("--json", "print one JSON object instead of the tables");
  return addModelFlags(addDataFlags(addClusterFlags(command)), "model.fusion")
    .addHelpText("after", EXAMPLES)
    .action(runCompare);
}
