/**
 * @module Load on the prediction service: clients that ask one after the other, beside a plain loop of ONNX Runtime.
 *
 * `npm run bench:serve -- <model> [clients] [seconds] [inputs of a request]`
 */

import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import process from "node:process";
import { fileURLToPath, URL } from "node:url";

import sharp from "sharp";

import { Classifier } from "../dist/predict/predict.js";
import { nodeRuntime } from "../dist/runtime/node.js";
import { load } from "./serve/clients.js";
import { watchHealth } from "./serve/health.js";
import { runtimeLoop } from "./serve/loop.js";
import { quantile } from "./statistics.js";

const MAIN = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const TEXTS = ["a slice of bread", "a cat that sleeps", "an old steam train", "two people dance"];

/** Starts the service; gives its address, its process and how to stop it. */
async function start(folder, flags) {
  const child = spawn(process.execPath, [MAIN, "serve", folder, "--port", "0", ...flags], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const url = await new Promise((resolve) => {
    let log = "";
    child.stdout.on("data", (chunk) => {
      log = log.length < 10_000 ? log + chunk : log;
      const [, found] = /"event":"listening","url":"([^"]+)"/.exec(log) ?? [];
      if (found) resolve(found);
    });
  });
  const stop = async () => {
    child.kill("SIGTERM");
    await new Promise((resolve) => child.once("close", resolve));
  };
  return { url, stop };
}

/** Pictures as people send them: some hundred pixels wide. */
async function pictures() {
  const colours = ["#b5651d", "#777777", "#2e5e2e", "#cc3366"];
  return Promise.all(
    colours.map((background) =>
      sharp({ create: { width: 320, height: 240, channels: 3, background } })
        .composite([{ input: Buffer.from(DRAWING) }])
        .jpeg()
        .toBuffer(),
    ),
  );
}

const DRAWING = `<svg width="320" height="240">${Array.from(
  { length: 60 },
  (_, at) =>
    `<circle cx="${(at * 83) % 320}" cy="${(at * 47) % 240}" r="${4 + (at % 19)}" fill="hsl(${at * 37} 70% 50%)"/>`,
).join("")}</svg>`;

/** Bodies of requests. */
async function bodies(inputs) {
  const images = await pictures();
  return images.map((_, at) => {
    const input = (more) => ({
      image: images[(at + more) % images.length].toString("base64"),
      text: TEXTS[(at + more) % TEXTS.length],
    });
    return JSON.stringify({ inputs: Array.from({ length: inputs }, (_, more) => input(more)) });
  });
}

async function metrics(url) {
  const text = await (await fetch(`${url}/metrics`)).text();
  const value = (name) => Number(new RegExp(`^${name} (.*)$`, "m").exec(text)?.[1]);
  return {
    batches: value("balgrad_batch_inputs_count"),
    inputs: value("balgrad_batch_inputs_sum"),
    memory: value("process_resident_memory_bytes") / 2 ** 20,
  };
}

/** Inputs a second of the library itself: decoding and the model, without HTTP. */
async function libraryLoop(folder, batch, seconds) {
  const model = await Classifier.load(folder, nodeRuntime());
  const images = await pictures();
  const questions = Array.from({ length: batch }, (_, at) => ({
    image: images[at % images.length],
    text: TEXTS[at % TEXTS.length],
  }));
  await model.answerMany(questions);
  const begin = performance.now();
  let done = 0;
  while (performance.now() - begin < 1000 * seconds) {
    await model.answerMany(questions);
    done += batch;
  }
  const pace = done / ((performance.now() - begin) / 1000);
  await model.release();
  return pace;
}

const say = (text) => process.stdout.write(`${text}\n`);
const milliseconds = (seconds) => `${(1000 * seconds).toFixed(0)} ms`;

/** Clients that ask for some seconds; memory before and after, and how large the batches were. */
async function measure(url, sent, inputs, clients, seconds) {
  const before = await metrics(url);
  const health = watchHealth(url);
  const { pace, statuses, durations } = await load(url, sent, clients, seconds);
  const answered = await health();
  const after = await metrics(url);
  const batch = (after.inputs - before.inputs) / (after.batches - before.batches);
  say(
    `service, ${clients} clients: ${(pace * inputs).toFixed(0)} inputs/s in batches of ${batch.toFixed(1)}; ` +
      `half within ${milliseconds(quantile(durations, 0.5))}, 99 % within ${milliseconds(quantile(durations, 0.99))}; ` +
      `health within ${milliseconds(quantile(answered, 0.5))}, 99 % ${milliseconds(quantile(answered, 0.99))}, at most ${milliseconds(Math.max(...answered))}; ` +
      `statuses ${JSON.stringify(statuses)}; memory ${before.memory.toFixed(0)} -> ${after.memory.toFixed(0)} MiB`,
  );
  return { pace: pace * inputs, batch };
}

const [folder, clients = "64", seconds = "20", inputs = "1"] = process.argv.slice(2);
if (folder === undefined) {
  process.stderr.write("usage: npm run bench:serve -- <model> [clients] [seconds] [inputs]\n");
  process.exit(2);
}
say(`load ${readFileSync("/proc/loadavg", "latin1").split(" ").slice(0, 3).join(" ")} before`);
const sent = await bodies(Number(inputs));
const service = await start(folder, []);
await measure(service.url, sent, Number(inputs), 4, 2);
// In turn, so that a machine that is busy with something else is so for all of them.
const rounds = 3;
const paces = { service: [], loop: [], library: [] };
for (let round = 0; round < rounds; round++) {
  const args = [Number(inputs), Number(clients), Number(seconds) / rounds];
  const { pace, batch } = await measure(service.url, sent, ...args);
  paces.service.push(pace);
  paces.loop.push(await runtimeLoop(folder, Math.round(batch), Number(seconds) / rounds / 2));
  paces.library.push(await libraryLoop(folder, Math.round(batch), Number(seconds) / rounds / 2));
}
await service.stop();
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
const of = (name) => `${mean(paces[name]).toFixed(0)} inputs/s`;
say(`service ${of("service")}; library with decoding ${of("library")}; ONNX Runtime ${of("loop")}`);
say(`service / library ${(mean(paces.service) / mean(paces.library)).toFixed(2)}`);
say(`service / ONNX Runtime ${(mean(paces.service) / mean(paces.loop)).toFixed(2)}`);

const small = await start(folder, ["--max-queue", "16", "--max-inputs", "16"]);
await measure(small.url, sent, Number(inputs), 4 * 16, 5);
const { statuses } = await load(small.url, sent, 1, 1);
say(`after the overload, one client: statuses ${JSON.stringify(statuses)}`);
await small.stop();
