/** @module `balgrad encode` on real exports: counts, cache, stop and go on, a data set of features. */

import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { afterAll, beforeAll, expect, test } from "vitest";

import { balgrad, temporaryFolder } from "./support/cli.js";
import { writeSquares } from "./support/table.js";

const encoder = (name: string): string =>
  fileURLToPath(new URL(`encoders/exports/${name}`, import.meta.url));

const ENCODERS = ["--image-encoder", encoder("vit"), "--text-encoder", encoder("bert")];

const folder = temporaryFolder();
let table: string;
beforeAll(async () => {
  table = await writeSquares(folder, 200);
});
afterAll(() => {
  delete process.env["BALGRAD_CACHE"];
});

const freshCache = (): void => {
  process.env["BALGRAD_CACHE"] = mkdtempSync(join(folder, "cache-"));
};

/** Changes a pixel in every shard of the cache: whoever reads pixels notices. */
function damagePixels(): void {
  const cache = process.env["BALGRAD_CACHE"]!;
  const shards = readdirSync(cache).filter((name) => name.endsWith(".shard"));
  expect(shards).not.toEqual([]);
  for (const name of shards) {
    const bytes = readFileSync(join(cache, name));
    bytes[bytes.length - 1]! ^= 1;
    writeFileSync(join(cache, name), bytes);
  }
}

interface Report {
  readonly samples: number;
  readonly sizes: object;
  readonly vectors: number;
  readonly encoded: number;
  readonly cache: { readonly files: number };
}

async function encode(...more: string[]): Promise<Report> {
  const done = await balgrad(["encode", table, ...ENCODERS, "--json", ...more]);
  expect(done.code, done.stderr).toBe(0);
  return JSON.parse(done.stdout) as Report;
}

test("makes features once, reads no pixels again, counts them, and clears them", async () => {
  freshCache();
  const first = await encode();
  expect(first).toMatchObject({ samples: 600, sizes: { image: 16, text: 16 } });
  expect(first.encoded).toBe(first.vectors);
  damagePixels();
  const again = await encode();
  expect(again).toMatchObject({ encoded: 0, vectors: first.vectors, cache: first.cache });
  const { stdout } = await balgrad(["data", "cache", "--clear"]);
  expect(stdout).toContain(`${first.cache.files} files`);
  expect((await encode()).encoded).toBe(first.vectors);
});

test("keeps what is done when it is stopped", async () => {
  freshCache();
  const args = ["encode", table, ...ENCODERS, "--json"];
  const stopped = await balgrad(args, { interruptAt: "encoding  4" });
  expect(stopped.code, stopped.stderr).toBe(130);
  expect(stopped.stderr).toContain("the same command");
  const rest = await encode();
  expect(rest.encoded).toBeLessThan(rest.vectors);
});

test("writes a data set of features that trains", async () => {
  freshCache();
  const out = join(folder, "features");
  await encode("--out", out);
  const run = ["train", out, "--epochs", "2", "--embed", "16", "--json"];
  const trained = await balgrad([...run, "--out", join(folder, "run")]);
  expect(trained.code, trained.stderr).toBe(0);
  const check = await balgrad(["data", "check", out, "--json"]);
  expect(JSON.parse(check.stdout)).toMatchObject({ fit: true, labelKind: "single-label" });
});

test("obeys settings that features depend on, and refuses the others", async () => {
  freshCache();
  const quantized = ["--set", "model.text.weights=q8", "model.text.pooling=lasttoken"];
  expect(await encode(...quantized)).toMatchObject({ sizes: { image: 16, text: 16 } });
  const base = ["encode", table, "--text-encoder", encoder("bert")];
  const [training, other] = await Promise.all([
    balgrad([...base, "--set", "train.epochs=3"]),
    balgrad([...base, "--set", "model.image.weights=q8"]),
  ]);
  expect([training.code, other.code]).toEqual([2, 2]);
  expect(training.stderr).toContain("--set train.epochs: features do not depend on it");
  expect(other.stderr).toContain("Give --image-encoder, too");
});

test("says what is missing", async () => {
  const { code, stderr } = await balgrad(["encode", table]);
  expect(code).toBe(2);
  expect(stderr).toContain("--image-encoder");
});
