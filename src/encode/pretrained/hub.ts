/** @module Files of a hub repository, downloaded once into the cache. */

import { createWriteStream } from "node:fs";
import { dirname, join } from "node:path";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";

import { writeAside } from "../../files/atomic.js";
import { UserError } from "../../errors.js";
import { SystemError, exists } from "../../system.js";
import { hubFolder, openCache } from "../../prepare/cache.js";
import { inCache } from "../../prepare/cacheFile.js";

/** Called while a file of the hub arrives; `total` is `null` where the hub does not say. */
export type DownloadProgress = (file: string, received: number, total: number | null) => void;

const NAME = /^[A-Za-z0-9][\w.-]*\/[A-Za-z0-9][\w.-]*$/;

/** Whether a string has the form of a hub name, `owner/name`. */
export const isHubName = (name: string): boolean => NAME.test(name) && !name.includes("..");

/** Where the cache keeps a repository. */
export const hubPath = (name: string): string => join(hubFolder(), ...name.split("/"));

/** Address of the hub: `HF_ENDPOINT`, or the public one. */
const endpoint = (): string =>
  (process.env["HF_ENDPOINT"] ?? "https://huggingface.co").replace(/\/+$/, "");

/** Address of a file of a repository. */
export const hubAddress = (name: string, file: string): string =>
  `${endpoint()}/${name}/resolve/main/${file}`;

/** The innermost reason that Node gives for a failed connection. */
function reasonOf(error: unknown): string {
  const { cause, message } = error as Error;
  const { code } = (cause ?? {}) as { readonly code?: string };
  return code ?? (cause instanceof Error ? cause.message : message);
}

const unreachable = (name: string, address: string, reason: string): UserError =>
  new UserError(
    `${address}: the file cannot be downloaded (${reason}).`,
    `Download the folder of ${name} elsewhere and give its path instead of the name, or set HF_ENDPOINT to a mirror that can be reached.`,
  );

async function request(name: string, address: string): Promise<Response | null> {
  const token = process.env["HF_TOKEN"];
  let response: Response;
  try {
    response = await fetch(address, token ? { headers: { authorization: `Bearer ${token}` } } : {});
  } catch (error) {
    throw unreachable(name, address, reasonOf(error));
  }
  if (response.ok) return response;
  await response.body?.cancel();
  if (response.status === 404) return null;
  if (response.status === 401 || response.status === 403) {
    throw new UserError(
      `${address}: the hub refuses the file (${response.status}).`,
      `Either there is no repository "${name}", or it is not public: then set HF_TOKEN to a token that may read it.`,
    );
  }
  throw unreachable(name, address, `status ${response.status}`);
}

/**
 * Downloads one file of a repository unless the cache has it. It appears in the cache whole or not at all.
 *
 * @returns Its path; `null` where the repository has no such file.
 * @throws {UserError} when the hub cannot be reached or refuses; it names the address and the ways around.
 */
export async function hubFile(
  name: string,
  file: string,
  onProgress?: DownloadProgress,
): Promise<string | null> {
  const path = join(hubPath(name), file);
  if (await exists(path)) return path;
  const address = hubAddress(name, file);
  const response = await request(name, address);
  if (!response) return null;
  const length = response.headers.get("content-length");
  let received = 0;
  const count = new Transform({
    transform(chunk: Buffer, _, done) {
      received += chunk.length;
      onProgress?.(file, received, length === null ? null : Number(length));
      done(null, chunk);
    },
  });
  await openCache(dirname(path));
  try {
    const body = Readable.fromWeb(response.body! as Parameters<typeof Readable.fromWeb>[0]);
    await inCache(path, () =>
      writeAside(path, (aside) => pipeline(body, count, createWriteStream(aside))),
    );
  } catch (error) {
    throw error instanceof SystemError ? error : unreachable(name, address, reasonOf(error));
  }
  return path;
}
