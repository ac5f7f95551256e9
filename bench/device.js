/**
 * @module Time of training steps on a GPU: ours and PyTorch's on the same card in one run, then fine-tuning.
 *
 *     python3 -m venv .venv && .venv/bin/pip install torch
 *     npm run bench:device -- --device cuda --python .venv/bin/python
 *     npm run bench:device -- --device webgpu --python .venv/bin/python
 *
 * Contestants take turns, round after round. Every step of ours ends with its metrics on the host; PyTorch waits for the device
 * once a turn. Without PyTorch, or a card that it can use, its rows are left out. `--sizes 8x16 --no-finetune` is for a first try.
 */

import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import Table from "cli-table3";

import { findDevice } from "../dist/runtime/device.js";
import { nodeRuntime } from "../dist/runtime/node.js";
import { prepareEngine } from "./engine.js";
import { startPytorch } from "./pytorch.js";
import { quantile } from "./statistics.js";

const { values: flags } = parseArgs({
  allowNegative: true,
  options: {
    device: { type: "string", default: "webgpu" },
    peer: { type: "string", default: "cuda" },
    python: { type: "string", default: "python3" },
    sizes: { type: "string", default: "64x256,64x512,256x256,256x512" },
    rounds: { type: "string", default: "15" },
    steps: { type: "string", default: "100" },
    finetune: { type: "boolean", default: true },
    json: { type: "string" },
  },
});
const [rounds, steps] = [flags.rounds, flags.steps].map(Number);
const THREADS = 1;

const OURS = ["plain", "balgrad"];
const FORMS = ["eager", "compiled"];

async function contestantsOf(size, device, pytorch) {
  const ours = await Promise.all(
    OURS.map(async (name) => ({
      name: `${name}, ${device}`,
      run: await prepareEngine(name, size, THREADS, nodeRuntime({ threads: THREADS, device })),
    })),
  );
  const theirs = OURS.flatMap((method) =>
    FORMS.map((form) => ({
      name: `PyTorch ${method}, ${form}`,
      run: (count) => pytorch.run({ ...size, method, form, threads: THREADS, steps: count }),
    })),
  );
  return pytorch ? [...ours, ...theirs] : ours;
}

async function measure(size, device, pytorch) {
  const contestants = await contestantsOf(size, device, pytorch);
  const times = new Map(contestants.map(({ name }) => [name, []]));
  // Shaders and kernels are compiled in the first steps.
  for (const { run } of contestants) await run(steps);
  for (let round = 0; round < rounds; round++) {
    for (const { name, run } of contestants) {
      const { seconds } = await run(steps);
      times.get(name).push((seconds * 1000) / steps);
    }
  }
  const found = [...times].map(([name, list]) => {
    const [low, median, high] = [0.25, 0.5, 0.75].map((share) => quantile(list, share));
    return [name, { median, low, high }];
  });
  return { ...size, milliseconds: Object.fromEntries(found) };
}

function print(results, device, pytorch) {
  const peer = pytorch
    ? `PyTorch ${pytorch.version} on ${pytorch.card ?? flags.peer}`
    : "no PyTorch";
  process.stdout.write(
    `Milliseconds per step on ${device}, median (middle half) of ${rounds} rounds of ${steps} steps; ${peer}.\n`,
  );
  const head = ["", ...results.map(({ batch, embed }) => `batch ${batch}, embed ${embed}`)];
  const table = new Table({ head, style: { head: [], border: [] } });
  for (const name of Object.keys(results[0].milliseconds)) {
    const cells = results.map(({ milliseconds }) => {
      const { median, low, high } = milliseconds[name];
      return `${median.toFixed(2)} (${low.toFixed(2)} to ${high.toFixed(2)})`;
    });
    table.push([name, ...cells]);
  }
  process.stdout.write(`${table.toString()}\n`);
}

function finetune(device) {
  const program = fileURLToPath(new URL("finetune.js", import.meta.url));
  const args = [
    "--device",
    device,
    "--peer",
    flags.peer,
    "--python",
    flags.python,
    "--batch",
    "32",
  ];
  const { status } = spawnSync(process.execPath, [program, ...args], { stdio: "inherit" });
  process.exitCode = status ?? 1;
}

const { device } = await findDevice(flags.device).catch((error) => {
  process.stderr.write(`error: ${error.message}\n${error.hint ?? ""}\n`);
  process.exit(2);
});
const pytorch = await startPytorch(flags.python, flags.peer);
const results = [];
for (const size of flags.sizes.split(",")) {
  const [batch, embed] = size.split("x").map(Number);
  results.push(await measure({ batch, embed, features: 768, classes: 101 }, device, pytorch));
}
pytorch?.stop();
print(results, device, pytorch);
if (flags.json) {
  const { version = null, card = null } = pytorch ?? {};
  const report = { device, rounds, steps, pytorch: { version, card }, results };
  writeFileSync(flags.json, `${JSON.stringify(report, null, 2)}\n`);
}
if (flags.finetune) finetune(device);
