/**
 * @module What BalGrad's parts do, on the validation split: status, lambda, learning rate and weight of
 * the unimodal losses, one at a time, and status with a stronger pull. Unlike `balgrad compare` it
 * shows what the heads of the same runs would answer, at their own best epoch. A second call keeps the
 * runs that are finished.
 *
 *     npm run bench:study -- emoji:groups --seeds 3
 */

import { spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const MAIN = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: "string", default: "3" },
    jobs: { type: "string", default: String(availableParallelism()) },
    out: { type: "string", default: join("runs", "study") },
  },
});
const data = positionals[0] ?? "emoji:groups";

function positive(name) {
  const value = Number(flags[name]);
  if (Number.isInteger(value) && value > 0) return value;
  console.error(`--${name} ${flags[name]}: expected a whole number above 0.`);
  process.exit(2);
}

const jobs = positive("jobs");
const seeds = Array.from({ length: positive("seeds") }, (_, at) => at + 1);

const rate = (value) => `train.learningRate=${value}`;
const option = (name, value) => `method.options.${name}=${value}`;

/** Rows of the study: a method and the settings in which it departs from the defaults. */
const ROWS = [
  ["joint"],
  ["joint", rate(0.001)],
  ["joint", rate(0.01)],
  ["balgrad"],
  ["balgrad", rate(0.001)],
  ["balgrad", rate(0.01)],
  ...[0.3, 3, 10].map((lambda) => ["balgrad", option("lambda", lambda)]),
  ...["progress", "gradient-norm", "uniform"].flatMap((status) => [
    ["balgrad", option("status", status)],
    ["balgrad", option("status", status), option("lambda", 3)],
  ]),
  ...[0.3, 3, 10].map((weight) => ["balgrad-plus", option("unimodal", weight)]),
].map(([method, ...settings]) => ({ method, settings }));

const folderOf = ({ method, settings }, seed) =>
  join(flags.out, data.replaceAll(/\W+/g, "-"), [method, ...settings].join(","), `seed-${seed}`);

/** Trains one run in a process of its own, from its beginning, unless it is finished. */
async function train(row, seed) {
  const folder = folderOf(row, seed);
  if (existsSync(join(folder, "results.json"))) return;
  rmSync(folder, { recursive: true, force: true });
  const settings = row.settings.flatMap((setting) => ["--set", setting]);
  const args = [data, "--method", row.method, "--seed", String(seed), "--threads", "1"];
  const child = spawn(
    process.execPath,
    [MAIN, "train", ...args, "--split-seed", String(seed), ...settings, "--out", folder],
    { stdio: ["ignore", "ignore", "inherit"] },
  );
  const code = await new Promise((resolve) => child.on("close", resolve));
  if (code !== 0) throw new Error(`${folder}: training ended with exit code ${code}.`);
}

const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Mean and standard deviation. */
function spread(values) {
  const centre = mean(values);
  const squares = values.reduce((sum, value) => sum + (value - centre) ** 2, 0);
  const deviation = Math.sqrt(squares / Math.max(1, values.length - 1));
  return `${centre.toFixed(1)}±${deviation.toFixed(1)}`;
}

/**
 * A run's validation figures by two ways to answer where a modality is missing, each at its own best
 * epoch: the joint classifier with a blank input, and the other modality's head.
 */
function figures(row, seed) {
  const epochs = readFileSync(join(folderOf(row, seed), "metrics.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line))
    .filter(({ kind }) => kind === "epoch")
    .map(({ record }) => record.validation);
  const best = (missing) =>
    epochs
      .map((epoch) => ({ full: epoch.full, missing: mean(missing(epoch)) }))
      .reduce((a, b) => (b.full + b.missing > a.full + a.missing ? b : a));
  return {
    blank: best(({ imageMissing, textMissing }) => [imageMissing, textMissing]),
    heads: best(({ image, text }) => [image, text]),
    image: Math.max(...epochs.map(({ image }) => image)),
    text: Math.max(...epochs.map(({ text }) => text)),
  };
}

const COLUMNS = {
  full: ({ blank }) => blank.full,
  "missing avg": ({ blank }) => blank.missing,
  "full, by heads": ({ heads }) => heads.full,
  "missing avg, by heads": ({ heads }) => heads.missing,
  "image head": ({ image }) => image,
  "text head": ({ text }) => text,
};

/** The first row's own figures; of the others the differences to it, seed by seed: splits differ more. */
function cells(row) {
  const runs = (of) => seeds.map((seed) => of(figures(row, seed)));
  const settings = row.settings.map((setting) => setting.replace(/^(train|method\.options)\./, ""));
  const values = Object.values(COLUMNS).map((of) => {
    if (row === ROWS[0]) return spread(runs(of));
    const differences = runs(of).map((value, at) => value - of(figures(ROWS[0], seeds[at])));
    return `${mean(differences) < 0 ? "" : "+"}${spread(differences)}`;
  });
  return [row.method, settings.join(", "), ...values];
}

const waiting = ROWS.flatMap((row) => seeds.map((seed) => ({ row, seed })));
async function worker() {
  for (let next = waiting.shift(); next; next = waiting.shift()) await train(next.row, next.seed);
}
await Promise.all(Array.from({ length: jobs }, worker));

const header = ["method", "settings", ...Object.keys(COLUMNS)];
for (const line of [header, header.map(() => "---"), ...ROWS.map(cells)]) {
  console.log(`| ${line.join(" | ")} |`);
}
