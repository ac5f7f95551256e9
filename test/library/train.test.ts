import { existsSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import sharp from "sharp";
import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";

import { cacheFolder } from "../../src/prepare/cache.js";
import { mul } from "../../src/graph/functions/elementwise.js";
import { GradientEngine, surgery } from "../../src/balance/index.js";
import {
  balgrad,
  Classifier,
  ConfigError,
  DataError,
  Interrupted,
  joint,
  type ModelOptions,
  nodeRuntime,
  type OwnMethod,
  ownMethod,
  resume,
  RunFolder,
  RunMemory,
  type SampleInput,
  samples,
  table,
  train,
  type TrainingEvent,
} from "../../src/index.js";

const COLOURS = { red: [220, 30, 30], green: [30, 200, 40], blue: [30, 40, 220] } as const;
const KINDS = Object.keys(COLOURS) as (keyof typeof COLOURS)[];
const WORDS = { red: "rose", green: "leaf", blue: "sea" };

/** A small square of one colour, a bit different for each sample. */
const png = (kind: keyof typeof COLOURS, at: number): Promise<Buffer> => {
  const [r, g, b] = COLOURS[kind];
  const background = { r: r - (at % 20), g: g + (at % 17), b: b + (at % 13) };
  return sharp({ create: { width: 16, height: 16, channels: 3, background } })
    .png()
    .toBuffer();
};

let folder: string;
let pictures: { kind: keyof typeof COLOURS; bytes: Buffer; text: string }[];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "balgrad-library-"));
  // The cache of the other tests is there.
  process.env["BALGRAD_CACHE"] = join(folder, "cache-of-its-own");
  pictures = await Promise.all(
    Array.from({ length: 90 }, async (_, at) => {
      const kind = KINDS[at % 3]!;
      return { kind, bytes: await png(kind, at), text: `a ${WORDS[kind]} number ${at}` };
    }),
  );
  const rows = pictures.map(({ kind, bytes, text }, at) => {
    writeFileSync(join(folder, `${at}.png`), bytes);
    return `${at}.png,${text},${kind}`;
  });
  writeFileSync(join(folder, "photos.csv"), ["photo,caption,kind", ...rows].join("\n"));
  writeFileSync(join(folder, "cat.png"), await png("red", 3));
});

const SMALL = { lookAlikes: "ignore" } as const;
const MODEL = {
  image: { type: "convolutional", side: 8, channels: [8, 16] },
  text: { type: "bag", buckets: 256, width: 16 },
  embed: 16,
} as const satisfies ModelOptions;
const FAST = {
  ...{ epochs: 3, batchSize: 16, threads: 1, learningRate: 0.02 },
  model: MODEL,
};

const inMemory = (): SampleInput[] =>
  pictures.map(({ kind, bytes, text }) => ({ image: bytes, text, label: kind }));

describe("the program of the README", () => {
  test("trains, evaluates, answers and saves; nothing else is written", async () => {
    const data = await table(join(folder, "photos.csv"), { label: "kind", ...SMALL });
    const before = readdirSync(folder);
    const run = await train(data, { method: balgrad({ lambda: 1 }), ...FAST, seed: 1 });
    const { scores } = await run.evaluate("test");
    expect(scores.full).toBe(100);
    const [best] = await run.model.classify({ image: join(folder, "cat.png"), text: "a rose" });
    expect(best).toMatchObject({ label: "red", decided: true });
    expect(run.config.method).toMatchObject({ name: "balgrad", options: { lambda: 1 } });
    expect(existsSync(cacheFolder())).toBe(false);
    expect(readdirSync(folder)).toEqual(before);

    const saved = join(folder, "models", "mine");
    await run.model.save(saved);
    await run.model.save(saved);
    const loaded = await Classifier.load(saved, nodeRuntime());
    const question = { image: readFileSync(join(folder, "cat.png")), text: "a rose" };
    expect(await loaded.classify(question)).toEqual(await run.model.classify(question));
    expect((await run.record()).epochs).toHaveLength(3);
    await Promise.all([run.release(), loaded.release()]);
  });
});

describe("samples in memory", () => {
  test("may be bytes, paths, pixels, or lack a picture or a text", async () => {
    const pixels = new Uint8Array(16 * 16 * 3).fill(200);
    const list = inMemory();
    list[0] = { ...list[0]!, image: join(folder, "0.png") };
    list[1] = { image: { pixels, width: 16, height: 16 }, label: "green" };
    list[2] = { text: "the sea alone", label: "blue" };
    const data = samples(list, SMALL);
    const run = await train(data, { ...FAST, method: "joint" });
    expect(run.issues).toEqual([]);
    expect(Object.keys((await run.evaluate("validation", { imageNoise: 0.5 })).scores)).toContain(
      "image-noisy",
    );
    await run.release();
  });

  test("have the splits and labels that they say", () => {
    const splits = ["train", "validation", "test"] as const;
    const list = inMemory().map((sample, at) => ({
      ...sample,
      split: splits[at % 3]!,
      label: at % 2 ? ["a", "b"] : [],
    }));
    const { dataset } = samples(list);
    expect(dataset.labelKind).toBe("multi-label");
    expect(dataset.classes).toEqual(["a", "b"]);
    expect(dataset.samples.map(({ split }) => split)).toEqual(list.map(({ split }) => split));
    expect(dataset.samples.slice(0, 2).map(({ labels }) => labels)).toEqual([[], [0, 1]]);
  });

  test.each([
    [[], "the list is empty"],
    [[{ text: "a", label: "" }], "samples[0].label: expected"],
    [[{ text: 3, label: "a" }], "samples[0].text: expected a text, got number"],
    [[{ image: 3, label: "a" }], "samples[0].image: expected a picture, got number"],
    [
      [{ image: { pixels: new Uint8Array(5), width: 1, height: 1 }, label: "a" }],
      "expected 1 x 1 pixels",
    ],
    [
      [{ text: "a", label: "a", split: "dev" }],
      'samples[0].split: expected train, validation, test, got "dev"',
    ],
    [
      [
        { text: "a", label: "a", split: "train" },
        { text: "b", label: "a" },
      ],
      "samples[1].split: other samples have a split",
    ],
  ])("that are none are refused: %#", (list, message) => {
    expect(() => samples(list as SampleInput[])).toThrow(DataError);
    expect(() => samples(list as SampleInput[])).toThrow(message);
  });
});

describe("a method of the program's own", () => {
  const doubled: OwnMethod = {
    name: "text-twice",
    build({ objectives, parameters, engine }) {
      const { task, image, text } = objectives;
      const own = new GradientEngine({ task, image, text }, parameters, engine);
      const gradients = parameters.flatMap((parameter) => {
        const gradient = own.combine(parameter, { task: 1, image: 1, text: 2 });
        return gradient ? [[parameter, gradient] as const] : [];
      });
      return { gradients: new Map(gradients), metrics: { "loss.twice": mul(text, 2) } };
    },
  };

  test("is an object, and trains like any other", async () => {
    const data = samples(inMemory(), SMALL);
    const store = new RunFolder(join(folder, "run"));
    const run = await train(data, { ...FAST, method: doubled, store });
    const { method, steps } = await run.record();
    expect(method).toBe("text-twice");
    expect(steps[0]!["loss.twice"]).toBeGreaterThan(0);
    expect((await run.evaluate()).scores.full).toBe(100);
    await expect(resume(data, store)).rejects.toThrow('Unknown method "text-twice"');
    const again = await resume(data, store, { method: doubled });
    expect(again.result).toEqual(run.result);
    await Promise.all([run.release(), again.release()]);
  });

  test("may be a weighting of the losses, with options", async () => {
    const options = z.strictObject({ task: z.number().default(1), heads: z.number().default(1) });
    const fixed = surgery({
      ...{ name: "fixed", summary: "fixed weights", source: "this test", options },
      weigh: ({ losses: [loss] }, { task, heads }) => {
        const { graph } = loss!;
        return { weights: [task, heads, heads].map((weight) => graph.scalar(weight)) };
      },
    });
    const method = ownMethod(fixed, { heads: 0.5 });
    const run = await train(samples(inMemory(), SMALL), { ...FAST, epochs: 1, method });
    const [first] = (await run.record()).steps;
    expect(first).toMatchObject({ "weight.task": 1, "weight.text": 0.5 });
    await run.release();
    await expect(
      train(samples(inMemory(), SMALL), {
        ...FAST,
        method: ownMethod(fixed, { half: 1 } as never),
      }),
    ).rejects.toThrow('fixed has no option "half"');
  });

  test("has to give a value for each control that it asks for", async () => {
    const forgetful: OwnMethod = {
      ...doubled,
      build: (context) => {
        const plan = doubled.build(context, {});
        return { ...plan, metrics: { ...plan.metrics, strength: context.control("strength") } };
      },
    };
    await expect(train(samples(inMemory(), SMALL), { ...FAST, method: forgetful })).rejects.toThrow(
      'asks for the control "strength", and its controls() gives no value for it',
    );
  });

  test("has a name that no built-in one has", async () => {
    expect(() => ownMethod({ ...doubled, name: "balgrad" })).toThrow(ConfigError);
    await expect(train(samples(inMemory()), { method: "balgrat" })).rejects.toMatchObject({
      hint: expect.stringContaining('Did you mean "balgrad"?') as string,
    });
  });
});

describe("a stopped training", () => {
  test("continues to the numbers of one that was not", async () => {
    const data = samples(inMemory(), SMALL);
    const whole = await train(data, { ...FAST, method: joint() });
    const store = new RunMemory();
    const stop = new AbortController();
    const seen: TrainingEvent["kind"][] = [];
    const stopped = train(data, {
      ...{ ...FAST, method: joint(), store, signal: stop.signal },
      events: ({ kind }) => {
        seen.push(kind);
        if (kind === "epoch") stop.abort();
      },
    });
    await expect(stopped).rejects.toThrow(Interrupted);
    expect(seen.slice(0, 1)).toEqual(["opened"]);
    expect(seen.filter((kind) => kind === "epoch")).toHaveLength(1);
    await expect(train(data, { ...FAST, method: joint(), store })).rejects.toThrow(
      "there is a run",
    );
    await expect(resume(samples(inMemory()), store)).rejects.toThrow("read in another way");
    const again = await resume(data, store);
    expect((await again.record()).steps).toEqual((await whole.record()).steps);
    expect(again.result.result).toEqual(whole.result.result);
    await Promise.all([whole.release(), again.release()]);
  });
});
