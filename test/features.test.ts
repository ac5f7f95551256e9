/** @module Features of frozen encoders on real exports: against plain runs, and the cache on disk. */

import { spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { afterEach, beforeEach, describe, expect, test } from "vitest";

import { makeBatch } from "../src/prepare/batch.js";
import { normalisePixels } from "../src/prepare/normalisation.js";
import type { PreparedDataset } from "../src/prepare/prepared.js";
import { extractFeatures, type FrozenEncoders } from "../src/encode/features/extract.js";
import { impair } from "../src/impairments/apply.js";
import { occlusion } from "../src/impairments/corruptions/occlusion.js";
import { wordSwap } from "../src/impairments/corruptions/wordSwap.js";
import { at as degraded } from "../src/impairments/impairment.js";
import { droppedTokens, gaussianNoise } from "../src/impairments/noisy.js";
import { UserError } from "../src/errors.js";
import { openFileSession } from "../src/runtime/file.js";
import type { HostTensor } from "../src/graph/hostTensor.js";
import { dataset, imageEncoder, textEncoder } from "./features/encoders.js";
import { temporaryFolder } from "./support/cli.js";

const NOISE = { image: 1, text: 0.5 };
const noise = (deviation: number) => degraded(gaussianNoise, deviation);
const drop = (probability: number) => degraded(droppedTokens, probability);
const SEED = 1;
const model = (name: string): string =>
  fileURLToPath(new URL(`encoders/exports/${name}`, import.meta.url));

let cache: string;
beforeEach(() => {
  cache = temporaryFolder();
  process.env["BALGRAD_CACHE"] = cache;
});
afterEach(() => {
  delete process.env["BALGRAD_CACHE"];
});

const files = (): string[] => readdirSync(join(cache, "features"));

/** Extracts, and counts what the encoders made. */
async function extract(data: PreparedDataset, encoders: FrozenEncoders, options = {}) {
  let encoded = 0;
  let complete = false;
  const features = await extractFeatures(data, encoders, {
    noise: NOISE,
    seed: SEED,
    threads: 1,
    ...options,
    onProgress: (progress) => {
      encoded = progress.encoded;
      complete = progress.done === progress.total;
    },
  });
  return { features, encoded, complete };
}

/** How many features are made without anything in the cache. */
async function freshlyEncoded(data: PreparedDataset, encoders: FrozenEncoders): Promise<number> {
  process.env["BALGRAD_CACHE"] = temporaryFolder();
  return (await extract(data, encoders)).encoded;
}

/** One sample by itself, without padding or batch. */
async function alone(path: string, output: string, feeds: Record<string, HostTensor>) {
  const session = await openFileSession(path, { threads: 1 });
  const { data } = await session.run(feeds, output);
  await session.release();
  return data as Float32Array;
}

const pixelsOf = (data: Float32Array): HostTensor => ({
  dtype: "float32",
  shape: [1, 3, 32, 32],
  data,
});

function idFeeds(ids: Int32Array): Record<string, HostTensor> {
  const tensor = (value: (id: number) => number): HostTensor => ({
    dtype: "int64",
    shape: [1, ids.length],
    data: BigInt64Array.from([...ids].map(value), BigInt),
  });
  return {
    input_ids: tensor((id) => id),
    attention_mask: tensor(() => 1),
    token_type_ids: tensor(() => 0),
  };
}

/** Mean over positions of `[1, positions, 16]`. */
const meanOf = (data: Float32Array): number[] =>
  Array.from({ length: 16 }, (_, at) => {
    const own = data.filter((_, place) => place % 16 === at);
    return own.reduce((sum, value) => sum + value, 0) / own.length;
  });

function expectClose(actual: ArrayLike<number>, expected: ArrayLike<number>, digits = 4): void {
  expect(actual.length).toBe(expected.length);
  Array.from(actual).forEach((value, at) => {
    expect(value).toBeCloseTo(expected[at]!, digits);
  });
}

describe("features", () => {
  test("are what the encoder gives for each sample alone; missing ones are zeros", async () => {
    const data = dataset(12);
    const [image, text] = [imageEncoder(), textEncoder()];
    const { features, complete } = await extract(data, { image, text }, { batchSize: 5 });
    expect(complete).toBe(true);
    const { images, texts, imagePresent, textPresent } = features.train;
    if (texts.kind !== "features") throw new Error("no features");
    // Networks are trained on clean inputs; linear companions also on noisy texts.
    expect([[...images.degraded!.keys()], [...texts.degraded!.keys()]]).toEqual([[], ["drop 0.5"]]);
    for (let row = 0; row < 12; row++) {
      const pixels = new Float32Array(3 * 32 * 32);
      normalisePixels(data.train.images.row(row) as Uint8Array, image.normalisation, pixels);
      const own = await alone(image.model, "last_hidden_state", { pixel_values: pixelsOf(pixels) });
      expectClose(images.row(row), imagePresent[row] ? own.slice(0, 16) : new Float32Array(16));
      if (data.train.texts.kind !== "tokens") throw new Error("no tokens");
      const ids = data.train.texts.tokens[row]!.map((id) => id - 1);
      const mean = textPresent[row]
        ? meanOf(await alone(text.model, "last_hidden_state", idFeeds(ids)))
        : new Array<number>(16).fill(0);
      expectClose(texts.row(row), mean);
    }
  });

  test("of noisy inputs are those of the noise that impairs the inputs themselves", async () => {
    const data = dataset(5);
    const [image, text] = [imageEncoder(), textEncoder()];
    const { features } = await extract(data, { image, text });
    const rows = [0, 2, 4, 5];
    const clean = makeBatch(
      { ...data.test, images: { ...data.test.images, normalisation: image.normalisation } },
      rows,
    );
    const noisy = impair(clean, { image: noise(NOISE.image) }, SEED);
    const own = makeBatch(features.test, rows);
    const impaired = impair(own, { image: noise(NOISE.image), text: drop(NOISE.text) }, SEED);
    const special = new Set([3, 4]);
    for (const [at, row] of rows.entries()) {
      const pixels = noisy.image.data.slice(at * 3072, (at + 1) * 3072);
      const output = await alone(image.model, "last_hidden_state", {
        pixel_values: pixelsOf(pixels),
      });
      expectClose(impaired.image.data.slice(at * 16, (at + 1) * 16), output.slice(0, 16));
      if (data.test.texts.kind !== "tokens") throw new Error("no tokens");
      const tokens = data.test.texts.tokens[row]!.slice();
      const kept = droppedTokens.tokens(tokens, { strength: NOISE.text, seed: SEED, row }, special);
      expect(tokens[0]).toBe(3);
      expect(tokens[kept - 1]).toBe(4);
      const ids = tokens.subarray(0, kept).map((id) => id - 1);
      const mean = meanOf(await alone(text.model, "last_hidden_state", idFeeds(ids)));
      expectClose(impaired.text.data.slice(at * 16, (at + 1) * 16), mean);
    }
    expect(impaired.image.data).not.toEqual(own.image.data);
  });

  test("of noise at other strengths are made where they are asked for, of one split", async () => {
    const encoders = { image: imageEncoder(), text: textEncoder() };
    const further = { split: "test", image: [noise(2)], text: [drop(1)] } as const;
    const { features, complete } = await extract(dataset(5), encoders, { further });
    expect(complete).toBe(true);
    expect([...features.test.images.degraded!.keys()]).toEqual(["noise 1", "noise 2"]);
    expect([...features.validation.images.degraded!.keys()]).toEqual(["noise 1"]);
    const rows = [0, 2];
    const own = makeBatch(features.test, rows);
    const louder = impair(own, { image: noise(2), text: drop(1) }, SEED);
    const { images } = (await extract(dataset(5), encoders, { noise: { image: 2, text: 1 } }))
      .features.test;
    expectClose(
      louder.image.data,
      rows.flatMap((row) => [...images.degraded!.get("noise 2")!(row)]),
    );
    // No token but the special ones is left.
    expectClose(louder.text.data.slice(0, 16), louder.text.data.slice(16, 32));
    expect(() => impair(own, { image: noise(3) }, SEED)).toThrow(/no features.*"noise 3"/);
  });

  test("of corrupted inputs are those of the corrupted pixels and texts, and kept", async () => {
    const small = dataset(5);
    if (small.test.texts.kind !== "tokens") throw new Error("no tokens");
    const words = "abcd".repeat(2).split("").join(" ");
    const idsOf = (text: string): Int32Array =>
      Int32Array.of(3, ...Array.from(text, (letter) => letter.charCodeAt(0) % 90), 4);
    const data = {
      ...small,
      test: {
        ...small.test,
        texts: {
          ...small.test.texts,
          retokenize: (_: number, change: (text: string) => string) => idsOf(change(words)),
        },
      },
    };
    const [covered, swapped] = [degraded(occlusion, 3), degraded(wordSwap, 5)];
    const further = { split: "test", image: [covered], text: [swapped] } as const;
    const encoders = { image: imageEncoder(), text: textEncoder() };
    const { features, encoded, complete } = await extract(data, encoders, { further });
    expect(complete).toBe(true);
    const own = makeBatch(features.test, [0, 2]);
    const corrupted = impair(own, { image: covered, text: swapped }, SEED);
    for (const [at, row] of [0, 2].entries()) {
      const planes = data.test.images.row(row) as Uint8Array;
      const pixels = new Float32Array(3072);
      const changed = await occlusion.picture(planes, [3, 32, 32], {
        strength: 3,
        seed: SEED,
        row,
      });
      normalisePixels(changed, encoders.image.normalisation, pixels);
      const output = await alone(encoders.image.model, "last_hidden_state", {
        pixel_values: pixelsOf(pixels),
      });
      expectClose(corrupted.image.data.slice(at * 16, (at + 1) * 16), output.slice(0, 16));
      const ids = idsOf(wordSwap.text(words, { strength: 5, seed: SEED, row })).map((id) => id - 1);
      const mean = meanOf(await alone(encoders.text.model, "last_hidden_state", idFeeds(ids)));
      expectClose(corrupted.text.data.slice(at * 16, (at + 1) * 16), mean);
    }
    expect(corrupted.image.data).not.toEqual(own.image.data);
    const again = await extract(data, encoders, { further });
    expect([again.encoded, again.complete]).toEqual([0, true]);
    expect((await extract(data, encoders)).encoded).toBe(0);
    const present = (flags: Uint8Array): number => flags.reduce((sum, flag) => sum + flag, 0);
    const fresh = encoded - (await freshlyEncoded(data, encoders));
    expect(fresh).toBe(present(data.test.imagePresent) + present(data.test.textPresent));
  });

  test("of blank inputs are those of zeros and of the empty text", async () => {
    const [image, text] = [imageEncoder(), textEncoder()];
    const { features } = await extract(dataset(3), { image, text });
    const zeros = pixelsOf(new Float32Array(3072));
    const blank = await alone(image.model, "last_hidden_state", { pixel_values: zeros });
    expectClose(features.blanks!.image!, blank.slice(0, 16));
    const empty = await alone(text.model, "last_hidden_state", idFeeds(text.empty));
    expectClose(features.blanks!.text!, meanOf(empty));
  });

  test.each([
    ["vit/onnx/model_fp16.onnx", "float16", 2],
    ["vit/onnx/model_qdq.onnx", "quantized", 0],
  ] as const)("of %s are near those of the original", async (name, weights, digits) => {
    const data = dataset(4);
    const whole = await extract(data, { image: imageEncoder() });
    const image = imageEncoder({ model: model(name), weights, hash: name });
    const { features } = await extract(data, { image });
    expectClose(features.train.images.row(0), whole.features.train.images.row(0), digits);
  });

  test.each([
    ["bert/onnx/model_fp16.onnx", "float16"],
    ["bert/onnx/model_quantized.onnx", "quantized"],
  ] as const)("of %s do not depend on the other texts of the batch", async (name, weights) => {
    const text = textEncoder({ model: model(name), weights, hash: name });
    const { features } = await extract(dataset(8), { text });
    const { texts } = features.train;
    const single = dataset(1);
    const again = await extract(single, { text });
    const first = again.features.train.texts;
    if (texts.kind !== "features" || first.kind !== "features") throw new Error("no features");
    expectClose(first.row(0), texts.row(0), weights === "quantized" ? 6 : 2);
  });

  test("come from models with external data, and from maps of pixels", async () => {
    const inputs = { ...textEncoder().inputs, types: null };
    const external = model("distilbert/external/model.onnx");
    const text = textEncoder({ model: external, hash: "distilbert", inputs });
    const image = imageEncoder({
      model: model("resnet/onnx/model.onnx"),
      hash: "resnet",
      pooling: { output: "last_hidden_state", kind: "mean" },
    });
    const { features } = await extract(dataset(3), { image, text });
    const { images } = features.train;
    const pooling = { output: "pooler_output", kind: "none" } as const;
    const averaged = await extract(dataset(3), { image: { ...image, pooling } });
    expectClose(images.row(0), averaged.features.train.images.row(0));
  });

  test("are refused with words where the encoder and its description do not fit", async () => {
    const wrong = extract(dataset(2), { image: imageEncoder({ size: 17 }) });
    await expect(wrong).rejects.toThrow(/shape \[2, 17, 16\].*vectors of 17/);
    const missing = extract(dataset(2), { image: imageEncoder({ model: "/no/such.onnx" }) });
    await expect(missing).rejects.toThrow(UserError);
  });
});

describe("the cache of features", () => {
  const encoders = { image: imageEncoder(), text: textEncoder() };

  test("spares the second run all encoding, and mends damaged files", async () => {
    const first = await extract(dataset(), encoders);
    expect(first.encoded).toBeGreaterThan(500);
    const again = await extract(dataset(), encoders);
    expect(again.encoded).toBe(0);
    expect(again.complete).toBe(true);
    const before = new Map(
      files().map((name) => [name, readFileSync(join(cache, "features", name))]),
    );
    const [cut, changed, foreign] = files().map((name) => join(cache, "features", name));
    truncateSync(cut!, 200);
    const bytes = readFileSync(changed!);
    bytes[bytes.length - 3]! ^= 1;
    writeFileSync(changed!, bytes);
    writeFileSync(foreign!, "not this");
    const mended = await extract(dataset(), encoders);
    expect(mended.encoded).toBeLessThan(first.encoded);
    for (const [name, whole] of before) {
      expect(readFileSync(join(cache, "features", name)), name).toEqual(whole);
    }
  });

  test("knows encoder, pooling, noise and seed apart, and clean features from all of them", async () => {
    const data = dataset(6);
    const { encoded } = await extract(data, encoders);
    const clean = 6 + 20 + 30;
    const loud = await extract(data, encoders, { noise: { image: 2, text: 0.5 } });
    expect(loud.encoded).toBeLessThan(50);
    expect(loud.encoded).toBeGreaterThan(30);
    const seeded = await extract(data, encoders, { seed: 2 });
    expect(seeded.encoded).toBeGreaterThan(loud.encoded);
    expect(seeded.encoded).toBeLessThan(encoded - clean / 2);
    const other = { ...encoders, image: imageEncoder({ hash: "another" }) };
    expect((await extract(data, other)).encoded).toBeGreaterThan(clean / 2);
  });

  test("keeps whole chunks when a signal stops the extraction", async () => {
    const controller = new AbortController();
    const stopped = extractFeatures(dataset(600), encoders, {
      noise: NOISE,
      seed: SEED,
      signal: controller.signal,
      onProgress: ({ done }) => {
        if (done > 300) controller.abort();
      },
    });
    await expect(stopped).rejects.toThrow(/abort/);
    expect(files()).toHaveLength(1);
    const { encoded, features } = await extract(dataset(600), encoders);
    const whole = await extract(dataset(600), encoders);
    expect(whole.encoded).toBe(0);
    expect(encoded).toBeGreaterThan(0);
    expect(features.train.images.row(0)).toEqual(whole.features.train.images.row(0));
  });

  /** Another process that extracts. */
  function start(folder: string, samples: number, threads = 1) {
    const script = fileURLToPath(new URL("features/extract.js", import.meta.url));
    const child = spawn(process.execPath, [script, String(samples), String(threads)], {
      env: { ...process.env, BALGRAD_CACHE: folder },
      stdio: ["ignore", "pipe", "inherit"],
    });
    let stdout = "";
    child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
    const done = new Promise<{ code: number | null; stdout: string }>((resolve) => {
      child.on("close", (code) => {
        resolve({ code, stdout });
      });
    });
    return { child, done };
  }

  interface Said {
    readonly encoded: number;
    readonly last: readonly number[];
  }
  const said = ({ stdout }: { stdout: string }): Said => JSON.parse(stdout) as Said;
  const kept = (folder: string): string[] =>
    readdirSync(join(folder, "features"))
      .filter((name) => name.endsWith(".safetensors"))
      .sort();

  test("survives a kill, and the next process goes on; sessions in threads give the same", async () => {
    const folder = join(cache, "killed");
    mkdirSync(join(folder, "features"), { recursive: true });
    const { child, done } = start(folder, 1500);
    while (kept(folder).length < 2 && child.exitCode === null) await setTimeout(2);
    child.kill("SIGKILL");
    expect((await done).code).toBeNull();
    const left = kept(folder).length;
    expect(left).toBeGreaterThan(1);
    const again = said(await start(folder, 1500).done);
    const fresh = join(cache, "fresh");
    const whole = said(await start(fresh, 1500, 2).done);
    expect(again.encoded).toBeLessThan(whole.encoded);
    expect(again.last).toEqual(whole.last);
    expect(kept(folder)).toEqual(kept(fresh));
    for (const name of kept(fresh)) {
      const [one, other] = [folder, fresh].map((at) => readFileSync(join(at, "features", name)));
      expect(one, name).toEqual(other);
    }
  });

  test("is shared by processes that write it at once", async () => {
    const folder = join(cache, "shared");
    const [one, other] = await Promise.all([start(folder, 500).done, start(folder, 500).done]);
    expect([one.code, other.code]).toEqual([0, 0]);
    expect(said(one).last).toEqual(said(other).last);
    expect(readdirSync(join(folder, "features")).sort()).toEqual(kept(folder));
    expect(said(await start(folder, 500).done).encoded).toBe(0);
  });
});
