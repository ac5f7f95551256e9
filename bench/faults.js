/**
 * @module A comparison by workers whose machines are killed, paused and cut off at random moments, against the same
 * comparison by the local pool: bit by bit, with nothing lost and nothing twice.
 *
 *     npm run bench:faults -- --runs 40 --faults 50 --kinds workers,redis,store
 */

import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { parseArgs } from "node:util";

import { randomStream } from "../dist/random.js";
import { SMALL } from "./fuzz/runSeeds.js";
import { writeSeeds } from "./fuzz/seeds.js";
import { FAULTS, ODD } from "./faults/faults.js";
import {
  balgrad,
  freePort,
  redisMachine,
  storeMachine,
  unmountDisks,
  workerMachine,
} from "./faults/processes.js";
import { runFacts } from "./kills/tasks.js";

const { values: flags } = parseArgs({
  options: {
    runs: { type: "string", default: "40" },
    epochs: { type: "string", default: "12" },
    faults: { type: "string", default: "50" },
    kinds: { type: "string", default: Object.keys(FAULTS).join(",") },
    store: { type: "string", default: "s3" },
    workers: { type: "string", default: "3" },
    seed: { type: "string", default: "1" },
    json: { type: "boolean", default: false },
  },
});
const [runs, epochs, faults, seed, workers] = [
  ...[flags.runs, flags.epochs, flags.faults, flags.seed, flags.workers].map(Number),
];
const base = mkdtempSync(join(tmpdir(), "balgrad-faults-"));
const ROWS = ["joint", "balgrad"];
const SEEDS = runs / ROWS.length;
/** Seconds without a sign of life after which a worker loses its jobs. */
const LOCK = 5;

const say = (text) => console.error(text);

const compareArgs = (out, more = []) => [
  ...["compare", join(base, "data", "csv", "data.csv"), "--out", out, "--methods", ROWS.join(",")],
  ...["--seeds", String(SEEDS), "--jobs", "2", "--epochs", String(epochs)],
  ...SMALL.filter((_, at, all) => !/threads/.test(all[at] + all[at - 1])),
  ...more,
];

/** What a comparison came to: each of its runs once. */
function factsOf(out) {
  const { rows } = JSON.parse(readFileSync(join(out, "results.json"), "utf8"));
  // How long a run took is no result.
  for (const row of rows) delete row.relativeTime;
  const all = ROWS.flatMap((row) =>
    readdirSync(join(out, row))
      .sort()
      .map((name) => [row, name, runFacts(join(out, row, name))]),
  );
  return JSON.stringify([rows, all]);
}

/** The cluster of one comparison, its machines with folders of their own; the first worker's may be odd. */
async function startCluster(folder, kind) {
  const [queuePort, storePort] = [await freePort(), await freePort()];
  const s3 = { AWS_ENDPOINT_URL_S3: `http://127.0.0.1:${storePort}`, AWS_REGION: "us-east-1" };
  const keys = { AWS_ACCESS_KEY_ID: "S3RVER", AWS_SECRET_ACCESS_KEY: "S3RVER" };
  const isBucket = flags.store === "s3";
  const env = isBucket ? { ...s3, ...keys } : {};
  const queue = `redis://127.0.0.1:${queuePort}`;
  const store = isBucket ? "s3://balgrad/shared" : join(folder, "shared");
  const redis = redisMachine(join(folder, "redis"), queuePort).start();
  const bucket = isBucket ? storeMachine(join(folder, "objects"), storePort).start() : null;
  await pause(1000);
  const place = ["--queue", queue, "--store", store];
  const list = Array.from({ length: workers }, (_, at) =>
    workerMachine(`worker ${at + 1}`, join(folder, `worker-${at + 1}`), {
      odd: at === 0 ? ODD[kind] : undefined,
      queue,
      store,
      env,
      args: ["--lock", String(LOCK)],
    }),
  );
  for (const worker of list) worker.start();
  return { redis, store: bucket, workers: list, place, env, queuePort, lock: 1000 * LOCK };
}

async function stopCluster({ redis, store, workers: list }) {
  for (const worker of list) await worker.stop();
  await redis.stop();
  await store?.stop();
  unmountDisks();
}

/** One comparison while faults of a kind happen. */
async function comparison(kind, expected) {
  const random = randomStream(seed, "faults", kind);
  const folder = join(base, kind);
  mkdirSync(folder, { recursive: true });
  const cluster = await startCluster(folder, kind);
  const out = join(folder, "out");
  const env = { ...cluster.env, BALGRAD_CACHE: join(folder, "cache") };
  let isOver = false;
  const done = balgrad(compareArgs(out, cluster.place), env).finally(() => (isOver = true));
  let happened = 0;
  // The command tries queue and store once before it begins, and does not wait long for them then.
  await pause(8000);
  while (!isOver && happened < faults) {
    await pause(200 + random.uniform() * 1500);
    if (isOver) break;
    await FAULTS[kind](cluster, random);
    happened++;
  }
  const { code, said, seconds } = await done;
  const attempts = await attemptsOf(cluster);
  await stopCluster(cluster);
  const isSame = code === 0 && factsOf(out) === expected;
  if (ODD[kind]) say(`${kind}: ${cluster.workers[0].said.slice(-400)}`);
  if (!isSame) say(`${kind}: exit ${code} ${said.slice(-1500)}`);
  return {
    kind,
    faults: happened,
    code,
    same: isSame,
    seconds: Number(seconds.toFixed(1)),
    attempts,
  };
}

/** Times that jobs were begun beyond once each. */
async function attemptsOf({ place, env }) {
  const { said } = await balgrad(["jobs", ...place, "--json"], env);
  try {
    return JSON.parse(said.trim().split("\n").at(-1)).groups.reduce(
      (sum, { again }) => sum + again,
      0,
    );
  } catch {
    return null;
  }
}

const print = (rows) => {
  const line = (cells) => `| ${cells.join(" | ")} |`;
  const head = Object.keys(rows[0]);
  console.log([head, head.map(() => "---"), ...rows.map(Object.values)].map(line).join("\n"));
};

try {
  mkdirSync(join(base, "data"));
  await writeSeeds(join(base, "data"));
  const here = join(base, "here");
  const local = await balgrad(compareArgs(here), { BALGRAD_CACHE: join(base, "cache") });
  if (local.code !== 0) throw new Error(local.said);
  const expected = factsOf(here);
  say(`local pool: ${local.seconds.toFixed(1)} s`);
  const rows = [];
  for (const kind of flags.kinds.split(",")) {
    // A kind has its faults spread over as many comparisons as it takes.
    let left = faults;
    do {
      const row = await comparison(kind, expected);
      rmSync(join(base, kind), { recursive: true, force: true });
      say(JSON.stringify(row));
      rows.push(row);
      left -= row.faults;
    } while (left > 0 && kind !== "none" && rows.at(-1).faults > 0);
  }
  if (flags.json) console.log(JSON.stringify({ local: local.seconds, rows }, null, 2));
  else print(rows);
  if (rows.some(({ same }) => !same)) process.exitCode = 1;
} finally {
  if (existsSync(base)) rmSync(base, { recursive: true, force: true });
}
