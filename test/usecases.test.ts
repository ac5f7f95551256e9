/** @module Use cases called by a program: twice in one process, watched, stopped and continued. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { type SampleInput, samples } from "../src/library/data.js";
import { methodEntry } from "../src/compare/plan.js";
import type { Launch } from "../src/compare/pool.js";
import { RunFolder } from "../src/run/folder.js";
import { RunMemory } from "../src/run/memory.js";
import { resultRows, terminalTable } from "../src/report/table.js";
import { compare } from "../src/usecases/compare.js";
import type { UseCaseEvent } from "../src/usecases/events.js";
import { evaluate } from "../src/usecases/evaluate.js";
import { exportRun } from "../src/usecases/export.js";
import { Interrupted } from "../src/usecases/interrupted.js";
import { launchHere } from "../src/usecases/launch.js";
import { resume } from "../src/usecases/resume.js";
import { train } from "../src/usecases/train.js";
import { temporaryFolder } from "./support/cli.js";
import { quickSettings, writeSquares } from "./support/table.js";

const folder = temporaryFolder();
const file = (...names: string[]): string => join(folder, ...names);
const origin = "test";
let table = "";

beforeAll(async () => {
  table = await writeSquares(folder, 6);
});

const last = (run: string): Buffer => readFileSync(file(run, "checkpoints", "last.safetensors"));

/** What a promise is rejected with. */
const rejection = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => null,
    (error: unknown) => error,
  );

/** A signal, and a listener that gives it at the first event that is meant. */
function stopAt(isMeant: (event: UseCaseEvent) => boolean) {
  const controller = new AbortController();
  const events = (event: UseCaseEvent): void => {
    if (isMeant(event)) controller.abort();
  };
  return { signal: controller.signal, events };
}

describe("a training", () => {
  const settings = () => ({ ...quickSettings(table), method: { name: "joint" } });

  test("is stopped by its signal and continues to the same bits as one without a stop", async () => {
    const kinds: string[] = [];
    const whole = await train({
      ...{ settings: settings(), origin, store: new RunFolder(file("whole")) },
      events: ({ kind }) => kinds.push(kind),
    });
    expect(whole.records.map(({ method, seed }) => [method, seed])).toEqual([["joint", 1]]);
    expect([...new Set(kinds)]).toEqual([
      ...["opened", "reading", "prepared", "run-started", "steps", "epoch", "stage", "run-ended"],
    ]);
    expect(kinds.slice(-3)).toEqual(["stage", "stage", "run-ended"]);
    expect(kinds.filter((kind) => kind === "epoch")).toHaveLength(3);

    const out = file("stopped");
    const stop = stopAt((event) => event.kind === "epoch" && event.record.epoch === 1);
    const error = await rejection(
      train({ settings: settings(), origin, store: new RunFolder(out), ...stop }),
    );
    expect(error).toBeInstanceOf(Interrupted);
    expect((error as Interrupted).message).toBe(`Stopped. What is done is kept in ${out}.`);
    expect((error as Interrupted).continuation).toEqual({ by: "resume", folder: out });
    expect(existsSync(file("stopped", "results.json"))).toBe(false);
    expect(readdirSync(out)).not.toContain("lock");

    const resumed = await resume({ store: new RunFolder(out) });
    expect(last("stopped").equals(last("whole"))).toBe(true);
    expect(resumed.records[0]!.test).toEqual(whole.records[0]!.test);
    expect(resumed.records[0]!.steps).toEqual(whole.records[0]!.steps);
    // A finished one is reported again, and not trained.
    const again: string[] = [];
    await resume({ store: new RunFolder(out), events: ({ kind }) => again.push(kind) });
    expect(again).not.toContain("steps");
  });

  test("stops while data are read, and leaves nothing behind", async () => {
    const out = file("unread");
    const stop = stopAt(({ kind }) => kind === "opened");
    const error = await rejection(
      train({ settings: settings(), origin, store: new RunFolder(out), ...stop }),
    );
    expect(error).toBeInstanceOf(Interrupted);
    expect((error as Interrupted).continuation).toEqual({ by: "repeat" });
    expect(existsSync(out)).toBe(false);
  });

  test("of several seeds is one that is resumed as a whole", async () => {
    const out = file("seeds");
    const stop = stopAt((event) => event.kind === "run-started" && event.at === 1);
    const error = await rejection(
      train({ settings: settings(), origin, store: new RunFolder(out), seeds: 2, ...stop }),
    );
    expect((error as Interrupted).continuation).toEqual({ by: "resume", folder: out });
    const places: unknown[] = [];
    const { records, report } = await resume({
      store: new RunFolder(out),
      events: (event) => {
        if (event.kind === "run-started") places.push([event.seed, event.at, event.of]);
      },
    });
    // The first seed was finished.
    expect(places).toEqual([[2, 1, 2]]);
    expect(records.map(({ seed }) => seed)).toEqual([1, 2]);
    expect(last(join("seeds", "seed-1")).equals(last("whole"))).toBe(true);
    expect(readFileSync(report, "utf8")).toContain("±");
    expect(terminalTable(resultRows(records), "accuracy")).toMatch(/joint, modality-aware.*±/);
  });
});

describe("in memory", () => {
  const list = Array.from({ length: 45 }, (_, at): SampleInput => ({
    image: { pixels: new Uint8Array(8 * 8 * 3).fill(80 * (at % 3) + at), width: 8, height: 8 },
    text: `${["warm", "cold", "wet"][at % 3]!} ${at}`,
    label: ["sun", "ice", "sea"][at % 3]!,
  }));
  const { dataset, settings: own } = samples(list, { lookAlikes: "ignore" });
  const data = { dataset, cache: false };
  const quick = quickSettings("");
  const settings = { ...quick, data: own, train: { epochs: 2, batchSize: 8, threads: 1 } };
  const before = process.env["BALGRAD_CACHE"];
  let cache = "";

  beforeAll(() => {
    cache = join(temporaryFolder(), "cache");
    process.env["BALGRAD_CACHE"] = cache;
  });
  afterAll(() => {
    process.env["BALGRAD_CACHE"] = before;
    expect(existsSync(cache)).toBe(false);
  });

  test("seeds are trained, stopped, resumed, evaluated and exported", async () => {
    const store = new RunMemory();
    const request = { settings: { ...settings, method: { name: "joint" } }, origin, store, data };
    const stop = stopAt((event) => event.kind === "epoch" && event.record.epoch === 0);
    const error = await rejection(train({ ...request, seeds: 2, ...stop }));
    expect((error as Interrupted).continuation).toEqual({ by: "resume", folder: "memory" });
    const { records, report } = await resume({ store, data });
    expect(records.map(({ seed }) => seed)).toEqual([1, 2]);
    expect(report).toBe("report.html (in memory)");
    expect(new TextDecoder().decode((await store.read("report.html"))!)).toContain("±");

    const run = store.inside("seed-2");
    const { record } = await evaluate({ store: run, data });
    expect(record.test).toEqual(records[1]!.test);
    const { folder: place } = await exportRun({ store: run, data });
    expect(place).toBe("memory/seed-2/export");
    expect(await run.inside("export").has("onnx/model.onnx")).toBe(true);
  });

  test("a comparison is searched and trained", async () => {
    const store = new RunMemory();
    const rows = { named: [methodEntry("joint"), methodEntry("balgrad")] };
    const request = { settings, origin, store, data, rows, seeds: 1, tune: 2 };
    const counts: string[] = [];
    const events = (event: UseCaseEvent): void => {
      if (event.kind === "batch-started") counts.push(`${event.finished} of ${event.total}`);
    };
    const done = await compare({ ...request, events });
    expect(done.rows.map(({ label }) => label)).toEqual(["joint", "balgrad"]);
    expect(await store.has("results.json")).toBe(true);
    const again = await compare({ ...request, events });
    expect(again.rows).toEqual(done.rows);
    expect(counts).toEqual(["0 of 4", "0 of 2", "4 of 4", "2 of 2"]);
    expect(await store.folders()).toEqual(["joint", "balgrad", "tune"]);
  });
});

describe("a comparison", () => {
  const named = [methodEntry("joint"), methodEntry("balgrad")];
  const request = (out: string) => ({
    ...{ settings: quickSettings(table), origin, seeds: 1 },
    store: new RunFolder(out),
  });

  test("is stopped by its signal, and the same request continues it", async () => {
    const out = file("compare");
    const stop = stopAt((event) => event.kind === "batch-progress" && event.run.seed === 2);
    const both = { ...request(out), seeds: 2, rows: { named } };
    const error = await rejection(compare({ ...both, ...stop }));
    expect((error as Interrupted).continuation).toEqual({ by: "repeat" });
    const ended: string[] = [];
    const { rows, failed } = await compare({
      ...both,
      events: (event) => {
        if (event.kind === "batch-started") ended.push(`${event.finished} of ${event.total}`);
        if (event.kind === "batch-run-ended") {
          ended.push(`${event.run.entry.label} ${event.run.seed} ${event.outcome}`);
        }
      },
    });
    expect(ended).toEqual(["2 of 4", "joint 2 done", "balgrad 2 done"]);
    expect(failed).toEqual([]);
    expect(rows.map(({ label, seeds }) => [label, seeds])).toEqual([
      ["joint", [1, 2]],
      ["balgrad", [1, 2]],
    ]);
    // The first run is that of a training of its own.
    expect(last(join("compare", "joint", "seed-1")).equals(last("whole"))).toBe(true);
  });

  test("launches its runs as it is told, as many at a time, and names what failed", async () => {
    let running = 0;
    let most = 0;
    const launch: Launch = async (run, options) => {
      most = Math.max(most, ++running);
      await new Promise((resume) => setTimeout(resume, 50));
      running--;
      if (run.name.endsWith(join("balgrad", "seed-1")))
        return { kind: "failed", message: "no room" };
      return launchHere()(run, options);
    };
    const out = file("launched");
    const rows = { named };
    const result = await compare({ ...request(out), rows, launch, jobs: 2 });
    expect(most).toBe(2);
    const run = join(out, "balgrad", "seed-1");
    expect(result.failed).toEqual([`balgrad seed 1 (${run}): no room`]);
    expect(result.rows.map(({ label }) => label)).toEqual(["joint"]);
  });
});
