/** @module `balgrad worker`: does the jobs of a queue on this machine. */

import { availableParallelism } from "node:os";
import { join } from "node:path";

import { Command } from "commander";

import { ConfigError } from "../errors.js";
import { cacheFolder } from "../prepare/cache.js";
import { openCluster } from "../usecases/distributed/cluster.js";
import { work, type WorkerEvent } from "../usecases/distributed/worker.js";
import { parsePositive, parseWhole } from "./arguments.js";
import {
  addRequiredClusterFlags,
  CREDENTIALS,
  printNotices,
  type RequiredClusterOptions,
} from "./cluster.js";
import { withInterrupt } from "./interrupt.js";
import { launchJob } from "./launchJob.js";
import { complain, print, printJson } from "./print.js";

interface WorkerOptions extends RequiredClusterOptions {
  readonly jobs: number;
  readonly scratch: string;
  readonly cacheLimit: number;
  readonly checkpointEvery: number;
  readonly lock: number;
  readonly json?: boolean;
}

const EXAMPLES = `${CREDENTIALS}

Examples:
  $ balgrad worker --queue redis://queue:6379 --store /mnt/shared
  $ balgrad worker --queue rediss://queue:6379 --store s3://bucket/balgrad --jobs 4`;

const GIGABYTE = 1e9;

/** What is told of a worker that begins. */
interface Told {
  /** Name of the queue. */
  readonly queue: string;
  readonly jobs: number;
}

function tell(event: WorkerEvent, { queue, jobs }: Told): void {
  switch (event.kind) {
    case "taking":
      print(`Taking jobs from ${queue}, ${jobs} at a time. Press Ctrl-C to stop.`);
      break;
    case "job-started":
      print(`${event.label}: started${event.attempt > 1 ? `, attempt ${event.attempt}` : ""}`);
      break;
    case "job-ended": {
      const { label, seconds, outcome } = event;
      const how = outcome.kind === "failed" ? `failed: ${outcome.message}` : outcome.kind;
      print(`${label}: ${how} after ${seconds.toFixed(1)} s`);
      break;
    }
    case "trouble":
      complain(event.message);
      break;
  }
}

async function runWorker(options: WorkerOptions): Promise<void> {
  const { queue: address, store, jobs, scratch, cacheLimit, checkpointEvery, lock, json } = options;
  if (scratch.trim() === "") throw new ConfigError("--scratch needs the path of a folder.");
  // Before jobs are taken: a store that cannot be used would fail them all.
  const cluster = await openCluster(address, store, join(scratch, "downloads"), {
    lock: 1000 * lock,
  });
  const { queue } = cluster;
  const events = (event: WorkerEvent): void => {
    if (json) printJson(event);
    else tell(event, { queue: queue.name, jobs });
  };
  await printNotices(queue);
  try {
    await withInterrupt(
      (signal) =>
        work({
          ...{ queue, store, scratch, jobs, signal, events },
          limit: cacheLimit * GIGABYTE,
          checkpointSeconds: checkpointEvery,
          launch: launchJob,
        }),
      "\nStopping; what is under way goes back to the queue with its last checkpoint.",
    );
  } finally {
    await cluster.close();
  }
}

/** The `worker` command. */
export function workerCommand(): Command {
  const command = new Command("worker").description(
    "do the jobs that compare and encode hand in to a queue, on this machine",
  );
  return addRequiredClusterFlags(command)
    .option("--jobs <number>", "jobs at a time", parsePositive, availableParallelism())
    .option("--scratch <folder>", "folder for what jobs need", join(cacheFolder(), "worker"))
    .option("--cache-limit <GB>", "size of what is kept there between jobs", parsePositive, 20)
    .option(
      "--checkpoint-every <seconds>",
      "least time between two checkpoints of a run that go to the store",
      parseWhole,
      30,
    )
    .option(
      "--lock <seconds>",
      "a worker that shows no life for so long loses its jobs to others",
      parsePositive,
      30,
    )
    .option("--json", "print one JSON object per line instead of text")
    .addHelpText("after", EXAMPLES)
    .action(runWorker);
}
