/** @module Who trains on features of frozen encoders decodes no picture, as long as the features are there. */

import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { Downloads } from "../../src/jobs/downloads.js";
import { FolderObjects } from "../../src/objects/folder.js";
import type { NewJob } from "../../src/queue/jobQueue.js";
import { checkConfig } from "../../src/run/config.js";
import { performJob } from "../../src/usecases/distributed/perform.js";
import { Planner } from "../../src/usecases/distributed/planner.js";
import type { JobToDo } from "../../src/usecases/distributed/workplace.js";
import { temporaryFolder } from "../support/cli.js";
import { writeSquares } from "../support/table.js";

const encoder = (name: string): string =>
  fileURLToPath(new URL(`../encoders/exports/${name}`, import.meta.url));

const folder = temporaryFolder();
const shared = join(folder, "store");
const store = new FolderObjects(shared);
const before = process.env["BALGRAD_CACHE"];
let trainJob: NewJob;

/** Does a job on a machine that has nothing; gives its folder. */
async function performAnew({ id, kind, payload }: NewJob): Promise<string> {
  const machine = mkdtempSync(join(folder, "machine-"));
  process.env["BALGRAD_CACHE"] = join(machine, "cache");
  const job = { id, kind, body: payload } as JobToDo;
  await performJob(job, {
    downloads: new Downloads(store, join(machine, "downloads")),
    folder: join(machine, "job"),
    checkpointSeconds: 1000,
    signal: new AbortController().signal,
    onProgress: () => undefined,
  });
  return machine;
}

/** Trains anew on a machine that has nothing. */
async function train() {
  rmSync(join(shared, "runs"), { recursive: true, force: true });
  const machine = await performAnew(trainJob);
  const kept = readdirSync(join(machine, "cache"));
  return {
    bytes: readFileSync(join(machine, "job/run/checkpoints/last.safetensors")).toString("base64"),
    hasDecoded: kept.some((name) => name.endsWith(".shard")),
    hasPictures: existsSync(join(machine, "downloads", "packs")),
  };
}

beforeAll(async () => {
  process.env["BALGRAD_CACHE"] = join(folder, "cache");
  const table = await writeSquares(folder, 12);
  // Neither picture can be used; the first sample has no text either.
  const lines = readFileSync(table, "utf8").trimEnd().split("\n");
  lines.splice(5, 0, "lost,pictures/lost.png,,red", "half,pictures/lost.png,red,red");
  writeFileSync(table, `${lines.join("\n")}\n`);
  const config = checkConfig(
    {
      data: { source: table },
      model: {
        image: { type: "pretrained", encoder: encoder("vit") },
        text: { type: "pretrained", encoder: encoder("bert") },
        embed: 8,
      },
      train: { epochs: 1 },
    },
    "test",
  );
  const planner = new Planner({ downloads: new Downloads(store, join(folder, "own")), group: "g" });
  const { needs, job } = await planner.trainJob(config, "a run");
  for (const making of needs.making) await performAnew(making);
  trainJob = job;
});
afterAll(() => {
  process.env["BALGRAD_CACHE"] = before;
});

describe("training on features", () => {
  let known: Awaited<ReturnType<typeof train>>;

  test("neither brings nor decodes pictures", async () => {
    known = await train();
    expect(known).toMatchObject({ hasDecoded: false, hasPictures: false });
  });

  test("decodes them where features are gone from the store, and comes to the same", async () => {
    const features = join(shared, "features");
    for (const name of readdirSync(features)) rmSync(join(features, name));
    expect(await train()).toEqual({ ...known, hasDecoded: true, hasPictures: true });
  });

  test("decodes them where it is not known what became of them", async () => {
    rmSync(join(shared, "pictures"), { recursive: true });
    expect(await train()).toEqual({ ...known, hasDecoded: true, hasPictures: true });
  });
});
