/** @module What a folder as a store has to get right by itself: leftovers, writers with the same number, a full disk. */

import { spawnSync } from "node:child_process";
import { mkdir, mkdtemp, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { FolderObjects } from "../../src/objects/folder.js";
import { makeFolder, SystemError } from "../../src/system.js";

const MB = 2 ** 20;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "balgrad-folder-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function keysIn(store: FolderObjects, of: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const { key } of store.list(of)) keys.push(key);
  return keys;
}

it("removes what killed writers left a day ago, and lists none of it", async () => {
  const unfinished = join(folder, ".unfinished");
  await mkdir(unfinished);
  const [fresh, old] = [join(unfinished, "x.1.tmp"), join(unfinished, "x.2.tmp")];
  const yesterday = Date.now() / 1000 - 25 * 3600;
  for (const path of [fresh, old]) await writeFile(path, "half");
  await utimes(old, yesterday, yesterday);
  const store = new FolderObjects(folder);
  await store.write("a/x.tmp", "x");
  expect(await readdir(unfinished)).toEqual(["x.1.tmp"]);
  expect(await keysIn(store, "a")).toEqual(["a/x.tmp"]);
});

it("keeps writers apart that have the same number, as in containers", async () => {
  const stores: FolderObjects[] = [];
  for (let i = 0; i < 6; i++) {
    // Each counts its files from the start, like the first process of a container.
    vi.resetModules();
    const module = await import("../../src/objects/folder.js");
    stores.push(new module.FolderObjects(folder));
  }
  const contents = stores.map((_, i) => Buffer.alloc(2 * MB + i, i));
  for (let round = 0; round < 5; round++) {
    await Promise.all(stores.map((store, i) => store.write("shared/x", contents[i]!)));
    const bytes = (await stores[0]!.read("shared/x"))!;
    expect(Buffer.from(bytes).equals(contents[bytes[0]!]!)).toBe(true);
  }
  expect(await readdir(join(folder, ".unfinished"))).toEqual([]);
});

it("has no object where there is a folder, or a file in the way", async () => {
  const store = new FolderObjects(folder);
  await store.write("a/b", "x");
  for (const key of ["a", "a/b/c"]) {
    expect(await store.read(key)).toBeNull();
    expect(await store.size(key)).toBeNull();
    expect(await store.readInto(key, join(folder, "copy"))).toBe(false);
    await store.remove(key);
  }
  expect(await keysIn(store, "a/b")).toEqual([]);
  expect(await keysIn(store, "a")).toEqual(["a/b"]);
});

it("gives an object or none while another machine writes and removes it", async () => {
  const store = new FolderObjects(folder);
  const state = { isDone: false };
  const changing = (async () => {
    for (let i = 0; i < 100; i++) {
      await store.write("a/x", "whole");
      await store.remove("a/x");
    }
  })().finally(() => (state.isDone = true));
  const path = join(folder, "copy");
  while (!state.isDone) {
    if (await store.readInto("a/x", path)) expect((await stat(path)).size).toBe(5);
    for await (const { bytes } of store.list("a")) expect(bytes).toBe(5);
  }
  await changing;
});

/** Mounts a small disk of its own where this user may. */
const mounted = await mkdtemp(join(tmpdir(), "balgrad-full-"));
const mount = spawnSync("mount", ["-t", "tmpfs", "-o", "size=1m", "tmpfs", mounted]);
const canMount = mount.status === 0;

it("makes its folders while others make the same ones", async () => {
  for (let round = 0; round < 50; round++) {
    // Of several depths, so that one is about to make what another one finds missing.
    const paths = Array.from({ length: 12 }, (_, at) =>
      join(folder, `${round}`, ...["a", "b", "c", "d"].slice(0, at % 5), `${at}`),
    );
    await Promise.all(paths.map(makeFolder));
    for (const path of paths) expect((await stat(path)).isDirectory()).toBe(true);
  }
});

it.skipIf(process.platform !== "linux")(
  "does not try for ever where no folder can be",
  async () => {
    const store = new FolderObjects("/proc/none/store");
    await expect(store.write("a/b", "x")).rejects.toThrow("/proc/none");
  },
);

it.skipIf(!canMount)("says that the disk is full, and keeps what was there", async () => {
  try {
    const store = new FolderObjects(mounted);
    await store.write("a/x", "before");
    const error: unknown = await store
      .write("a/x", Buffer.alloc(2 * MB))
      .catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(SystemError);
    expect(String(error)).toContain(
      `${join(mounted, "a", "x")}: there is no room left on the disk`,
    );
    const large = join(folder, "large");
    await writeFile(large, Buffer.alloc(2 * MB));
    await expect(store.writeFile("a/y", large)).rejects.toThrow("no room left on the disk");
    expect(Buffer.from((await store.read("a/x"))!).toString()).toBe("before");
    expect(await keysIn(store, "a")).toEqual(["a/x"]);
    expect(await readdir(join(mounted, ".unfinished"))).toEqual([]);
  } finally {
    spawnSync("umount", [mounted]);
    await rm(mounted, { recursive: true, force: true });
  }
});
