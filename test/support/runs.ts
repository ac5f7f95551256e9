/** @module Starts `balgrad runs` as a real process, and makes folders with runs. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { balgrad, type Finished, MAIN, temporaryFolder } from "./cli.js";
import { QUICK, writeSquares } from "./table.js";

/** A running server. */
export interface RunningPages {
  readonly url: string;
  readonly signal: (signal: NodeJS.Signals) => void;
  /** What the process left behind, once it has ended. */
  readonly ended: Promise<Finished>;
}

/** Starts the pages of a folder and waits until they can be opened. */
export async function startPages(
  folder: string,
  flags: readonly string[] = ["--port", "0"],
  env: Readonly<Record<string, string>> = {},
): Promise<RunningPages> {
  const child = spawn(process.execPath, [MAIN, "runs", folder, ...flags], {
    env: { ...process.env, ...env },
  });
  let [stdout, stderr] = ["", ""];
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const ended = once(child, "close").then(([code]) => ({ code: code as number, stdout, stderr }));
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.on("data", (chunk: Buffer) => {
      stdout += chunk.toString();
      const [, found] = /(http:\S+)\n/.exec(stdout) ?? [];
      if (found !== undefined) resolve(found);
    });
    void ended.then(() => {
      reject(new Error(`the pages ended: ${stderr}`));
    });
  });
  const signal = (name: NodeJS.Signals): void => {
    child.kill(name);
  };
  return { url, signal, ended };
}

/** A folder with a finished run `done` on a table beside it. */
export async function folderWithRun(): Promise<{ runs: string; table: string }> {
  const folder = temporaryFolder();
  const table = await writeSquares(folder, 8);
  const runs = join(folder, "runs");
  const trained = await balgrad(["train", table, "--out", join(runs, "done"), ...QUICK]);
  if (trained.code !== 0) throw new Error(trained.stderr);
  return { runs, table };
}

/** Copies a run to where it looks as if it had been stopped after its second epoch. */
export function copyStopped(from: string, to: string): void {
  cpSync(from, to, { recursive: true });
  rmSync(join(to, "results.json"));
  const metrics = join(to, "metrics.jsonl");
  writeFileSync(metrics, firstLines(metrics, 2));
}

/** The lines of a file of metrics up to the end of an epoch, counted from 1. */
export function firstLines(metrics: string, epochs: number): string {
  const lines = readFileSync(metrics, "utf8").split("\n");
  const ends = lines.flatMap((line, at) => (line.startsWith('{"kind":"epoch"') ? [at] : []));
  return `${lines.slice(0, ends[epochs - 1]! + 1).join("\n")}\n`;
}
