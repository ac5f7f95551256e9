/** @module What the operating system refuses (a full disk, a missing permission), in words. */

import type { Stats } from "node:fs";
import { mkdir, readFile, stat } from "node:fs/promises";
import { dirname } from "node:path";

import { UserError } from "./errors.js";

/** What a code means, and what to do about it. */
type Refusal = readonly [meaning: string, hint: string];

const ELSEWHERE = "Make some room there, or choose a folder on another disk.";
const PERMISSION = "Change its permissions, run as its owner, or choose another place.";
const LIMIT = "Raise the limit (ulimit -n), or close other programs.";

const REFUSALS: ReadonlyMap<string, Refusal> = new Map([
  ["ENOSPC", ["there is no room left on the disk", ELSEWHERE]],
  ["EDQUOT", ["your quota of disk space is used up", ELSEWHERE]],
  ["EFBIG", ["the file is too large for its file system", ELSEWHERE]],
  ["EROFS", ["the disk is read-only", "Choose a folder that can be written to."]],
  ["EACCES", ["permission denied", PERMISSION]],
  ["EPERM", ["the system does not permit it", PERMISSION]],
  ["ENOENT", ["no such file or folder", "Check the path for misspellings."]],
  ["ENOTDIR", ["a part of the path is a file, not a folder", "Check the path."]],
  ["EISDIR", ["it is a folder, and a file was expected", "Give the path of a file."]],
  ["EEXIST", ["there is something else at this path", "Move it away, or choose another path."]],
  ["ENOTEMPTY", ["the folder is not empty", "Empty it, or choose another path."]],
  ["EMFILE", ["too many files are open in this process", LIMIT]],
  ["ENFILE", ["too many files are open on this machine", LIMIT]],
  ["ENAMETOOLONG", ["the name is too long", "Choose a shorter one."]],
  ["ELOOP", ["links lead in a circle", "Remove one of them."]],
  ["EBUSY", ["another program is using it", "Close that program, then try again."]],
  ["ETXTBSY", ["another program is running it", "Close that program, then try again."]],
  ["EIO", ["the disk reports an error", "Check the disk, or copy the file elsewhere."]],
  ["ESTALE", ["the network folder was lost", "Connect it again, then try again."]],
  ["ENODEV", ["the device is gone", "Connect it again, then try again."]],
  ["ENXIO", ["the device is gone", "Connect it again, then try again."]],
  ["EXDEV", ["it is on another disk", "Choose a folder on the same disk."]],
  ["ENOMEM", ["there is not enough memory", "Close other programs."]],
  ["EAGAIN", ["the system is short of resources", "Close other programs, then try again."]],
  ["ERR_FS_FILE_TOO_LARGE", ["the file is larger than 2 GB", "Give it in several parts."]],
]);

/** The operating system refused to read, write or make something. */
export class SystemError extends UserError {
  constructor(
    message: string,
    hint: string,
    /** The system's code, e.g. `ENOSPC`. */
    readonly code: string,
    options?: ErrorOptions,
  ) {
    super(message, hint);
    this.name = "SystemError";
    this.cause = options?.cause;
  }
}

/** What Node adds to errors of the system. */
interface WithCode extends Error {
  readonly code?: unknown;
  readonly path?: unknown;
  readonly dest?: unknown;
}

/** How far causes are followed. */
const DEPTH = 4;

/**
 * An error of the operating system in words; `null` where an error is something else.
 *
 * @param path - What was worked on, where the error does not say it; errors of writing do not.
 */
export function systemError(error: unknown, path?: string): SystemError | null {
  let inner = error;
  for (let depth = 0; depth < DEPTH && inner instanceof Error; depth++) {
    if (inner instanceof SystemError) return inner;
    const { code, path: own } = inner as WithCode;
    const refusal = typeof code === "string" ? REFUSALS.get(code) : undefined;
    if (refusal) {
      const where = path ?? (typeof own === "string" ? own : undefined);
      const [meaning, hint] = refusal;
      const message = `${where === undefined ? "A file" : where}: ${meaning} (${String(code)}).`;
      return new SystemError(message, hint, String(code), { cause: error });
    }
    inner = inner.cause;
  }
  return null;
}

/**
 * Works on a file; what the operating system refuses names it.
 *
 * @throws {SystemError} for a full disk, a missing permission and the like.
 */
export async function workingOn<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw systemError(error, path) ?? error;
  }
}

/** Whether a process of this machine runs; one that belongs to somebody else does. */
export function isProcess(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return hasCode(error, "EPERM");
  }
}

/** Codes of a connection that was lost, or could not be made: what passes when the other side is well again. */
export const CONNECTION_CODES: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ECONNABORTED",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENETDOWN",
  "ENOTFOUND",
  "EAI_AGAIN",
]);

/** Codes that say that there is nothing at a path. */
const ABSENT: ReadonlySet<string> = new Set(["ENOENT", "ENOTDIR", "ENAMETOOLONG", "EINVAL"]);

/**
 * What is at a path; `null` where there is nothing.
 *
 * @throws {SystemError} where the system does not let us see.
 */
export async function statOf(path: string): Promise<Stats | null> {
  try {
    return await stat(path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== undefined && (ABSENT.has(code) || code.startsWith("ERR_INVALID"))) return null;
    throw systemError(error, path) ?? error;
  }
}

/**
 * Whether a file or folder is there.
 *
 * @throws {SystemError} where the system does not let us see.
 */
export const exists = async (path: string): Promise<boolean> => (await statOf(path)) !== null;

/** Whether an error is the system's of that code, for example `EEXIST`. */
export const hasCode = (error: unknown, code: string): boolean =>
  error instanceof Error && "code" in error && error.code === code;

/** Whether an error is the file system's "no such file or directory". */
export const isMissing = (error: unknown): boolean => hasCode(error, "ENOENT");

/**
 * The bytes of a file; `null` where there is no such file.
 *
 * @throws {SystemError} where the system does not let us read it.
 */
export async function readBytes(path: string): Promise<Uint8Array | null> {
  try {
    return await readFile(path);
  } catch (error) {
    if (isMissing(error)) return null;
    throw systemError(error, path) ?? error;
  }
}

/**
 * Makes a folder, with those that it is in; one that is there is left as it is.
 *
 * @throws {SystemError} naming the folder, when the system refuses.
 */
export const makeFolder = (path: string): Promise<void> => workingOn(path, () => makeFolders(path));

/** One folder after the other: all at once, Node tries for ever where the system says that one which is there is not, as below `/proc`. */
async function makeFolders(path: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (error) {
    if ((await statOf(path))?.isDirectory()) return;
    const parent = dirname(path);
    if (!isMissing(error) || parent === path) throw error;
    // Another one may have made it since.
    if (!(await exists(parent))) await makeFolders(parent);
    await mkdir(path).catch(async (second: unknown) => {
      if (!(await statOf(path))?.isDirectory()) throw second;
    });
  }
}
