/** @module Damage of what machines share is noticed, and a copy that is damaged comes again. */

import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, describe, expect, it } from "vitest";

import { Downloads } from "../../src/jobs/downloads.js";
import { openMatrix } from "../../src/jobs/matrices.js";
import { pictureIn } from "../../src/jobs/packs.js";
import { openObjects } from "../../src/objects/address.js";

let folder: string;
let downloads: Downloads;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "balgrad-damaged-"));
  const store = await openObjects(join(folder, "store"));
  downloads = new Downloads(store, join(folder, "downloads"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const digestOf = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

const changed = (bytes: Uint8Array): Uint8Array => bytes.with(5, bytes[5]! ^ 1);
const shorter = (bytes: Uint8Array): Uint8Array => bytes.slice(0, -4);
const longer = (bytes: Uint8Array): Uint8Array => new Uint8Array([...bytes, 0, 0, 0, 0]);

const values = new Uint8Array(new Float32Array([1, 2, 3, 4, 5, 6]).buffer);
const matrix = { digest: digestOf(values), rows: 3, size: 2 };

describe.each([
  ["changed", changed],
  ["cut off", shorter],
])("what is %s", (_name, damage) => {
  it("of vectors is noticed, here and in the store", async () => {
    const key = `matrices/${matrix.digest}`;
    await downloads.store.write(key, values);
    const row = async (): Promise<number[]> => [...(await openMatrix(downloads, matrix))(1).row()];
    expect(await row()).toEqual([3, 4]);
    await writeFile(join(downloads.folder, key), damage(values));
    await expect(row()).rejects.toThrow(`${key}: damaged`);
    expect(await row()).toEqual([3, 4]);
    await downloads.store.write(key, damage(values));
    await rm(join(downloads.folder, key));
    await expect(row()).rejects.toThrow(`${key}: damaged`);
    // It goes, so that who hands in the same work again publishes it.
    expect(await downloads.store.size(key)).toBeNull();
  });

  it("of a pack is noticed, here and in the store", async () => {
    const digest = digestOf(values);
    const key = `packs/${digest}`;
    await downloads.store.write(key, values);
    const picture = pictureIn(downloads, [digest], { pack: 0, at: 0, bytes: 24, digest });
    expect(await picture.load()).toMatchObject({ kind: "bytes" });
    await writeFile(join(downloads.folder, key), damage(values));
    await expect(picture.load()).rejects.toThrow(`${key}: damaged`);
    expect(await picture.load()).toMatchObject({ kind: "bytes" });
    expect(await readFile(join(downloads.folder, key))).toHaveLength(24);
    await downloads.store.write(key, damage(values));
    await rm(join(downloads.folder, key));
    await expect(picture.load()).rejects.toThrow(`${key}: damaged`);
    expect(await downloads.store.size(key)).toBeNull();
  });

  it("of what is read at once is noticed, and goes", async () => {
    const digest = digestOf(values);
    await downloads.store.write(`samples/${digest}`, damage(values));
    await expect(downloads.checked(`samples/${digest}`, digest)).rejects.toThrow("damaged");
    expect(await downloads.store.size(`samples/${digest}`)).toBeNull();
  });
});

it("vectors that are longer than they were are noticed", async () => {
  await downloads.store.write(`matrices/${matrix.digest}`, longer(values));
  await expect(openMatrix(downloads, matrix)).rejects.toThrow("damaged");
});
