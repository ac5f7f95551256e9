/** @module The cache of encoded samples: shards named by a hash of what they were made of. */

import { createHash } from "node:crypto";
import { mkdir, readdir, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";

import type { ImageSource, Sample } from "../data/dataset.js";
import type { TextOptions } from "./text.js";

/** Raised when the encoding changes. */
const FORMAT = 2;

/** Folder of the cache: `BALGRAD_CACHE`, or `balgrad` in the user's cache folder. */
export const cacheFolder = (): string =>
  process.env["BALGRAD_CACHE"] ??
  join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "balgrad");

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
 * texts, and all that the encoding depends on.
 */
export async function shardName(
  samples: readonly Sample[],
  side: number,
  text: TextOptions,
): Promise<string> {
  const images = await Promise.all(samples.map(({ image }) => imageIdentity(image)));
  const hash = createHash("sha256");
  hash.update(JSON.stringify([FORMAT, side, text.buckets, text.maxTokens]));
  samples.forEach(({ text: words }, at) => hash.update(JSON.stringify([images[at], words])));
  return `${hash.digest("hex")}.shard`;
}

// What a killed process left behind is not touched while it may still be written.
const STALE_MILLISECONDS = 24 * 3600 * 1000;

/** The cache's folder, made where it is missing, without what killed processes left behind. */
export async function openCache(): Promise<string> {
  const folder = cacheFolder();
  await mkdir(folder, { recursive: true });
  for (const name of await readdir(folder)) {
    if (!name.endsWith(".tmp")) continue;
    const path = join(folder, name);
    const info = await stat(path).catch(() => null);
    if (info && Date.now() - info.mtimeMs > STALE_MILLISECONDS) await rm(path, { force: true });
  }
  return folder;
}

/** Number and size of the cache's files. */
export async function cacheSize(): Promise<{ readonly files: number; readonly bytes: number }> {
  const folder = cacheFolder();
  const names = await readdir(folder).catch(() => []);
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(folder, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  );
  return { files: names.length, bytes: sizes.reduce((sum, size) => sum + size, 0) };
}

/** Deletes the cache; runs that use it encode again. */
export const clearCache = (): Promise<void> => rm(cacheFolder(), { recursive: true, force: true });
