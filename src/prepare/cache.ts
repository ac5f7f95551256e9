/** @module The cache of prepared samples: shards named by a hash of what they were made of. */

import { createHash } from "node:crypto";
import { readdir, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

import { makeFolder } from "../system.js";
import type { DataIssue, ImageSource, Sample } from "../data/dataset.js";
import type { ImagePreparation, TextPreparation } from "./preparation.js";
import { inCache } from "./cacheFile.js";

/** Raised when the preparation changes. */
const FORMAT = 6;

/** Folder of the cache: `BALGRAD_CACHE`, or `balgrad` in the user's cache folder. */
export const cacheFolder = (): string =>
  process.env["BALGRAD_CACHE"] ??
  join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "balgrad");

/** Folder of what was downloaded from a hub. */
export const hubFolder = (): string => join(cacheFolder(), "hub");

/** Folder of the encoders that were made of word vectors. */
export const wordFolder = (): string => join(cacheFolder(), "words");

/** A string that changes when the picture may have changed. */
async function imageIdentity(image: ImageSource | null): Promise<string> {
  switch (image?.kind) {
    case undefined:
      return "none";
    case "file": {
      const info = await stat(image.path).catch(() => null);
      return `${image.path}#${image.root}#${info ? `${info.size}#${info.mtimeMs}` : "missing"}`;
    }
    case "deferred":
      return image.identity;
    case "bytes":
      return createHash("sha256").update(image.bytes).digest("hex");
    case "pixels":
      return createHash("sha256")
        .update(`${image.width}x${image.height}`)
        .update(image.pixels)
        .digest("hex");
  }
}

/**
 * Name of the shard of some samples: a hash of their files' paths, sizes and times of change, their
 * texts, and the identities of their preparations.
 */
export async function shardName(
  samples: readonly Pick<Sample, "image" | "text">[],
  image: Pick<ImagePreparation, "identity"> | null,
  text: Pick<TextPreparation, "identity"> | null,
): Promise<string> {
  const images = await Promise.all(samples.map(({ image }) => imageIdentity(image)));
  const hash = createHash("sha256");
  hash.update(JSON.stringify([FORMAT, image?.identity, text?.identity]));
  samples.forEach(({ text: words }, at) => hash.update(JSON.stringify([images[at], words])));
  return `${hash.digest("hex")}.shard`;
}

// What a killed process left behind is not touched while it may still be written.
const STALE_MILLISECONDS = 24 * 3600 * 1000;

/** Folder of the features of frozen encoders. */
export const featureFolder = (): string => join(cacheFolder(), "features");

/** Deletes what killed processes left unfinished in a folder. */
export async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!name.endsWith(".tmp")) continue;
    const path = join(folder, name);
    const info = await stat(path).catch(() => null);
    if (info && Date.now() - info.mtimeMs > STALE_MILLISECONDS) await rm(path, { force: true });
  }
}

/** A folder of the cache, made where it is missing, without what killed processes left behind. */
export async function openCache(folder = cacheFolder()): Promise<string> {
  return inCache(folder, async () => {
    await makeFolder(folder);
    await removeLeftovers(folder);
    return folder;
  });
}

/** What is said about a file of the cache that does not match its digest. */
export const damagedCache = (path: string): DataIssue => ({
  kind: "cache-damaged",
  where: path,
  message: "the file was damaged, so what it held was computed again",
  outcome: "kept",
});

/** Number and size of some files. */
export interface FilesSize {
  readonly files: number;
  readonly bytes: number;
}

/** Paths of what was made of samples, and of what killed processes left of it. */
async function cachedFiles(folder: string): Promise<string[]> {
  const names = await readdir(folder).catch((): string[] => []);
  return names
    .filter((name) => /\.(shard|safetensors|tmp)$/.test(name))
    .map((name) => join(folder, name));
}

async function sizeOf(paths: readonly string[]): Promise<FilesSize> {
  const sizes = await Promise.all(
    paths.map((path) =>
      stat(path).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return { files: paths.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}

/** How much the cache holds: decoded pictures, and features of frozen encoders. */
export async function cacheSize(): Promise<{
  readonly pictures: FilesSize;
  readonly features: FilesSize;
}> {
  return {
    pictures: await sizeOf(await cachedFiles(cacheFolder())),
    features: await sizeOf(await cachedFiles(featureFolder())),
  };
}

/** Deletes what was made of samples; runs that use it make it again. What was downloaded stays. */
export async function clearCache(): Promise<void> {
  for (const folder of [cacheFolder(), featureFolder()]) {
    for (const path of await cachedFiles(folder)) await rm(path, { force: true });
  }
}
