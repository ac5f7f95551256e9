/** @module Training in Chromium, on WebAssembly and on WebGPU, gives what training in Node gives. */

import { builtinModules } from "node:module";
import { fileURLToPath } from "node:url";

import * as ort from "onnxruntime-node";
import type { Browser, Page } from "playwright-core";
import { build } from "vite";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";

import type { Trainer as PageTrainer } from "../../src/browser/trainer.js";
import { METADATA } from "../../src/browser/exported.js";
import { prepareSamples, type Samples } from "../../src/browser/samples.js";
import { checkSettings, type TrainingSettings } from "../../src/browser/settings.js";
import { Training } from "../../src/browser/training.js";
import { tokenize } from "../../src/prepare/text.js";
import { randomStream } from "../../src/random.js";
import { nodeRuntime } from "../../src/runtime/node.js";
import {
  hasChromium,
  serveFolder,
  startChromium,
  type StaticServer,
  watchPage,
} from "../support/chromium.js";
import { temporaryFolder } from "../support/cli.js";

/** The software GPU is slow, the more so beside other tests. */
vi.setConfig({ testTimeout: 180_000, hookTimeout: 180_000 });

const SIDE = 8;
const BUCKETS = 64;
const TOLERANCE = 1e-3;
const WORDS = [
  ["red", "fire", "rose"],
  ["green", "leaf", "grass"],
  ["blue", "sea", "sky"],
];

type PlainSample = { readonly pixels: number[]; readonly text: string; readonly label: number };

/** Pictures whose brightest channel is the class, and texts with a word of it. */
function plainSamples(count: number): PlainSample[] {
  const random = randomStream(1, "browser");
  return Array.from({ length: count }, (_, at) => {
    const label = at % 3;
    const pixels = Array.from({ length: 3 * SIDE * SIDE }, (__, place) =>
      Math.floor(random.uniform() * 120 + (Math.floor(place / SIDE ** 2) === label ? 100 : 0)),
    );
    return { pixels, text: `some ${WORDS[label]![random.integer(3)]!} thing`, label };
  });
}

const PLAIN = plainSamples(60);
const CLASSES = ["red", "green", "blue"];
const SAMPLES: Samples = {
  classes: CLASSES,
  samples: PLAIN.map((sample) => ({ ...sample, pixels: Uint8Array.from(sample.pixels) })),
};

/** @param epochs - Few on the software GPU, which is slow. */
const settingsFor = (method: string, epochs = 3): TrainingSettings => ({
  ...{ method, image: { side: SIDE, channels: [6] }, text: { buckets: BUCKETS, width: 8 } },
  network: { embed: 16, dropout: 0.2 },
  train: { epochs, batchSize: 16, learningRate: 0.01, clipNorm: 0.5, seed: 3 },
});

type Steps = readonly Readonly<Record<string, number>>[];

async function stepsInNode(given: TrainingSettings): Promise<Steps> {
  const settings = checkSettings(given);
  const runtime = nodeRuntime({ threads: 1 });
  const training = await Training.create(runtime, settings, prepareSamples(SAMPLES, settings));
  const steps: Readonly<Record<string, number>>[] = [];
  const events = { onSteps: (records: Steps) => void steps.push(...records) };
  await training.run(events, new AbortController().signal);
  await training.release();
  return steps;
}

/** Trains in the page; gives the steps, some answers, and the exported file. */
async function trainInPage(page: Page, device: "wasm" | "webgpu", settings: TrainingSettings) {
  return page.evaluate(
    async ({ device, settings, classes, plain }) => {
      const { Trainer } = globalThis as unknown as { Trainer: typeof PageTrainer };
      const trainer = await Trainer.open({ device });
      const samples = plain.map((one) => ({ ...one, pixels: Uint8Array.from(one.pixels) }));
      const steps: Readonly<Record<string, number>>[] = [];
      const during: Promise<unknown>[] = [];
      const result = await trainer.train({ classes, samples }, settings, {
        onSteps: (records) => {
          steps.push(...records);
          during.push(trainer.answer([{ text: "a red thing" }]));
        },
      });
      const { pixels, text } = samples[0]!;
      const answers = await trainer.answer([{ pixels, text }, { pixels }, { text }]);
      const file = Array.from(await trainer.exportOnnx());
      const { place } = trainer;
      const early = (await Promise.all(during)).length;
      trainer.close();
      return { place, result, steps, answers, file, early };
    },
    { device, settings, classes: CLASSES, plain: PLAIN },
  );
}

/** What an exported file answers in Node to a sample, to its picture and to its text. */
async function answersOf(file: readonly number[], { pixels, text }: PlainSample) {
  const session = await ort.InferenceSession.create(Uint8Array.from(file));
  const { tokens } = tokenize(text, { buckets: BUCKETS, maxTokens: 192 });
  const picture = Float32Array.from(pixels, (value) => value / 127.5 - 1);
  const [none, nothing] = [new Float32Array(picture.length), Int32Array.of(0)];
  const ask = async (image: Float32Array, ids: Int32Array) => {
    const { probabilities } = await session.run({
      pixel_values: new ort.Tensor("float32", image, [1, 3, SIDE, SIDE]),
      hashed_words: new ort.Tensor("int32", ids, [1, ids.length]),
    });
    return probabilities!.data as Float32Array;
  };
  const found = [await ask(picture, tokens), await ask(picture, nothing), await ask(none, tokens)];
  await session.release();
  return found;
}

function expectSameLosses(found: Steps, expected: Steps): void {
  expect(found).toHaveLength(expected.length);
  found.forEach((record, at) => {
    const names = Object.keys(expected[at]!);
    expect(Object.keys(record).sort()).toEqual(names.sort());
    for (const name of names) {
      const wanted = expected[at]![name]!;
      const difference = Math.abs(record[name]! - wanted) / (1 + Math.abs(wanted));
      expect(difference, `${name} of step ${at + 1}`).toBeLessThan(TOLERANCE);
    }
  });
}

const FORBIDDEN = new Set([...builtinModules, "onnxruntime-node", "sharp"]);
const isForbidden = (id: string): boolean => id.startsWith("node:") || FORBIDDEN.has(id);

const folder = temporaryFolder();
const asked = new Set<string>();

beforeAll(async () => {
  await build({
    ...{ root: fileURLToPath(new URL("fixture", import.meta.url)), base: "./" },
    ...{ configFile: false, logLevel: "silent" },
    build: { outDir: folder, emptyOutDir: true, minify: false },
    worker: { format: "es", plugins: () => [noting()] },
    plugins: [noting()],
  });
});

/** Notes every module that is asked for. */
function noting() {
  return {
    name: "noting",
    enforce: "pre" as const,
    resolveId(id: string) {
      asked.add(id);
      return null;
    },
  };
}

test("no module of Node is reachable", () => {
  expect([...asked].some((id) => id.startsWith("onnxruntime-web"))).toBe(true);
  expect([...asked].some((id) => id.endsWith("train/trainer.js"))).toBe(true);
  expect([...asked].filter(isForbidden)).toEqual([]);
});

describe.skipIf(!hasChromium("Training in the browser"))("training in the browser", () => {
  let server: StaticServer;
  let browser: Browser;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    server = await serveFolder(folder, true);
    browser = await startChromium();
    page = await browser.newPage();
    complaints = watchPage(page, server.url);
    await page.goto(server.url);
  });

  afterAll(async () => {
    await browser.close();
    server.close();
  });

  test.each(["joint", "balgrad"])(
    "on WebAssembly: losses as in Node, and the exported file answers alike (%s)",
    async (method) => {
      const settings = settingsFor(method);
      const expected = await stepsInNode(settings);
      const { place, result, steps, answers, early, file } = await trainInPage(
        page,
        "wasm",
        settings,
      );
      expect(place.device).toBe("wasm");
      expectSameLosses(steps, expected);
      expect(result).toMatchObject({ isComplete: true, isSelfValidated: false });
      expect(early).toBeGreaterThan(0);
      expect(answers.map(({ presence }) => presence)).toEqual([
        "both",
        "text-missing",
        "image-missing",
      ]);
      for (const { probabilities } of answers) {
        expect(probabilities.reduce((sum, p) => sum + p)).toBeCloseTo(1, 5);
        expect(probabilities[0]).toBeGreaterThan(0.5);
      }
      const exported = await answersOf(file, PLAIN[0]!);
      exported.forEach((probabilities, at) => {
        probabilities.forEach((p, label) => {
          expect(p).toBeCloseTo(answers[at]!.probabilities[label]!, 4);
        });
      });
      expect(Buffer.from(file).toString("latin1")).toContain(METADATA.classes);
      expect(complaints).toEqual([]);
    },
  );

  test.for(["joint", "balgrad"])("on WebGPU: losses as in Node (%s)", async (method, context) => {
    const hasAdapter = await page.evaluate(
      async () => (await navigator.gpu.requestAdapter()) !== null,
    );
    if (!hasAdapter) {
      process.stderr.write("Training on WebGPU is not tested: Chromium finds no adapter.\n");
      context.skip();
    }
    const settings = { ...settingsFor(method, 1), beside: false };
    const expected = await stepsInNode(settings);
    const { place, steps } = await trainInPage(page, "webgpu", settings);
    expect(place.device).toBe("webgpu");
    expectSameLosses(steps, expected);
  });

  test("mistakes are told as in Node, and a stop keeps what was trained", async () => {
    const samples = { classes: CLASSES, plain: PLAIN };
    const found = await page.evaluate(async ({ classes, plain }) => {
      const { Trainer } = globalThis as unknown as { Trainer: typeof PageTrainer };
      const trainer = await Trainer.open({ device: "wasm", threads: 1 });
      const samples = plain.map((one) => ({ ...one, pixels: Uint8Array.from(one.pixels) }));
      const told = async (work: Promise<unknown>) => {
        const { name, message, hint } = (await work.then(
          () => new Error("nothing"),
          (error: unknown) => error,
        )) as Error & { hint?: string };
        return { name, message, hint };
      };
      const small = { image: { side: 8, channels: [4] }, text: { buckets: 16, width: 4 } };
      const errors = [
        await told(trainer.answer([{ text: "early" }])),
        await told(trainer.train({ classes, samples }, { ...small, method: "balgrat" })),
        await told(trainer.train({ classes, samples }, { ...small, train: { epochs: 0.5 } })),
        await told(trainer.train({ classes, samples }, { image: { side: 4 } })),
        await told(trainer.train({ classes: ["one"], samples }, small)),
      ];
      let steps = 0;
      const result = await trainer.train(
        { classes, samples },
        { ...small, train: { epochs: 500 } },
        {
          onSteps: (records) => {
            steps += records.length;
            void trainer.stop();
          },
        },
      );
      const [answer] = await trainer.answer([{ text: "a red thing" }]);
      trainer.close();
      const closed = await told(trainer.answer([]));
      return { errors, result, steps, answer, closed };
    }, samples);
    expect(found.errors.map(({ name }) => name)).toEqual([
      ...["UserError", "ConfigError", "ConfigError", "DataError", "UserError"],
    ]);
    const [early, method, epochs, side, request] = found.errors.map(({ message }) => message);
    expect(early).toBe("There is no model yet.");
    expect(method).toContain("balgrat");
    expect(epochs).toContain("train.epochs = 0.5: ");
    expect(side).toBe("Sample 1: a picture has 192 values; expected 3 * 4 * 4.");
    expect(request).toContain("Not a request: ");
    expect(found.result.isComplete).toBe(false);
    expect(found.steps).toBeLessThan(500);
    expect(found.answer!.presence).toBe("image-missing");
    expect(found.closed.message).toBe("The trainer was closed.");
  });

  test("without isolation there is one thread, and more are refused", async () => {
    const open = await serveFolder(folder, false);
    const other = await browser.newPage();
    await other.goto(open.url);
    const found = await other.evaluate(async () => {
      const { Trainer } = globalThis as unknown as { Trainer: typeof PageTrainer };
      const trainer = await Trainer.open({ device: "auto" });
      const refusal: unknown = await Trainer.open({ device: "wasm", threads: 2 }).catch(
        (error: unknown) => error,
      );
      trainer.close();
      return { place: trainer.place, refusal: String(refusal) };
    });
    await other.close();
    open.close();
    expect(found.place).toMatchObject({ device: "wasm", threads: 1 });
    expect(found.place.why).toContain("It has one thread, because the page is not isolated");
    expect(found.refusal).toContain("ConfigError: threads = 2: this page is not isolated");
  });
});
