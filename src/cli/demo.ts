/** @module `balgrad demo`: joint training against BalGrad on the embedded emoji. */

import { join } from "node:path";

import { Command } from "commander";

import { makeFolder, exists } from "../system.js";
import { checkConfig } from "../run/config.js";
import { RunFolder } from "../run/folder.js";
import { Run } from "../run/run.js";
import { runRecord } from "../run/record.js";
import { nodeRuntime } from "../runtime/node.js";
import { resultRows, terminalTable } from "../report/table.js";
import type { RunRecord } from "../report/records.js";
import { withInterrupt } from "./interrupt.js";
import { showRuns } from "./progress.js";
import { completeRun, loadData, writeReport } from "./runs.js";
import { print } from "./print.js";

const METHODS = ["joint", "balgrad"];

/** A folder name that is not taken: `runs/demo`, `runs/demo-2`, ... */
async function freeFolder(base: string): Promise<string> {
  for (let number = 1; ; number++) {
    const path = number === 1 ? base : `${base}-${number}`;
    if (!(await exists(path))) return path;
  }
}

interface DemoOptions {
  readonly out?: string;
  readonly epochs?: string;
  readonly json?: boolean;
}

async function runDemo({ out, epochs, json }: DemoOptions): Promise<void> {
  const train = epochs === undefined ? {} : { epochs: Number(epochs) };
  const settings = (name: string) => checkConfig({ method: { name }, train }, "demo");
  const base = out ?? (await freeFolder(join("runs", "demo")));
  const data = await loadData(settings("joint"));
  const records: RunRecord[] = [];
  const show = showRuns(METHODS.length);
  await withInterrupt(async (signal) => {
    for (const method of METHODS) {
      await makeFolder(base);
      const path = join(base, method);
      const folder = await Run.create(new RunFolder(path), settings(method));
      const runtime = nodeRuntime({ threads: folder.config.train.threads, signal });
      const result = await completeRun(folder, data, runtime, signal, path, show);
      records.push(await runRecord(folder, result));
    }
  });
  const report = join(base, "report.html");
  const { dataset } = data;
  await writeReport(report, `${METHODS.join(" and ")} on ${dataset.name}`, data, records);
  if (json) {
    print(JSON.stringify({ folder: base, report, rows: resultRows(records) }));
    return;
  }
  print(terminalTable(resultRows(records), records[0]!.test.mainScore));
  print(`\nReport: ${report}\nRuns:   ${base}`);
}

/** The `demo` command. */
export function demoCommand(): Command {
  return new Command("demo")
    .description("train joint and balgrad on the embedded emoji and compare them (about a minute)")
    .option("--out <folder>", "where to write (default: runs/demo, or the next free number)")
    .option("--epochs <number>", "passes over the training split")
    .option("--json", "print one JSON object instead of the table")
    .action(runDemo);
}
