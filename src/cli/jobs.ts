/** @module `balgrad jobs`: what waits, runs and failed, and why. */

import { Command } from "commander";

import { ConfigError } from "../errors.js";
import { count, duration } from "../text.js";
import type { JobStatus } from "../queue/jobQueue.js";
import { cancelGroup, noSuchJobs } from "../usecases/distributed/groups.js";
import { type GroupStatus, jobsOf } from "../usecases/distributed/jobs.js";
import { fetchResults } from "../usecases/distributed/summary.js";
import {
  addRequiredClusterFlags,
  CREDENTIALS,
  printWorkers,
  type RequiredClusterOptions,
  withCluster,
} from "./cluster.js";
import { EXIT } from "./exit.js";
import { complain, print, printJson } from "./print.js";

interface JobsOptions extends RequiredClusterOptions {
  readonly cancel?: boolean;
  readonly fetch?: boolean;
  readonly out?: string;
  readonly json?: boolean;
}

const EXAMPLES = `${CREDENTIALS}

Examples:
  $ balgrad jobs --queue redis://queue:6379 --store /mnt/shared                    all work
  $ balgrad jobs compare-1f0c92ab44 --queue ... --store ...                        one comparison
  $ balgrad jobs compare-1f0c92ab44 --queue ... --store ... --fetch --out folder   its tables and runs
  $ balgrad jobs compare-1f0c92ab44 --queue ... --store ... --cancel`;

function describe({ kind, label, state, done, worker, attempts, error }: JobStatus): string {
  const where = worker === null ? "" : ` on ${worker}`;
  const again = attempts > 1 ? `, attempt ${attempts}` : "";
  const share = state === "running" ? ` ${Math.round(100 * done)} %` : "";
  const why = error === null ? "" : `: ${error}`;
  return `  ${kind} ${label}: ${state}${share}${where}${again}${why}`;
}

function printGroup({ group, counts, workers, left, jobs }: GroupStatus, isWhole: boolean): void {
  const states = Object.entries(counts).filter(([, number]) => number > 0);
  const parts = states.map(([state, number]) => `${number} ${state}`);
  if (workers.length > 0) parts.push(count(workers.length, "worker"));
  if (left !== null && left > 0) parts.push(`${duration(1000 * left)} left`);
  print(`${group}: ${parts.join(", ")}`);
  const shown = isWhole ? jobs : jobs.filter(({ state }) => state === "failed");
  shown.map(describe).forEach(print);
}

/** Says that tables lack runs, as the command does that waits for them. */
function complainOf(failed: readonly string[], group: string): void {
  complain(`The tables lack ${count(failed.length, "run")} that failed: ${failed.join(", ")}`);
  complain(`balgrad jobs ${group} says why.`);
  process.exitCode = EXIT.incomplete;
}

async function runJobs(group: string | undefined, options: JobsOptions): Promise<void> {
  const { cancel = false, fetch = false, out, json = false } = options;
  if (group === undefined && (cancel || fetch)) {
    throw new ConfigError(
      `--${cancel ? "cancel" : "fetch"} needs the name of the jobs, as balgrad jobs prints it.`,
    );
  }
  if (cancel && fetch) throw new ConfigError("--cancel and --fetch exclude each other.");
  if (fetch !== (out !== undefined)) {
    throw new ConfigError(`--${fetch ? "fetch needs --out" : "out needs --fetch"}, too.`);
  }
  if (out?.trim() === "") throw new ConfigError("--out needs the path of a folder.");
  await withCluster(options, async (cluster) => {
    const { queue } = cluster!;
    if (fetch) {
      const failed = await fetchResults(cluster!, group!, out!);
      if (json) printJson({ folder: out, failed });
      else print(out!);
      if (failed.length > 0) complainOf(failed, group!);
      return;
    }
    if (cancel) {
      const { cancelled, total } = await cancelGroup(queue, group!);
      if (total === 0) throw noSuchJobs(group!);
      if (json) printJson({ group, cancelled });
      else print(`${group}: ${count(cancelled, "job")} cancelled`);
      return;
    }
    const groups = await jobsOf(queue, group);
    const isOpen = groups.some(
      ({ counts }) => counts.waiting + counts.running + counts.delayed > 0,
    );
    if (isOpen) await printWorkers(queue, options);
    if (json) printJson({ groups });
    else if (groups.length === 0) print("There are no jobs.");
    else for (const one of groups) printGroup(one, group !== undefined);
  });
}

/** The `jobs` command. */
export function jobsCommand(): Command {
  const command = new Command("jobs")
    .description("show the jobs of a queue: what waits, runs and failed, and why")
    .argument("[name]", "of a comparison or an extraction; default: all");
  return addRequiredClusterFlags(command)
    .option("--cancel", "cancel what is left of it")
    .option("--fetch", "fetch the tables and runs of a comparison that has ended")
    .option("--out <folder>", "where --fetch puts them")
    .option("--json", "print one JSON object")
    .addHelpText("after", EXAMPLES)
    .action(runJobs);
}
