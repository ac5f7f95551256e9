/** @module Folders that are kept below a size. */

import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, expect, it } from "vitest";

import { pruneFolder, touch } from "../../src/files/room.js";

const HOUR = 3600;
const now = Date.now() / 1000;

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "balgrad-room-"));
  await mkdir(join(folder, "deep"));
  for (const [hours, name] of ["deep/oldest", "old", "deep/new", "newest"].reverse().entries()) {
    await writeFile(join(folder, name), Buffer.alloc(1000));
    await utimes(join(folder, name), now - hours * HOUR, now - hours * HOUR);
  }
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const left = async (): Promise<string[]> => {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map(({ name }) => name)
    .sort();
};

it("removes nothing within the limit, nor where there is no folder", async () => {
  expect(await pruneFolder(folder, 4000)).toBe(0);
  expect(await pruneFolder(join(folder, "none"), 0)).toBe(0);
  expect(await left()).toHaveLength(4);
});

it("removes what was used least recently, in folders too, until the rest is within the limit", async () => {
  expect(await pruneFolder(folder, 2500)).toBe(2);
  expect(await left()).toEqual(["new", "newest"]);
});

it("keeps what was touched longer", async () => {
  await touch(join(folder, "deep", "oldest"));
  await touch(join(folder, "none"));
  await pruneFolder(folder, 2500);
  expect(await left()).toEqual(["newest", "oldest"]);
});

it("spares what was used since a time, also above the limit", async () => {
  expect(await pruneFolder(folder, 0, 1000 * (now - 1.5 * HOUR))).toBe(2);
  expect(await left()).toEqual(["new", "newest"]);
});
