/**
 * @module Pictures decoded and batched per second, ours and Pillow's side by side in one run, and the
 * memory that a large data set takes.
 *
 *     npm run bench:data -- --pictures 2000 --rounds 5
 *     npm run bench:data -- --memory 50000
 */

import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import Table from "cli-table3";
import sharp from "sharp";
import { median } from "./statistics.js";

const { values: flags } = parseArgs({
  options: {
    pictures: { type: "string", default: "1000" },
    rounds: { type: "string", default: "5" },
    side: { type: "string", default: "64" },
    memory: { type: "string" },
    python: { type: "string", default: "/usr/bin/python3" },
    json: { type: "boolean", default: false },
  },
});
const [pictures, rounds, side] = [flags.pictures, flags.rounds, flags.side].map(Number);
const BATCH = 64;
const DISTINCT = 64;
const LOADER = fileURLToPath(new URL("loader.js", import.meta.url));
const PILLOW = fileURLToPath(new URL("pillow_loader.py", import.meta.url));

/** Writes a table of JPEG files that look like photographs to a decoder: smooth, with noise. */
async function writePictures(folder, count, width, height) {
  const templates = await Promise.all(
    Array.from({ length: DISTINCT }, (_, at) =>
      sharp({
        create: {
          ...{ width, height, channels: 3, background: { r: 90, g: 120, b: 150 } },
          noise: { type: "gaussian", mean: 110 + at, sigma: 30 },
        },
      })
        .blur(2)
        .jpeg({ quality: 85 })
        .toBuffer(),
    ),
  );
  const lines = ["image,text,label"];
  const files = Array.from({ length: count }, (_, at) => {
    const file = join(folder, `${at}.jpg`);
    writeFileSync(file, templates[at % DISTINCT]);
    lines.push(`${at}.jpg,picture number ${at} of class ${at % 10},${at % 10}`);
    return file;
  });
  const table = join(folder, "data.csv");
  writeFileSync(table, lines.join("\n"));
  return { files, table };
}

/** Runs our loader in a process of its own with an empty cache; gives what it printed. */
function ours(table, ...more) {
  const cache = mkdtempSync(join(tmpdir(), "balgrad-bench-cache-"));
  const done = spawnSync(process.execPath, [LOADER, table, String(side), String(BATCH), ...more], {
    env: { ...process.env, BALGRAD_CACHE: cache },
    encoding: "utf8",
    stdio: ["ignore", "pipe", "inherit"],
  });
  rmSync(cache, { recursive: true, force: true });
  return JSON.parse(done.stdout);
}

/** Pillow in a process with two workers, or nothing where it is not installed. */
function startPillow() {
  if (spawnSync(flags.python, ["-c", "import PIL, numpy"]).status !== 0) return null;
  const child = spawn(flags.python, [PILLOW], { stdio: ["pipe", "pipe", "inherit"] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    run: async (files, draft) => {
      child.stdin.write(`${JSON.stringify({ files, side, batch: BATCH, draft })}\n`);
      return JSON.parse((await lines.next()).value);
    },
    stop: () => child.stdin.end(),
  };
}

async function compareSpeed(folder) {
  const { files, table } = await writePictures(folder, pictures, 512, 384);
  const pillow = startPillow();
  const contestants = {
    ours: async () => ours(table).cold,
    "ours, from the cache": async () => ours(table, "twice").warm,
    ...(pillow && {
      "Pillow, two workers": () => pillow.run(files, false),
      "Pillow, two workers, draft": () => pillow.run(files, true),
    }),
  };
  const rates = Object.fromEntries(Object.keys(contestants).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, run] of Object.entries(contestants)) rates[name].push(await run());
  }
  pillow?.stop();
  const perSecond = (list, clock) => median(list.map((time) => pictures / time[clock]));
  return Object.fromEntries(
    Object.entries(rates).map(([name, list]) => [
      name,
      { wall: perSecond(list, "wall"), cpu: perSecond(list, "cpu") },
    ]),
  );
}

const folder = mkdtempSync(join(tmpdir(), "balgrad-bench-data-"));
try {
  if (flags.memory !== undefined) {
    const { table } = await writePictures(folder, Number(flags.memory), 160, 120);
    const { peak, cold } = ours(table, "epochs");
    const result = {
      pictures: Number(flags.memory),
      peakMegabytes: Math.round(peak),
      seconds: cold.wall,
    };
    console.log(flags.json ? JSON.stringify(result) : result);
  } else {
    const rates = await compareSpeed(folder);
    if (flags.json) console.log(JSON.stringify(rates));
    else {
      const of = "of Pillow";
      const head = ["512 x 384 JPEG", "pictures / s", of, "per s of processor time", of];
      const table = new Table({ head });
      const base = rates["Pillow, two workers"];
      const share = (rate, clock) => (base ? (rate[clock] / base[clock]).toFixed(2) : "-");
      for (const [name, rate] of Object.entries(rates)) {
        const cells = ["wall", "cpu"].flatMap((clock) => [
          rate[clock].toFixed(0),
          share(rate, clock),
        ]);
        table.push([name, ...cells]);
      }
      console.log(table.toString());
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
