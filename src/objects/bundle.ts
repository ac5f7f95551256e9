/** @module Files as objects under one manifest, which is written last. */

import { createHash, randomUUID } from "node:crypto";
import { createReadStream } from "node:fs";
import { readdir, rm, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { pipeline } from "node:stream/promises";

import { z } from "zod";

import { mapBounded } from "../bounded.js";
import { sha256, wholeNumber } from "../files/schema.js";
import { workingOn } from "../system.js";
import { isKey } from "./keys.js";
import type { ObjectStore } from "./objectStore.js";

/** A file's name, which may have folders, and leads out of none. */
const fileName = z
  .string()
  .refine((name) => name.split(/[/\\]/).every((part) => !["", ".", ".."].includes(part)));

const objectKey = z.string().refine(isKey);

/** Files of a bundle that are on their way at a time. */
const AT_A_TIME = 8;

/** Schema of {@link Manifest}. */
const manifest = z.strictObject({
  format: z.literal(1),
  files: z.array(
    z.strictObject({ name: fileName, key: objectKey, bytes: wholeNumber, digest: sha256 }),
  ),
});

/** Which objects hold the files of a bundle, and what they hold. */
export type Manifest = z.infer<typeof manifest>;

/** A file of this machine. */
export interface LocalFile {
  readonly path: string;
}

/** The files of a folder by their names in it, which have `/` between the parts. */
export async function filesOf(
  folder: string,
  isWanted: (path: string) => boolean,
): Promise<Map<string, LocalFile>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => !entry.isDirectory())
    .map(({ parentPath, name }) => join(parentPath, name))
    .filter(isWanted);
  return new Map(
    paths.map((path) => [relative(folder, path).split(sep).join("/"), { path }] as const),
  );
}

const manifestKey = (key: string): string => `${key}.json`;

/** SHA-256 of a file, hexadecimal, read in parts. */
export async function digestOfFile(path: string): Promise<string> {
  const hash = createHash("sha256");
  await workingOn(path, () => pipeline(createReadStream(path), hash));
  return hash.digest("hex");
}

/**
 * Publishes files under a key. They are written under names that nobody else uses, the manifest after them: a reader finds the
 * files of before or these, never some of both. Those of before are removed then; a reader that was in the middle of
 * them has to begin again. No two bundles share an object, so that none is removed that another one needs.
 *
 * @param files - By name; the last of them comes back last. They must not change meanwhile: one that did is found damaged.
 */
export async function publishFiles(
  store: ObjectStore,
  key: string,
  files: ReadonlyMap<string, LocalFile>,
): Promise<void> {
  const before = await readManifest(store, key);
  const place = `${key}/${randomUUID()}`;
  const list = await mapBounded([...files], AT_A_TIME, async ([name, { path }], at) => {
    const { size: bytes } = await workingOn(path, () => stat(path));
    const digest = await digestOfFile(path);
    const own = `${place}.${at}`;
    await store.writeFile(own, path);
    return { name, key: own, bytes, digest };
  });
  await store.write(manifestKey(key), JSON.stringify({ format: 1, files: list }));
  for (const file of before?.files ?? []) await store.remove(file.key);
}

/** The manifest of a key; `null` where there is none, or none that can be read. */
export async function readManifest(store: ObjectStore, key: string): Promise<Manifest | null> {
  const bytes = await store.read(manifestKey(key));
  if (!bytes) return null;
  try {
    return manifest.parse(JSON.parse(new TextDecoder().decode(bytes)));
  } catch {
    return null;
  }
}

/**
 * Brings the files of a bundle into a folder, each compared with its digest.
 *
 * @param isWanted - Which of them, by name; default: all.
 * @returns Whether all are there; `false` where one is missing or damaged in the store. A damaged one is not left in the folder.
 */
export async function restoreFiles(
  store: ObjectStore,
  { files }: Manifest,
  folder: string,
  isWanted: (name: string) => boolean = () => true,
): Promise<boolean> {
  const restore = async ({ name, key, digest }: Manifest["files"][number]): Promise<boolean> => {
    const path = join(folder, ...name.split("/"));
    if (!(await store.readInto(key, path))) return false;
    if ((await digestOfFile(path)) === digest) return true;
    await rm(path, { force: true });
    return false;
  };
  const wanted = files.filter(({ name }) => isWanted(name));
  const isWhole = (await mapBounded(wanted.slice(0, -1), AT_A_TIME, restore)).every(Boolean);
  // The last one says that all are there.
  return isWhole && (wanted.length === 0 || restore(wanted.at(-1)!));
}

/**
 * Removes a bundle, where there is one: the manifest first, so that nobody begins to read it, then all files under its key, also
 * those of writers that were killed. Whoever is publishing it at the same time has to do so again: it is found damaged.
 */
export async function removeBundle(store: ObjectStore, key: string): Promise<void> {
  await store.remove(manifestKey(key));
  for await (const file of store.list(key)) await store.remove(file.key);
}
