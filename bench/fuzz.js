/**
 * @module Reads damaged files of every kind that is read, and fails on a crash with a trace, on more than
 * 20 seconds or 2 GB, and on files with digests that give something else without an error.
 *
 *     node bench/fuzz.js --inputs 500 --seed 1
 *     node bench/fuzz.js --inputs 10000 --reader csv,parquet --json
 *     node bench/fuzz.js --seed 1 --only 4711 --keep damaged      one input again; its files are kept
 */

import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { randomStream } from "../dist/random.js";
import { RunFolder } from "../dist/run/folder.js";
import { Run } from "../dist/run/run.js";
import { mutate } from "./fuzz/mutate.js";
import { Reader } from "./fuzz/pool.js";
import { READERS } from "./fuzz/readers.js";
import { writeRunSeeds } from "./fuzz/runSeeds.js";
import { writeSeeds } from "./fuzz/seeds.js";

const { values: flags } = parseArgs({
  options: {
    inputs: { type: "string", default: "500" },
    seed: { type: "string", default: "1" },
    reader: { type: "string", default: Object.keys(READERS).join(",") },
    jobs: { type: "string", default: String(availableParallelism()) },
    only: { type: "string" },
    keep: { type: "string" },
    json: { type: "boolean", default: false },
  },
});
const readers = flags.reader.split(",");
const unknown = readers.find((name) => !Object.hasOwn(READERS, name));
if (unknown !== undefined) {
  console.error(`--reader ${unknown}: there are ${Object.keys(READERS).join(", ")}.`);
  process.exit(2);
}

/** Input number `at`: which file of which reader, and what happens to it. */
function inputOf(at, seeds) {
  const reader = readers[at % readers.length];
  const random = randomStream(Number(flags.seed), "fuzz", reader, at);
  const targets = Object.entries(READERS[reader].targets);
  const [target, { kind }] = targets[random.integer(targets.length)];
  const sound = readFileSync(join(seeds, reader, target));
  return { at, reader, target, sound, ...mutate(sound, kind, random) };
}

/** What an input's outcome counts as. */
function judge({ reader, forged, outcome, found }, original) {
  if (outcome !== "read") return outcome;
  const { sealed = false, none } = READERS[reader];
  if (!sealed || forged || found === original) return "read";
  return found === none ? "refused" : "silent";
}

const BAD = ["defect", "crash", "hang", "memory", "silent"];

/** Reads inputs in a folder of its own until there are none left. */
async function work(next, seeds, folder, originals, about, onDone) {
  const process = new Reader();
  cpSync(seeds, folder, { recursive: true });
  const cache = join(folder, "cache");
  try {
    for (let input = next(); input !== null; input = next()) {
      const { reader, target, sound, bytes } = input;
      const own = join(folder, reader);
      const path = join(own, target);
      writeFileSync(path, bytes);
      if (READERS[reader].fresh) process.stop();
      const result = await process.read({ reader, folder: own, target, about, cache });
      const original = originals.get(`${reader}/${target}`);
      const verdict = judge({ ...input, ...result }, original);
      if (flags.keep !== undefined) cpSync(own, flags.keep, { recursive: true });
      writeFileSync(path, sound);
      onDone({ ...input, ...result, verdict });
    }
  } finally {
    process.stop();
  }
}

/** What the sound files give: they must be readable. */
async function readSound(seeds, about) {
  const originals = new Map();
  const process = new Reader();
  for (const reader of readers) {
    for (const target of Object.keys(READERS[reader].targets)) {
      const input = { reader, folder: join(seeds, reader), target, about };
      const result = await process.read({ ...input, cache: join(seeds, "cache") });
      if (result.outcome !== "read") {
        throw new Error(`${reader}: the sound ${target} is not read: ${JSON.stringify(result)}`);
      }
      originals.set(`${reader}/${target}`, result.found);
    }
  }
  process.stop();
  return originals;
}

/** First line of a trace and where it comes from: defects of one cause look alike. */
const causeOf = (trace = "") => {
  const lines = trace.split("\n");
  const place = lines.find((line) => line.includes("dist/") || line.includes("node_modules/"));
  const message = (lines[0] ?? "").replaceAll(/\/\S+\/|\d+/g, "#");
  return `${message} ${(place ?? "").trim().replace(/\(?file:\/\/\S*?\/(dist|node_modules)\//, "$1/")}`;
};

const base = mkdtempSync(join(tmpdir(), "balgrad-fuzz-"));
const seeds = join(base, "seeds");
mkdirSync(seeds);
const done = [];
const start = performance.now();
try {
  await writeSeeds(seeds);
  await writeRunSeeds(seeds);
  const run = await Run.open(new RunFolder(join(seeds, "metrics")));
  const { position } = await run.load("last");
  const about = { position };
  const originals = await readSound(seeds, about);
  const total = Number(flags.inputs);
  let at = flags.only === undefined ? 0 : Number(flags.only);
  const end = flags.only === undefined ? total : at + 1;
  const next = () => (at < end ? inputOf(at++, seeds) : null);
  const jobs = flags.only === undefined ? Number(flags.jobs) : 1;
  await Promise.all(
    Array.from({ length: jobs }, (_, job) =>
      work(next, seeds, join(base, `job-${job}`), originals, about, (result) => {
        done.push(result);
        if (!BAD.includes(result.verdict) || flags.json) return;
        const { reader, target, how, verdict, trace } = result;
        console.error(`${result.at}  ${reader}/${target}  ${how}: ${verdict}  ${trace ?? ""}`);
      }),
    ),
  );
} finally {
  rmSync(base, { recursive: true, force: true });
}

const bad = done.filter(({ verdict }) => BAD.includes(verdict));
const causes = new Map();
for (const { reader, verdict, trace } of bad) {
  const cause = `${reader}: ${verdict}: ${causeOf(trace)}`;
  causes.set(cause, (causes.get(cause) ?? 0) + 1);
}
const rows = readers.map((reader) => {
  const own = done.filter((one) => one.reader === reader);
  const number = (verdict) => own.filter((one) => one.verdict === verdict).length;
  const most = (key) => own.reduce((sum, one) => Math.max(sum, one[key]), 0);
  return {
    reader,
    inputs: own.length,
    read: number("read"),
    refused: number("refused"),
    ...Object.fromEntries(BAD.map((verdict) => [verdict, number(verdict)])),
    seconds: Number((most("milliseconds") / 1000).toFixed(1)),
    megabytes: Math.round(most("memory") / 2 ** 20),
  };
});
const seconds = Math.round((performance.now() - start) / 1000);
const summary = { seed: Number(flags.seed), inputs: done.length, bad: bad.length, seconds };
if (flags.json) {
  const examples = bad.map(({ at, reader, target, how, verdict, trace }) => ({
    ...{ at, reader, target, how, verdict, trace },
  }));
  console.log(JSON.stringify({ ...summary, rows, examples }));
} else {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  const head = Object.keys(rows[0]);
  console.log([head, head.map(() => "---"), ...rows.map(Object.values)].map(line).join("\n"));
  console.log(`${done.length} inputs in ${seconds} s, ${bad.length} of them bad.`);
  for (const [cause, number] of [...causes].sort(([, a], [, b]) => b - a)) {
    console.log(`${number} x ${cause}`);
  }
}
process.exitCode = bad.length > 0 ? 1 : 0;
