import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { checkConfig } from "./config.js";
import { RunFolder } from "./folder.js";
import { RunMemory } from "./memory.js";
import { Run } from "./run.js";
import type { RunStore } from "./store.js";

const text = async (store: RunStore, file: string): Promise<string | null> => {
  const bytes = await store.read(file);
  return bytes && new TextDecoder().decode(bytes);
};

const newFolder = (): string => join(mkdtempSync(join(tmpdir(), "balgrad-store-")), "run");

describe.each([
  ["a folder", () => new RunFolder(newFolder())],
  ["memory", () => new RunMemory()],
])("%s", (_, create: () => RunStore) => {
  test("keeps files by name, replaces them whole and adds to their ends", async () => {
    const store = create();
    expect(await store.has("a/b.txt")).toBe(false);
    expect(await store.read("a/b.txt")).toBeNull();
    const bytes = Uint8Array.of(104, 105);
    await store.write("a/b.txt", bytes);
    bytes[0] = 0;
    await store.append("a/b.txt", " there", true);
    expect(await text(store, "a/b.txt")).toBe("hi there");
    await store.write("a/b.txt", "é");
    expect(await text(store, "a/b.txt")).toBe("é");
    await store.append("log", "1\n", false);
    expect(await text(store, "log")).toBe("1\n");
    await store.remove("a/b.txt");
    await store.remove("a/b.txt");
    expect(await store.has("a/b.txt")).toBe(false);
  });

  test("has stores inside it, which are listed once they hold something", async () => {
    const store = create();
    expect(await store.folders()).toEqual([]);
    const inner = store.inside("joint").inside("seed-1");
    expect(inner.name).toBe(join(store.name, "joint", "seed-1"));
    expect(await store.folders()).toEqual([]);
    await inner.write("run.json", "{}");
    expect(await store.folders()).toEqual(["joint"]);
    expect(await store.inside("joint").inside("seed-1").has("run.json")).toBe(true);
    expect(await store.has("run.json")).toBe(false);
    await inner.remove("run.json");
    expect(await store.folders()).toEqual([]);
  });

  test("lets one work at a time, after a failure too", async () => {
    const store = create();
    await store.write("run.json", "{}");
    const order: string[] = [];
    const work = (name: string, fail: boolean) => async () => {
      order.push(`${name} begins`);
      await new Promise((resolve) => setTimeout(resolve, 5));
      order.push(`${name} ends`);
      if (fail) throw new Error(name);
      return name;
    };
    const both = [store.exclusive(work("one", true)), store.exclusive(work("two", false))];
    const [one, two] = await Promise.allSettled(both);
    expect(order.map((line) => line.split(" ")[1])).toEqual(["begins", "ends", "begins", "ends"]);
    expect(one).toMatchObject({ status: "rejected" });
    expect(two).toEqual({ status: "fulfilled", value: "two" });
  });

  test("holds a run that can be opened, and not begun twice", async () => {
    const store = create();
    const config = checkConfig({ train: { seed: 7, threads: 2 } }, "test");
    const run = await Run.create(store, config);
    expect((await Run.open(store)).config).toEqual(config);
    await expect(Run.create(store, config)).rejects.toThrow("there is a run");
    expect(await run.isBegun()).toBe(false);
    await run.discardUnbegun();
    expect(await Run.exists(store)).toBe(false);
  });
});

test("what else is in its folder stays when a run is discarded", async () => {
  const path = newFolder();
  mkdirSync(path);
  writeFileSync(join(path, "notes.txt"), "mine");
  const run = await Run.create(new RunFolder(path), checkConfig({}, "test"));
  await run.discardUnbegun();
  expect(readdirSync(path)).toEqual(["notes.txt"]);
});
