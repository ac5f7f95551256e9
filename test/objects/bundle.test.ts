/** @module Bundles in both kinds of store: damage is noticed, and no manifest points to other files than its own. */

import { randomBytes } from "node:crypto";
import { appendFile, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { openObjects } from "../../src/objects/address.js";
import {
  type LocalFile,
  publishFiles,
  readManifest,
  removeBundle,
  restoreFiles,
} from "../../src/objects/bundle.js";
import type { ObjectStore } from "../../src/objects/objectStore.js";
import { TestS3 } from "../support/s3.js";

const MB = 2 ** 20;

let server: TestS3;
let folder: string;
let store: ObjectStore;

beforeAll(async () => {
  server = await TestS3.start();
  Object.assign(process.env, server.env);
});
afterAll(() => server.close());

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "balgrad-bundle-"));
});
afterEach(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

const openBucket = () =>
  openObjects(`s3://${server.bucket}/${randomBytes(6).toString("hex")}`, { patience: 60_000 });

const KINDS = {
  "a folder": () => openObjects(join(folder, "store")),
  "a bucket": openBucket,
};

let made = 0;

/** Files of this machine with these contents. */
async function files(
  contents: Readonly<Record<string, string | Uint8Array>>,
): Promise<Map<string, LocalFile>> {
  const place = join(folder, `made-${made++}`);
  await mkdir(place);
  const found = new Map<string, LocalFile>();
  for (const [name, content] of Object.entries(contents)) {
    const path = join(place, String(found.size));
    await writeFile(path, content);
    found.set(name, { path });
  }
  return found;
}

/** What a bundle gives; `null` where it cannot be had. */
async function restored(key: string): Promise<Record<string, string> | null> {
  const manifest = await readManifest(store, key);
  const place = join(folder, `restored-${made++}`);
  if (!manifest || !(await restoreFiles(store, manifest, place))) return null;
  const found: Record<string, string> = {};
  for (const { name } of manifest.files) found[name] = await readFile(join(place, name), "utf8");
  return found;
}

/** The most bytes that buffers have from now on. */
function watchMemory(): { most(): number } {
  const known = process.memoryUsage().arrayBuffers;
  let most = 0;
  const look = (): void => {
    most = Math.max(most, process.memoryUsage().arrayBuffers - known);
  };
  const watch = setInterval(look, 5);
  return {
    most: () => {
      look();
      clearInterval(watch);
      return most;
    },
  };
}

async function keysUnder(key: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const entry of store.list(key)) keys.push(entry.key);
  return keys;
}

describe.each(Object.entries(KINDS))("a bundle in %s", (_, open) => {
  beforeEach(async () => {
    store = await open();
  });

  it("comes back as it was, in the order in which it was given", async () => {
    const contents = { "z.json": "{}", "deep/er/a.bin": "\u0000\u0001", empty: "" };
    await publishFiles(store, "runs/1/result", await files(contents));
    const found = await restored("runs/1/result");
    expect(found).toEqual(contents);
    expect(Object.keys(found!)).toEqual(Object.keys(contents));
  });

  it("is nothing where there is none", async () => {
    expect(await readManifest(store, "runs/none")).toBeNull();
    await removeBundle(store, "runs/none");
  });

  it("can be brought in part", async () => {
    await publishFiles(store, "b", await files({ a: "1", b: "2" }));
    const place = join(folder, "part");
    const manifest = (await readManifest(store, "b"))!;
    expect(await restoreFiles(store, manifest, place, (name) => name === "b")).toBe(true);
    expect(await readdir(place)).toEqual(["b"]);
  });

  it("leaves nothing of the one before it", async () => {
    await publishFiles(store, "b", await files({ a: "1", b: "2" }));
    await publishFiles(store, "b", await files({ c: "3" }));
    expect(await restored("b")).toEqual({ c: "3" });
    expect(await keysUnder("b")).toHaveLength(1);
  });

  it.each([
    ["missing", null],
    ["cut off", "123"],
    ["changed", "12346"],
    ["longer", "123456"],
  ])("of which an object is %s is noticed, and leaves no such file", async (_name, damaged) => {
    await publishFiles(store, "b", await files({ first: "ok", second: "12345" }));
    const manifest = (await readManifest(store, "b"))!;
    const { key } = manifest.files[1]!;
    if (damaged === null) await store.remove(key);
    else await store.write(key, damaged);
    const place = join(folder, "damaged");
    expect(await restoreFiles(store, manifest, place)).toBe(false);
    expect(await readdir(place)).toEqual(["first"]);
  });

  const digest = "0".repeat(64);
  const entry = { name: "a", key: "b/x", bytes: 1, digest };
  it.each([
    ["cut off", '{"format":1,"files":['],
    ["empty", ""],
    ["of another format", JSON.stringify({ format: 2, files: [] })],
    ["without a digest", JSON.stringify({ format: 1, files: [{ ...entry, digest: "" }] })],
    [
      "whose file leads out",
      JSON.stringify({ format: 1, files: [{ ...entry, name: "a/../../b" }] }),
    ],
    ["whose file is absolute", JSON.stringify({ format: 1, files: [{ ...entry, name: "/a" }] })],
    ["whose object is no key", JSON.stringify({ format: 1, files: [{ ...entry, key: "b/../x" }] })],
  ])("whose manifest is %s counts as none", async (_name, text) => {
    await publishFiles(store, "b", await files({ a: "1" }));
    await store.write("b.json", text);
    expect(await readManifest(store, "b")).toBeNull();
    await publishFiles(store, "b", await files({ a: "2" }));
    expect(await restored("b")).toEqual({ a: "2" });
  });

  it("whose writer failed half-way stays as it was; what is left goes when it is removed", async () => {
    await publishFiles(store, "b", await files({ a: "1" }));
    const half = await files({ a: "2" });
    half.set("b", { path: join(folder, "missing") });
    await expect(publishFiles(store, "b", half)).rejects.toThrow("no such file");
    expect(await restored("b")).toEqual({ a: "1" });
    expect(await keysUnder("b")).toHaveLength(2);
    await removeBundle(store, "b");
    expect(await readManifest(store, "b")).toBeNull();
    expect(await keysUnder("b")).toEqual([]);
  });

  it("that several replace while it is read is one of theirs, or has to be read again", async () => {
    const contents = (i: number) => ({ a: `${i} of a`, b: `${i} of b`, c: `${i} of c` });
    await publishFiles(store, "b", await files(contents(0)));
    const wholes = Array.from({ length: 25 }, (_whole, i) => contents(i));
    const state = { isDone: false };
    const publishing = Promise.all(
      Array.from({ length: 4 }, async (_writer, writer) => {
        for (let i = writer; i < 24; i += 4) {
          await publishFiles(store, "b", await files(contents(i + 1)));
        }
      }),
    ).finally(() => (state.isDone = true));
    while (!state.isDone) {
      const found = await restored("b");
      if (found) expect(wholes).toContainEqual(found);
    }
    await publishing;
    expect(wholes).toContainEqual(await restored("b"));
  });

  it("of 160 MB is published and brought in bounded memory", async () => {
    const place = join(folder, "large");
    for (let i = 0; i < 10; i++) await appendFile(place, randomBytes(16 * MB));
    const watched = watchMemory();
    await publishFiles(store, "b", new Map([["large", { path: place }]]));
    const manifest = (await readManifest(store, "b"))!;
    expect(await restoreFiles(store, manifest, join(folder, "copy"))).toBe(true);
    // What nobody holds any more counts until it is collected.
    expect(watched.most()).toBeLessThan(80 * MB);
  });
});

describe("a bundle in a bucket whose server is killed again and again", () => {
  it("is always a whole one", async () => {
    store = await openBucket();
    const contents = (i: number) =>
      Object.fromEntries(["a", "b", "c"].map((name) => [name, `${i}${name}`.repeat(100_000)]));
    const state = { isDone: false };
    const publishing = (async () => {
      for (let i = 0; i < 12; i++) await publishFiles(store, "b", await files(contents(i)));
    })().finally(() => (state.isDone = true));
    let kills = 0;
    while (!state.isDone && kills < 6) {
      await sleep(20 + 40 * (kills % 5));
      await server.kill();
      await server.start();
      kills++;
      const found = await restored("b");
      if (found) expect(found["b"]!.replaceAll("b", "a")).toBe(found["a"]);
    }
    await publishing;
    expect(kills).toBeGreaterThan(1);
    expect(await restored("b")).toEqual(contents(11));
    expect(await keysUnder("b")).toHaveLength(3);
  });
});
