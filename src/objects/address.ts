/** @module Opens stores by their addresses, and tries them. */

import { randomUUID } from "node:crypto";

import { ConfigError } from "../errors.js";
import { exists, statOf } from "../system.js";
import { FolderObjects } from "./folder.js";
import type { ObjectStore } from "./objectStore.js";
import { S3Objects, type Waiting } from "./s3.js";

const HINT =
  "Give the path of a folder that all machines see, or s3://BUCKET or s3://BUCKET/FOLDER.";

/** How long a store is waited for, also when it is opened. */
export interface Opening extends Waiting {
  /**
   * Milliseconds that a bucket's server is waited for at first, so that a wrong address does not keep anyone waiting for all of
   * `patience`; default 20,000, and no more than `patience`.
   */
  readonly first?: number;
}

const FIRST = 20_000;

/** An address with a scheme; a single letter is a drive. */
const SCHEME = /^([a-z][a-z0-9+.-]+):\/\//i;

/** Names of buckets, those of older ones and of other vendors included. */
const BUCKET = /^[A-Za-z0-9][\w.-]{1,254}$/;

const PREFIX = /^[\w-][\w.-]*(\/[\w-][\w.-]*)*$/;

/**
 * Opens the store at an address and writes, reads and removes a small object, so that mistakes show before work begins.
 *
 * @param address - `s3://bucket/prefix`, or the path of a folder.
 * @throws {ConfigError} for an address that is none, credentials that are missing or wrong, and what the store does not allow.
 * @throws {SystemError} where a folder cannot be used, or the server does not answer.
 */
export async function openObjects(address: string, opening: Opening = {}): Promise<ObjectStore> {
  const { first = FIRST, ...waiting } = opening;
  const patience = Math.min(first, waiting.patience ?? first);
  const trial = storeAt(address, { ...waiting, patience });
  try {
    await probe(trial);
  } finally {
    await trial.close();
  }
  return storeAt(address, waiting);
}

/**
 * The store at an address that was opened before, by another process perhaps: nothing is tried.
 *
 * @throws {ConfigError} for an address that is none.
 */
export function storeAt(address: string, waiting: Waiting = {}): ObjectStore {
  if (address.trim() === "") throw new ConfigError("The store has no address.", HINT);
  const scheme = SCHEME.exec(address)?.[1]?.toLowerCase();
  if (scheme === undefined) return new FolderObjects(address);
  if (scheme === "s3") return bucketAt(address.slice("s3://".length), waiting);
  throw new ConfigError(`A store cannot be at an address that begins with ${scheme}://.`, HINT);
}

function bucketAt(rest: string, waiting: Waiting): S3Objects {
  if (rest.includes("@")) {
    throw new ConfigError(
      "The address of the store has credentials in it, which lists of processes show.",
      "Give s3://BUCKET/FOLDER, and set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or AWS_PROFILE.",
    );
  }
  const [bucket = "", ...names] = rest.replace(/\/+$/, "").split("/");
  const prefix = names.join("/");
  if (!BUCKET.test(bucket) || (prefix !== "" && !PREFIX.test(prefix))) {
    throw new ConfigError(
      `s3://${rest} is no address of a store.`,
      "Give s3://BUCKET or s3://BUCKET/FOLDER, of letters, digits, -, _ and dots.",
    );
  }
  return new S3Objects(bucket, prefix, waiting);
}

async function probe(store: ObjectStore): Promise<void> {
  if (store instanceof FolderObjects) await checkFolder(store.name);
  const key = `probe/${randomUUID()}`;
  await store.write(key, key);
  const bytes = await store.read(key);
  await store.remove(key);
  // Who may not list a bucket is not told that an object is missing, but is refused.
  await store.size(key);
  if (bytes && Buffer.from(bytes).toString() === key) return;
  throw new ConfigError(
    `${store.name}: what was written cannot be read back.`,
    "Use a store that gives what was last written.",
  );
}

async function checkFolder(path: string): Promise<void> {
  if (!(await exists(path))) return;
  if ((await statOf(path))?.isDirectory()) return;
  throw new ConfigError(`${path}: a store is a folder, and this is a file.`, HINT);
}
