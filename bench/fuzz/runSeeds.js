/** @module A small trained run and files of the cache, for the fuzz test to damage. */

import { spawnSync } from "node:child_process";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { methodEntry, PLAN_FILE } from "../../dist/compare/plan.js";
import { SEARCH_FILE } from "../../dist/compare/tune.js";
import { FeatureStore } from "../../dist/encode/features/store.js";
import { writeShard } from "../../dist/prepare/shard.js";
import { sealed } from "../../dist/files/sealed.js";

/** The built command line. */
export const MAIN = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));

/** Flags of a model that is trained in a moment. */
export const SMALL = [
  ...["--batch-size", "8", "--embed", "8", "--threads", "1"],
  ...["--set", 'model.image={"type":"convolutional","side":8,"channels":[4]}'],
  ...["--set", 'model.text={"type":"bag","buckets":64,"width":4}'],
];

const RUN_READERS = ["run", "metrics", "checkpoint", "results", "model"];

/** Trains a run and copies it for each reader of a run's files. */
function writeRun(folder) {
  const run = join(folder, "trained");
  const args = [MAIN, "train", join(folder, "csv", "data.csv"), "--out", run, "--epochs", "2"];
  const env = { ...process.env, BALGRAD_CACHE: join(folder, "cache") };
  for (const call of [
    [...args, ...SMALL],
    [MAIN, "export", run, "--out", join(folder, "exported")],
  ]) {
    const done = spawnSync(process.execPath, call, { env, encoding: "utf8" });
    if (done.status !== 0) throw new Error(`the run of the fuzz test failed: ${done.stderr}`);
  }
  for (const name of RUN_READERS) cpSync(run, join(folder, name), { recursive: true });
}

async function writeCache(folder) {
  const pixels = Uint8Array.from({ length: 48 }, (_, at) => at);
  const pictures = [
    { kind: "decoded", size: [8, 6], fingerprint: "0123456789abcdef", digest: "01" },
    { kind: "unusable", reason: "the image is cut off" },
    { kind: "none" },
    { kind: "decoded", size: [4, 4], fingerprint: null, digest: "23" },
  ];
  const entries = pictures.map((picture, at) => ({
    picture,
    tokens: Int32Array.from({ length: at }, (_, token) => token + 1),
    truncated: at === 2,
  }));
  mkdirSync(join(folder, "shard"), { recursive: true });
  await writeShard(join(folder, "shard", "one.shard"), entries, pixels, 12);
  process.env.BALGRAD_CACHE = join(folder, "features");
  const store = await FeatureStore.open(() => undefined);
  await store.keep(
    "one",
    3,
    Float32Array.from({ length: 12 }, (_, at) => at / 7),
  );
}

function writeComparison(folder) {
  const plan = {
    entries: [methodEntry("joint"), methodEntry("balgrad", { options: { lambda: 3 } })],
    ...{ seeds: [1, 2], tune: 2, base: { train: { epochs: 2 } } },
  };
  const trial = { options: { lambda: 1 }, train: { learningRate: 0.01 }, figure: 50.5 };
  const searches = [{ label: "joint", trials: [trial, trial], chosen: 0, lowest: false }];
  mkdirSync(join(folder, "plan"));
  writeFileSync(join(folder, "plan", "compare.json"), sealed(plan, PLAN_FILE));
  mkdirSync(join(folder, "search"));
  writeFileSync(join(folder, "search", "tune.json"), sealed({ searches }, SEARCH_FILE));
}

/** Writes files of ours of all kinds; the data must be there. */
export async function writeRunSeeds(folder) {
  writeRun(folder);
  await writeCache(folder);
  writeComparison(folder);
}
