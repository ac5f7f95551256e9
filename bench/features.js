/**
 * @module Whole commands on ready features: `balgrad train` with its default and with joint training, and a PyTorch
 * script that trains and evaluates the same kind of model with all features in memory; in turn.
 *
 *     npm run bench:features -- --python .venv/bin/python
 */

import { spawnSync } from "node:child_process";
import {
  createWriteStream,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import Table from "cli-table3";

import { randomStream } from "../dist/random.js";
import { usableCores } from "../dist/runtime/cores.js";
import { npyHeader } from "../dist/tensors/npy.js";
import { median } from "./statistics.js";

const { values: flags } = parseArgs({
  options: {
    python: { type: "string", default: "python3" },
    samples: { type: "string", default: "60000" },
    size: { type: "string", default: "512" },
    epochs: { type: "string", default: "10" },
    rounds: { type: "string", default: "1" },
    json: { type: "boolean", default: false },
  },
});
const [samples, size, epochs, rounds] = [flags.samples, flags.size, flags.epochs, flags.rounds].map(
  Number,
);
const CLASSES = 101;
const MAIN = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const SCRIPT = fileURLToPath(new URL("features_train.py", import.meta.url));

/** Vectors around the centre of their class. */
async function writeFeatures(folder) {
  const random = randomStream(1, "bench features");
  const centres = Float32Array.from({ length: CLASSES * size }, () => 0.4 * random.normal());
  // Drawing 60 million normal numbers would take longer than training: rows of noise are taken in shuffled pieces.
  const noise = Float32Array.from({ length: 1 << 20 }, () => random.normal());
  const labels = Array.from({ length: samples }, () => random.integer(CLASSES));
  for (const side of ["image", "text"]) {
    const file = createWriteStream(join(folder, `${side}_features.npy`));
    file.write(npyHeader(samples, size));
    for (const label of labels) {
      const start = random.integer(noise.length - size);
      const row = Float32Array.from(
        { length: size },
        (_, at) => centres[label * size + at] + noise[start + at],
      );
      if (!file.write(new Uint8Array(row.buffer))) await once(file, "drain");
    }
    file.end();
    await once(file, "finish");
  }
  const splitOf = (at) => (at % 10 === 8 ? "validation" : at % 10 === 9 ? "test" : "train");
  const lines = labels.map((label, at) =>
    JSON.stringify({ id: `sample ${at}`, split: splitOf(at), label: `class ${label}` }),
  );
  writeFileSync(join(folder, "samples.jsonl"), `${lines.join("\n")}\n`);
}

/** Wall and processor seconds of a command; what it printed. */
function command(name, args, cwd) {
  const start = performance.now();
  const shell = ['"$@"; code=$?; times >&3; exit $code', "sh", name, ...args];
  const done = spawnSync("sh", ["-c", ...shell], {
    ...{ cwd, encoding: "utf8", maxBuffer: 2 ** 26 },
    env: { ...process.env, BALGRAD_CACHE: join(cwd, "cache") },
    stdio: ["ignore", "pipe", "pipe", "pipe"],
  });
  const wall = (performance.now() - start) / 1000;
  if (done.status !== 0) throw new Error(`${name}: ${done.stderr.slice(-2000)}`);
  const cpu = [...done.output[3].matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, minutes, seconds]) => sum + 60 * Number(minutes) + Number(seconds),
    0,
  );
  return { wall, cpu };
}

let runs = 0;

function ours(data, folder, ...more) {
  const out = join(folder, `run-${runs++}`);
  const args = ["train", data, "--epochs", String(epochs), "--out", out, "--json", ...more];
  const time = command(process.execPath, [MAIN, ...args], folder);
  const { result } = JSON.parse(readFileSync(join(out, "results.json"), "utf8"));
  return { ...time, score: result.protocol.cases.full.accuracy };
}

function pytorch(data, folder, method) {
  const out = join(folder, `torch-${runs++}`);
  mkdirSync(out);
  const args = [SCRIPT, data, method, String(epochs), String(usableCores()), out];
  const time = command(flags.python, args, folder);
  return { ...time, score: JSON.parse(readFileSync(join(out, "results.json"), "utf8")).full };
}

function measure(folder, data) {
  const hasTorch = spawnSync(flags.python, ["-c", "import torch, numpy"]).status === 0;
  if (!hasTorch) process.stderr.write(`${flags.python} has no PyTorch: its rows are left out.\n`);
  const contestants = {
    "joint, heads off": () =>
      ours(data, folder, "--method", "joint", "--set", "method.options.probes=false"),
    "the default": () => ours(data, folder),
    ...(hasTorch && {
      "PyTorch, plain": () => pytorch(data, folder, "plain"),
      "PyTorch, BalGrad": () => pytorch(data, folder, "balgrad"),
    }),
  };
  const turns = Object.fromEntries(Object.keys(contestants).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of Object.entries(contestants)) turns[name].push(run());
  }
  return Object.fromEntries(
    Object.entries(turns).map(([name, list]) => [
      name,
      {
        wall: median(list.map(({ wall }) => wall)),
        cpu: median(list.map(({ cpu }) => cpu)),
        score: list[0].score,
      },
    ]),
  );
}

function print(results) {
  const table = new Table({
    head: ["", "seconds", "processor s", "of PyTorch, plain", "of PyTorch, BalGrad", "accuracy"],
  });
  const ratio = ({ wall, cpu }, base) =>
    base ? `${(wall / base.wall).toFixed(2)} (processor ${(cpu / base.cpu).toFixed(2)})` : "-";
  for (const [name, time] of Object.entries(results)) {
    table.push([
      ...[name, time.wall.toFixed(1), time.cpu.toFixed(1)],
      ratio(time, results["PyTorch, plain"]),
      ratio(time, results["PyTorch, BalGrad"]),
      time.score === undefined ? "-" : time.score.toFixed(3),
    ]);
  }
  console.log(`${samples} samples of ${size} + ${size} numbers, ${epochs} epochs, whole commands.`);
  console.log(table.toString());
}

const folder = mkdtempSync(join(tmpdir(), "balgrad-bench-features-"));
try {
  const data = join(folder, "data");
  mkdirSync(data);
  await writeFeatures(data);
  const results = measure(folder, data);
  if (flags.json) console.log(JSON.stringify(results));
  else print(results);
} finally {
  rmSync(folder, { recursive: true, force: true });
}
