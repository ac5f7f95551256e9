/** @module Use cases called by a program: twice in one process, watched, stopped and continued. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

import { beforeAll, describe, expect, test } from "vitest";

import { methodEntry } from "../src/compare/plan.js";
import type { Launch } from "../src/compare/pool.js";
import { resultRows, terminalTable } from "../src/report/table.js";
import { compare } from "../src/usecases/compare.js";
import type { UseCaseEvent } from "../src/usecases/events.js";
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
      ...{ settings: settings(), origin, out: file("whole") },
      events: ({ kind }) => kinds.push(kind),
    });
    expect(whole.records.map(({ method, seed }) => [method, seed])).toEqual([["joint", 1]]);
    expect([...new Set(kinds)]).toEqual([
      ...["opened", "reading", "prepared", "run-started", "steps", "epoch", "run-ended"],
    ]);
    expect(kinds.filter((kind) => kind === "epoch")).toHaveLength(3);

    const out = file("stopped");
    const stop = stopAt((event) => event.kind === "epoch" && event.record.epoch === 1);
    const error = await rejection(train({ settings: settings(), origin, out, ...stop }));
    expect(error).toBeInstanceOf(Interrupted);
    expect((error as Interrupted).message).toBe(`Stopped. What is done is kept in ${out}.`);
    expect((error as Interrupted).continuation).toEqual({ by: "resume", folder: out });
    expect(existsSync(file("stopped", "results.json"))).toBe(false);
    expect(readdirSync(out)).not.toContain("lock");

    const resumed = await resume({ folder: out });
    expect(last("stopped").equals(last("whole"))).toBe(true);
    expect(resumed.records[0]!.test).toEqual(whole.records[0]!.test);
    expect(resumed.records[0]!.steps).toEqual(whole.records[0]!.steps);
    // A finished one is reported again, and not trained.
    const again: string[] = [];
    await resume({ folder: out, events: ({ kind }) => again.push(kind) });
    expect(again).not.toContain("steps");
  });

  test("stops while data are read, and leaves nothing behind", async () => {
    const out = file("unread");
    const stop = stopAt(({ kind }) => kind === "opened");
    const error = await rejection(train({ settings: settings(), origin, out, ...stop }));
    expect(error).toBeInstanceOf(Interrupted);
    expect((error as Interrupted).continuation).toEqual({ by: "repeat" });
    expect(existsSync(out)).toBe(false);
  });

  test("of several seeds is one that is resumed as a whole", async () => {
    const out = file("seeds");
    const stop = stopAt((event) => event.kind === "run-started" && event.at === 1);
    const error = await rejection(train({ settings: settings(), origin, out, seeds: 2, ...stop }));
    expect((error as Interrupted).continuation).toEqual({ by: "resume", folder: out });
    const places: unknown[] = [];
    const { records, report } = await resume({
      folder: out,
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

describe("a comparison", () => {
  const named = [methodEntry("joint"), methodEntry("balgrad")];
  const request = (out: string) => ({ settings: quickSettings(table), origin, out, seeds: 1 });

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
      if (run.endsWith(join("balgrad", "seed-1"))) return { kind: "failed", message: "no room" };
      return launchHere(run, options);
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
