/** @module What the system refuses: a full disk, a read-only one, folders in place of files, closed pipes. */

import { spawn, spawnSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { writePieces } from "../src/files/atomic.js";
import { systemError, workingOn } from "../src/system.js";
import { balgrad, type Finished, MAIN, temporaryFolder } from "./support/cli.js";
import { QUICK, writeSquares } from "./support/table.js";

const folder = temporaryFolder();
const file = (name: string): string => join(folder, name);
let table = "";

beforeAll(async () => {
  table = await writeSquares(folder, 6);
  writeFileSync(file("plain"), "a file");
  const done = await balgrad(["train", table, "--out", file("run"), ...QUICK]);
  expect(done.code, done.stderr).toBe(0);
});

/** Names of all files below a folder that must not be left behind. */
const leftBehind = (path: string): string[] =>
  readdirSync(path, { recursive: true, encoding: "utf8" }).filter((name) =>
    /lock|[.]tmp$|[.]stale$/.test(name),
  );

function expectRefusal(done: Finished, message: string): void {
  expect(done.stderr).toContain(message);
  expect(done.stderr).not.toMatch(/^\s+at |defect/m);
  expect(done.code).toBe(6);
}

describe("errors of the system", () => {
  test.each([
    ["ENOSPC", "no room left on the disk"],
    ["EROFS", "the disk is read-only"],
    ["EACCES", "permission denied"],
    ["ENOENT", "no such file or folder"],
    ["EISDIR", "it is a folder"],
    ["EMFILE", "too many files are open"],
    ["ENAMETOOLONG", "the name is too long"],
  ])("%s has words, also as the cause of another error", (code, words) => {
    const error = Object.assign(new Error("x"), { code, path: "/a/b" });
    const told = systemError(new Error("outer", { cause: error }));
    expect(told?.message).toBe(`/a/b: ${told!.message.slice(6)}`);
    expect(told?.message).toContain(words);
    expect(told?.hint).not.toBe("");
  });

  test("other errors stay what they are", async () => {
    expect(systemError(new TypeError("x"))).toBeNull();
    const defect = new TypeError("x");
    await expect(workingOn("a", () => Promise.reject(defect))).rejects.toBe(defect);
  });

  test("a file that cannot be written leaves nothing behind", async () => {
    mkdirSync(file("taken"));
    await expect(writePieces(file("taken"), ["x"])).rejects.toThrow(/taken: it is a folder/);
    await expect(writePieces(file("none/x"), ["x"])).rejects.toThrow(/none.x: no such file/);
    expect(leftBehind(folder)).toEqual([]);
  });
});

describe.concurrent("paths that cannot be what they are given for", () => {
  const cases: [string, string[], string][] = [
    ["a run in a file", ["train", "emoji", "--out", file("plain/run")], "plain/run"],
    ["a comparison in a file", ["compare", "emoji", "--out", file("plain")], file("plain")],
    ["settings that are a folder", ["train", "--config", folder], `${folder}: it is a folder`],
    ["a page that is a folder", ["data", "check", file("squares.csv"), "--html", folder], folder],
    ["a name that is too long", ["train", "--out", file("x".repeat(300))], "the name is too long"],
  ];
  test.each(cases)("%s", async (_, args, message) => {
    expectRefusal(await balgrad(args), message);
    expect(leftBehind(folder)).toEqual([]);
  });
});

/** Mounts a file system of its own where this user may. */
function mount(path: string, ...options: string[]): boolean {
  mkdirSync(path, { recursive: true });
  return spawnSync("mount", [...options, path]).status === 0;
}

const small = file("small");
const canMount = mount(small, "-t", "tmpfs", "-o", "size=300k", "tmpfs");
afterAll(() => {
  if (canMount) spawnSync("umount", [small]);
});

test.skipIf(!canMount)(
  "a full disk stops a run, which then continues to the same bits",
  async () => {
    const run = join(small, "run");
    writeFileSync(join(small, "filling"), Buffer.alloc(250_000));
    expectRefusal(
      await balgrad(["train", table, "--out", run, ...QUICK]),
      "no room left on the disk",
    );
    expect(leftBehind(small)).toEqual([]);
    spawnSync("mount", ["-o", "remount,size=20m", small]);
    const resumed = await balgrad(["train", "--resume", run]);
    expect(resumed.code, resumed.stderr).toBe(0);
    const bytes = (path: string): string =>
      readFileSync(join(path, "checkpoints/best.safetensors")).toString("base64");
    expect(bytes(run)).toBe(bytes(file("run")));
  },
);

test.skipIf(!canMount)("a read-only disk is named; what only reads works", async () => {
  spawnSync("cp", ["-r", file("run"), join(small, "kept")]);
  spawnSync("mount", ["-o", "remount,ro", small]);
  try {
    const fresh = await balgrad(["train", table, "--out", join(small, "new"), ...QUICK]);
    expectRefusal(fresh, "the disk is read-only");
    expectRefusal(await balgrad(["export", join(small, "kept")]), "the disk is read-only");
    const answer = await balgrad(["predict", join(small, "kept"), "--text", "a red thing"]);
    expect(answer.code, answer.stderr).toBe(0);
  } finally {
    spawnSync("mount", ["-o", "remount,rw", small]);
  }
});

describe("output that nobody reads", () => {
  const run = (stdout: "pipe" | number): Promise<Finished> => {
    const child = spawn(process.execPath, [MAIN, "methods"], { stdio: ["ignore", stdout, "pipe"] });
    child.stdout?.destroy();
    let stderr = "";
    child.stderr!.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    return new Promise((resolve) => {
      child.on("close", (code) => {
        resolve({ code, stdout: "", stderr });
      });
    });
  };

  test("a closed pipe ends the command without a word", async () => {
    expect(await run("pipe")).toEqual({ code: 141, stdout: "", stderr: "" });
  });

  test.skipIf(!existsSync("/dev/full"))("a full disk behind it is named", async () => {
    const full = openSync("/dev/full", "w");
    expectRefusal(await run(full), "standard output: there is no room left on the disk");
    closeSync(full);
  });
});
