/**
 * @module What is killed: each task has the command of its beginning, the command after a kill, and what
 * must be the same as without kills.
 */

import { createHash } from "node:crypto";
import { cpSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { SMALL } from "../fuzz/runSeeds.js";

const digest = (path) => createHash("sha256").update(readFileSync(path)).digest("hex");
const without = (value, ...names) =>
  Object.fromEntries(Object.entries(value).filter(([name]) => !names.includes(name)));

const json = (path) => JSON.parse(readFileSync(path, "utf8"));

/** What of a run must be the same: weights, results, exported model, recorded steps. Not its times. */
export function runFacts(run) {
  const { method, seed, bestEpoch, result, aware } = json(join(run, "results.json"));
  const lines = readFileSync(join(run, "metrics.jsonl"), "utf8").trimEnd().split("\n");
  const records = lines.map((line) => {
    return without(JSON.parse(line).record, "seconds", "cpuSeconds");
  });
  return JSON.stringify({
    ...{ method, seed, bestEpoch, result, aware, records },
    last: digest(join(run, "checkpoints", "last.safetensors")),
    best: digest(join(run, "checkpoints", "best.safetensors")),
    model: digest(join(run, "model", "model.onnx")),
  });
}

/** Digests of all files of a folder; unfinished ones of killed processes do not count. */
const folderFacts = (folder) =>
  JSON.stringify(
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !entry.name.endsWith(".tmp"))
      .map(({ parentPath, name }) => [name, digest(join(parentPath, name))])
      .sort(),
  );

const exportArgs = (run, out) => ["export", run, "--out", out];

/** Flags of training that is long enough to be killed in all its parts. */
export const trainFlags = (epochs) => [...SMALL, "--epochs", String(epochs)];

/**
 * The tasks.
 *
 * @param base - Folder with `data/data.csv`, the encoders `vit` and `bert`, a finished run `whole` and the
 *   run `half` that was stopped half-way.
 */
export function tasksOf(base, epochs) {
  const table = join(base, "data", "data.csv");
  const begin = (out) => ["train", table, "--out", out, ...trainFlags(epochs)];
  const resume = (out) => ["train", "--resume", out, "--threads", "1"];
  const compare = (out) => [
    ...["compare", table, "--out", out, "--methods", "joint,balgrad", "--seeds", "1"],
    ...[
      "--jobs",
      "2",
      ...trainFlags(epochs).filter((_, at, all) => !/threads/.test(all[at] + all[at - 1])),
    ],
  ];
  const encode = (out) => [
    ...[
      "encode",
      table,
      "--image-encoder",
      join(base, "vit"),
      "--text-encoder",
      join(base, "bert"),
    ],
    ...["--threads", "1", "--out", out],
  ];
  return {
    train: {
      first: begin,
      again: (out) => (existsSync(join(out, "run.json")) ? resume(out) : begin(out)),
      facts: runFacts,
    },
    resume: {
      prepare: (out) => cpSync(join(base, "half"), out, { recursive: true }),
      first: resume,
      again: resume,
      facts: runFacts,
    },
    compare: {
      first: compare,
      again: compare,
      facts: (out) =>
        JSON.stringify([
          json(join(out, "results.json")).rows.map((row) => without(row, "relativeTime")),
          ...["joint", "balgrad"].map((method) => runFacts(join(out, method, "seed-1"))),
        ]),
    },
    encode: { ownCache: true, first: encode, again: encode, facts: folderFacts },
    export: {
      first: (out) => exportArgs(join(base, "whole"), out),
      again: (out) => exportArgs(join(base, "whole"), out),
      // The model is the last file that is written: with it the export is complete.
      isDone: (out) => existsSync(join(out, "onnx", "model.onnx")),
      facts: folderFacts,
    },
  };
}
