/** @module Every process ends by itself, and none calls anybody or writes where nobody looks. */

import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import sharp from "sharp";
import { beforeAll, describe, expect, test } from "vitest";

import { balgrad, type Finished, MAIN, runProcess, temporaryFolder } from "./support/cli.js";
import { QUICK, writeSquares } from "./support/table.js";

const folder = temporaryFolder();
const file = (name: string): string => join(folder, name);
const LIBRARY = new URL("../dist/", import.meta.url);

beforeAll(async () => {
  const table = await writeSquares(folder, 6);
  const rows = readFileSync(table, "utf8").split("\n");
  writeFileSync(file("none.csv"), `${rows[0]!}\n`);
  writeFileSync(file("one.csv"), `${rows[0]!}\n${rows[1]!}\n`);
  const picture = sharp({ create: { width: 60, height: 40, channels: 3, background: "#d22" } });
  await picture.jpeg().toFile(file("one.jpg"));
  const done = await balgrad(["train", table, "--out", file("run"), ...QUICK, "--epochs", "1"]);
  expect(done.code, done.stderr).toBe(0);
});

describe.concurrent("every command ends", () => {
  const cases: [string, string[], number, RegExp][] = [
    ["predict, one JPEG", ["predict", file("run"), "--image", file("one.jpg")], 0, /%/],
    ["predict, one text", ["predict", file("run"), "--text", "a red thing"], 0, /%/],
    ["evaluate", ["evaluate", file("run")], 0, /modality-aware/],
    ["export", ["export", file("run")], 0, /Checked on/],
    ["methods", ["methods", "joint"], 0, /joint/],
    ["data cache", ["data", "cache"], 0, /decoded pictures/],
    ["data check, no row", ["data", "check", file("none.csv")], 3, /error: /],
    ["data check, one row", ["data", "check", file("one.csv")], 3, /./],
    ["train, no row", ["train", file("none.csv")], 3, /error: /],
    ["train, one row", ["train", file("one.csv")], 3, /error: /],
    ["compare, one row", ["compare", file("one.csv"), "--out", file("compare")], 3, /error: /],
    ["encode, no encoder", ["encode", file("one.csv")], 2, /error: /],
    ["encoder convert, no model", ["encoder", "convert", file("one.csv"), file("out")], 3, /error/],
  ];
  test.each(cases)("%s", async (_, args, code, output) => {
    const done = await balgrad(args);
    expect(done.code, done.stderr).toBe(code);
    expect(done.stdout + done.stderr).toMatch(output);
    expect(done.stderr).not.toMatch(/^\s+at /m);
  });

  test("a program that decodes one JPEG", async () => {
    const program = `
      import { decodeImage } from ${JSON.stringify(new URL("prepare/images/decode.js", LIBRARY).href)};
      const { size } = await decodeImage({ kind: "file", path: process.argv[1] }, 16);
      console.log(size.join("x"));`;
    const args = ["--input-type=module", "-e", program, file("one.jpg")];
    const done = await runProcess(process.execPath, args);
    expect(done).toEqual({ code: 0, stdout: "60x40\n", stderr: "" });
  });
});

/** A home and a temporary folder that nobody has used. */
function freshPlaces() {
  const places = temporaryFolder();
  const place = (name: string): string => {
    mkdirSync(join(places, name));
    return join(places, name);
  };
  const env = { HOME: place("home"), TMPDIR: place("tmp"), XDG_CACHE_HOME: place("cache") };
  const own = { BALGRAD_CACHE: join(places, "own"), ORT_DISABLE_TELEMETRY: undefined };
  return { places, env: { ...env, ...own } };
}

/** Files of other programs in folders that nobody has used. */
const foreignFiles = (places: string): string[] =>
  readdirSync(places, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name);

/** Loads the trained model as a program does, in a thread of its own where asked. */
const PROGRAM = `
  import { Worker, isMainThread } from "node:worker_threads";
  import { fileURLToPath } from "node:url";
  const path = fileURLToPath(import.meta.url);
  if (isMainThread && process.argv.includes("thread")) new Worker(path);
  else {
    const { Classifier, nodeRuntime } = await import(${JSON.stringify(new URL("index.js", LIBRARY).href)});
    const classifier = await Classifier.load(${JSON.stringify(file("run/model"))}, nodeRuntime());
    console.log((await classifier.classify({ text: "a red thing" })).length);
    await classifier.release();
  }`;

describe.concurrent("ONNX Runtime's telemetry is off", () => {
  test.each([
    ["the command line", ["predict", file("run"), "--text", "a red thing"]],
    ["a program", []],
    ["a thread of a program", ["thread"]],
  ])("%s leaves no file behind", async (name, args) => {
    const { places, env } = freshPlaces();
    writeFileSync(file("program.mjs"), PROGRAM);
    const script = name === "the command line" ? MAIN : file("program.mjs");
    const done = await runProcess(process.execPath, [script, ...args], { env });
    expect(done.code, done.stderr).toBe(0);
    expect(done.stderr).toBe("");
    expect(done.stdout).not.toBe("");
    expect(foreignFiles(places)).toEqual([]);
  });
});

const canTrace = spawnSync("strace", ["-o", "/dev/null", "true"]).status === 0;

describe.skipIf(!canTrace)("no process opens a connection or looks up a name (strace)", () => {
  const exported = (name: string): string =>
    fileURLToPath(new URL(`encoders/exports/${name}`, import.meta.url));
  const traced = async (args: readonly string[]): Promise<Finished & { calls: string }> => {
    const calls = join(temporaryFolder(), "calls");
    const trace = ["-f", "-qq", "-e", "trace=connect,sendto,sendmsg,sendmmsg", "-o", calls];
    const done = await runProcess("strace", [...trace, process.execPath, MAIN, ...args], {
      env: freshPlaces().env,
    });
    // Sockets of the machine itself, as the name service's cache, are files.
    const outward = readFileSync(calls, "utf8")
      .split("\n")
      .filter((line) => /AF_INET|sendmmsg/.test(line));
    return { ...done, calls: outward.join("\n") };
  };

  test.each([
    ["predict", ["predict", file("run"), "--image", file("one.jpg")]],
    [
      "encode with encoders of a folder",
      [
        ...["encode", file("squares.csv"), "--image-encoder", exported("vit")],
        ...["--text-encoder", exported("bert")],
      ],
    ],
  ])("%s", async (_, args) => {
    const done = await traced(args);
    expect(done.code, done.stderr).toBe(0);
    expect(done.calls).toBe("");
  });
});
