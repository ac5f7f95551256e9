/** @module Encoders of other machines: what was removed to make room comes again. */

import { mkdtemp, readdir, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { afterEach, beforeEach, expect, it } from "vitest";

import { pruneFolder } from "../../src/files/room.js";
import { Downloads } from "../../src/jobs/downloads.js";
import { bringEncoders } from "../../src/jobs/encoders.js";
import { modelConfig } from "../../src/inputs/config.js";
import { openObjects } from "../../src/objects/address.js";
import { publishFiles } from "../../src/objects/bundle.js";
import { standInOf } from "../../src/encode/pretrained/standIns.js";

const HASH = "5".repeat(64);
const MODEL = modelConfig.parse({ text: { type: "pretrained", encoder: "some/text-encoder" } });

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "balgrad-encoders-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

async function published(): Promise<Downloads> {
  const store = await openObjects(join(folder, "store"));
  const files = new Map<string, { readonly path: string }>();
  for (const name of ["model.onnx", "tokenizer.json"]) {
    const path = join(folder, name);
    await writeFile(path, Buffer.alloc(1000));
    files.set(name, { path });
  }
  await publishFiles(store, `encoders/${HASH}`, files);
  return new Downloads(store, join(folder, "downloads"));
}

it("are whole again after some of their files were removed", async () => {
  const downloads = await published();
  await bringEncoders(downloads, { text: HASH }, MODEL);
  const place = standInOf("some/text-encoder", "text")!;
  const { ino } = await stat(join(place, "model.onnx"));
  const long = Date.now() / 1000 - 3600;
  await utimes(join(place, "tokenizer.json"), long, long);
  await bringEncoders(downloads, { text: HASH }, MODEL);
  expect((await stat(join(place, "model.onnx"))).ino).toBe(ino);
  // Those of a running job are spared, however long ago they came.
  expect(await pruneFolder(downloads.folder, 1000, 1000 * (long + 60))).toBe(0);
  expect(await pruneFolder(downloads.folder, 1000)).toBe(1);
  await bringEncoders(downloads, { text: HASH }, MODEL);
  expect((await readdir(place)).sort()).toEqual(["model.onnx", "tokenizer.json"]);
});

it("are refused where the store lacks one of their files", async () => {
  const downloads = await published();
  await downloads.store.write(`encoders/${HASH}.json`, "{}");
  await expect(bringEncoders(downloads, { text: HASH }, MODEL)).rejects.toThrow("missing");
  expect(await readdir(folder)).not.toContain("downloads");
});
