/** @module A comparison and an extraction by workers: real processes, a real Redis, a shared folder. */

import { existsSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { balgrad, temporaryFolder } from "../support/cli.js";
import { hasRedis, TestRedis } from "../support/redis.js";
import { QUICK, writeSquares } from "../support/table.js";
import { startWorker, type Worker } from "./worker.js";

const encoder = (name: string): string =>
  fileURLToPath(new URL(`../encoders/exports/${name}`, import.meta.url));

const ENCODERS = ["--image-encoder", encoder("vit"), "--text-encoder", encoder("bert")];

/** What of a run must be the same wherever it is trained: its results, weights and model, not its times. */
function factsOf(run: string) {
  const text = readFileSync(join(run, "results.json"), "utf8");
  const { result, aware, bestEpoch } = JSON.parse(text) as Record<string, unknown>;
  const bytes = (file: string): string => readFileSync(join(run, file)).toString("base64");
  return {
    ...{ result, aware, bestEpoch },
    best: bytes("checkpoints/best.safetensors"),
    last: bytes("checkpoints/last.safetensors"),
    model: bytes("model/model.onnx"),
  };
}

const ROWS = ["joint", "balgrad"];

/** The runs of a comparison by row and seed. */
const factsOfAll = (out: string) =>
  ROWS.flatMap((row) =>
    readdirSync(join(out, row))
      .sort()
      .map((seed) => [row, seed, factsOf(join(out, row, seed))]),
  );

/** The tables of a comparison, but for how long its runs took. */
function tablesOf(out: string) {
  const [head = "", ...lines] = readFileSync(join(out, "results.csv"), "utf8").split("\n");
  const time = head.split(",").indexOf("relative-time");
  return [head, ...lines.map((line) => line.split(",").toSpliced(time, 1))];
}

describe.skipIf(!hasRedis("distributed work"))("workers", () => {
  const base = temporaryFolder();
  let redis: TestRedis;
  let table = "";
  let place: string[] = [];
  const workers: Worker[] = [];

  const compareArgs = (out: string, ...more: string[]) => [
    // Each seed draws its own splits.
    ...["compare", table, "--out", out, "--methods", ROWS.join(","), "--seeds", "2"],
    ...[...QUICK, ...more],
  ];

  beforeAll(async () => {
    table = await writeSquares(base, 40);
    redis = await TestRedis.start();
    place = ["--queue", redis.url, "--store", join(base, "store")];
    for (const name of ["a", "b"]) workers.push(await startWorker(join(base, name), place));
  });
  afterAll(async () => {
    for (const worker of workers) await worker.stop();
    await redis.close();
  });

  test("a comparison has the results of the local pool, bit by bit", async () => {
    const [here, there] = [join(base, "here"), join(base, "there")];
    const local = await balgrad(compareArgs(here));
    expect(local.code, local.stderr).toBe(0);
    const shared = await balgrad(compareArgs(there, ...place));
    expect(shared.code, shared.stderr).toBe(0);
    expect(factsOfAll(there)).toEqual(factsOfAll(here));
    expect(tablesOf(there)).toEqual(tablesOf(here));
    expect(existsSync(join(there, "report.html"))).toBe(true);
  });

  test("another folder takes what is in the store, and the jobs are told", async () => {
    const again = await balgrad(compareArgs(join(base, "again"), ...place));
    expect(again.code, again.stderr).toBe(0);
    const { stdout, code } = await balgrad(["jobs", ...place, "--json"]);
    expect(code).toBe(0);
    const { groups } = JSON.parse(stdout) as { groups: { counts: Record<string, number> }[] };
    expect(groups).toHaveLength(1);
    expect(groups[0]!.counts).toMatchObject({ done: 4, failed: 0, running: 0, waiting: 0 });
  });

  test("features are made by workers, and are those of this machine", async () => {
    const cached = (name: string) => ({ BALGRAD_CACHE: join(base, `cache-${name}`) });
    const files = (name: string) => {
      const folder = join(base, `cache-${name}`, "features");
      return readdirSync(folder)
        .filter((file) => file.endsWith(".safetensors"))
        .sort()
        .map((file) => [file, readFileSync(join(folder, file)).toString("base64")]);
    };
    const args = ["encode", table, ...ENCODERS, "--json"];
    const local = await balgrad(args, { env: cached("local") });
    expect(local.code, local.stderr).toBe(0);
    const shared = await balgrad([...args, ...place], { env: cached("shared") });
    expect(shared.code, shared.stderr).toBe(0);
    expect(JSON.parse(shared.stdout)).toMatchObject({ encoded: 0 });
    expect(files("shared")).toEqual(files("local"));
    // What was removed from the store since is made where it is needed.
    const kept = join(base, "store", "features");
    rmSync(join(kept, readdirSync(kept)[0]!));
    const mended = await balgrad([...args, ...place], { env: cached("mended") });
    expect(mended.code, mended.stderr).toBe(0);
    expect(files("mended")).toEqual(files("local"));
  });

  test("a comparison on frozen encoders, left to the workers and fetched elsewhere", async () => {
    const frozen = (out: string) => [
      ...["compare", table, "--out", out, "--methods", ROWS.join(","), "--seeds", "1"],
      ...["--epochs", "2", "--embed", "16", ...ENCODERS],
    ];
    const handed = await balgrad([...frozen(join(base, "unused")), ...place, "--detach", "--json"]);
    expect(handed.code, handed.stderr).toBe(0);
    const { group } = JSON.parse(handed.stdout) as { group: string };
    const out = join(base, "fetched");
    const fetch = () => balgrad(["jobs", group, ...place, "--fetch", "--out", out]);
    await expect
      .poll(async () => (await fetch()).code, { timeout: 120_000, interval: 1000 })
      .toBe(0);
    const local = join(base, "local");
    const done = await balgrad(frozen(local));
    expect(done.code, done.stderr).toBe(0);
    expect(factsOfAll(out)).toEqual(factsOfAll(local));
    expect(tablesOf(out)).toEqual(tablesOf(local));
  });

  test("a run that cannot be trained fails once, with its reason", async () => {
    const out = join(base, "failing");
    const failing = await balgrad(
      compareArgs(out, ...place, "--set", "train.learningRate=1e30", "--set", "train.clipNorm=0"),
    );
    expect(failing.code).toBe(2);
    expect(failing.stderr).toMatch(/No run succeeded/);
    const { stdout } = await balgrad(["jobs", ...place]);
    expect(stdout).toMatch(/failed/);
  });

  test("says what is missing", async () => {
    const queueOnly = await balgrad(compareArgs(join(base, "x"), "--queue", redis.url));
    expect([queueOnly.code, queueOnly.stderr]).toEqual([2, expect.stringContaining("--store")]);
    const alone = await balgrad(compareArgs(join(base, "x"), "--detach"));
    expect([alone.code, alone.stderr]).toEqual([2, expect.stringContaining("--queue")]);
    const tuned = await balgrad(compareArgs(join(base, "x"), ...place, "--detach", "--tune", "2"));
    expect([tuned.code, tuned.stderr]).toEqual([2, expect.stringContaining("--tune")]);
    for (const asked of [[], ["--cancel"]]) {
      const none = await balgrad(["jobs", "compare-none", ...place, ...asked]);
      expect([none.code, none.stderr]).toEqual([2, expect.stringContaining("compare-none")]);
    }
  });
});
