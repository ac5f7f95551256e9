/** @module Every kind of file that is read back: with a wrong field, of another version, and cut off. */

import { beforeAll, describe, expect, test } from "vitest";

import { AUTO_FILE } from "../src/compare/choice.js";
import { PLAN_FILE } from "../src/compare/plan.js";
import { SEARCH_FILE } from "../src/compare/tune.js";
import { UserError } from "../src/errors.js";
import { sealed, type SealedKind, unsealed } from "../src/files/sealed.js";
import { joint, resume, RunMemory, samples, train } from "../src/index.js";
import { checkpointOf } from "../src/run/checkpoint.js";
import { readResults } from "../src/run/results.js";
import { Run } from "../src/run/run.js";
import { readSafetensors, writeSealedSafetensors } from "../src/tensors/safetensors.js";

type Content = Record<string, unknown>;

const data = samples(
  Array.from({ length: 40 }, (_, at) => ({
    text: at % 2 ? `warm ${at}` : `cold ${at}`,
    label: at % 2 ? "sun" : "ice",
  })),
  { modalities: "text" },
);

const store = new RunMemory();
const files = new Map<string, Uint8Array>();
const RUN_FILES = ["run.json", "results.json", "model/model.json", "checkpoints/last.safetensors"];

beforeAll(async () => {
  const run = await train(data, { method: joint(), epochs: 1, threads: 1, store });
  await run.release();
  for (const file of RUN_FILES) files.set(file, (await store.read(file))!);
});

const textOf = (file: string): string => new TextDecoder().decode(files.get(file));

/** Opens the run of the tests with another text in one of its files, in all ways that read it. */
async function openWith(file: string, contents: string | Uint8Array): Promise<unknown> {
  await store.write(file, contents);
  try {
    const run = await Run.open(store);
    await readResults(run);
    await run.load("last");
    const opened = await resume(data, store);
    await opened.release();
    return null;
  } catch (error) {
    return error;
  } finally {
    await store.write(file, files.get(file)!);
  }
}

/** A file of ours with other contents, sealed as by the version with that format. */
function resealed(text: string, change: (content: Content) => void, format?: number): string {
  const content = JSON.parse(text) as Content & { format: number };
  delete content["digest"];
  change(content);
  return sealed({ ...content, format: format ?? content.format }, { format: 1 });
}

const entry = { label: "joint", method: "joint", options: {}, model: {}, train: {} };
const planned = { ...entry, folder: "joint" };
const plan = { entries: [planned], seeds: [1], tune: 0, base: {} };
const trial = { options: {}, train: {}, figure: 1 };
const search = { label: "joint", folder: "joint", trials: [trial], chosen: 0, lowest: true };
const choice = {
  ...{ chosen: planned, undecided: true, score: "accuracy", folds: 1, samples: 9, skipped: 0 },
  candidates: [{ entry: planned, outcome: "failed", judgement: null, trials: [] }],
};

/** What reading a file gives: an error, or nothing. */
type Read = (text: string) => Promise<unknown>;

/** A kind of file as the tests break it. */
interface Kind {
  readonly file: string;
  readonly text: () => string;
  readonly read: Read;
  /** Changes one field, and the message says which. */
  readonly broken: readonly [(content: Content) => void, string];
  readonly hint: string;
}

const inRun = (file: string, broken: Kind["broken"], hint: string): Kind => ({
  ...{ file: `${file} (in memory)`, broken, hint },
  text: () => textOf(file),
  read: (text) => openWith(file, text),
});

const alone = <T>(
  file: string,
  kind: SealedKind<T>,
  content: object,
  broken: Kind["broken"],
): Kind => ({
  ...{ file, broken, hint: String(kind.hint) },
  text: () => sealed(content, kind),
  read: (text) =>
    new Promise((resolve) => {
      unsealed(text, file, kind);
      resolve(null);
    }).catch((error: unknown) => error),
});

const group = (content: Content, ...names: readonly string[]): Content =>
  names.reduce((inner, name) => inner[name] as Content, content);

const KINDS: readonly Kind[] = [
  inRun(
    "run.json",
    [(content) => (group(content, "config", "train")["epochs"] = "many"), 'train.epochs = "many"'],
    "Restore the file from a copy",
  ),
  inRun(
    "results.json",
    [(content) => (group(content, "result", "shapley")["image"] = "x"), "result.shapley.image: "],
    "Delete the file",
  ),
  inRun(
    "model/model.json",
    [(content) => (group(content, "aware", "gate")["bias"] = [0]), "aware.gate.bias: "],
    "delete results.json, then",
  ),
  alone("compare.json", PLAN_FILE, plan, [(content) => (content["seeds"] = ["1"]), "seeds.0: "]),
  alone("tune.json", SEARCH_FILE, { searches: [search] }, [
    (content) => (content["searches"] = [{ ...search, chosen: -1 }]),
    "searches.0.chosen: ",
  ]),
  alone("auto.json", AUTO_FILE, choice, [(content) => (content["folds"] = 0), "folds: "]),
];

describe.each(KINDS)("$file", ({ file, text, read, broken, hint }) => {
  test("is read as it was written", async () => {
    expect(await read(text())).toBeNull();
  });

  test("with a wrong field is refused, and the field is named", async () => {
    const [change, field] = broken;
    const error = await read(resealed(text(), change));
    expect(error).toBeInstanceOf(UserError);
    expect((error as Error).message).toContain(`${file}: ${field}`);
  });

  test("of a newer version is refused with the way on", async () => {
    expect(await read(resealed(text(), () => undefined, 99))).toMatchObject({
      message: expect.stringMatching(
        /^.*: written by a newer version of balgrad \(the file has format 99/,
      ) as string,
      hint: "Update balgrad to the version that wrote the file.",
    });
    const odd = await read(resealed(text(), (content) => (content["format"] = "two")));
    expect((odd as Error).message).toContain(`${file}: format: expected a whole number`);
  });

  test.each([0, 0.3, 0.9])("cut off at %d of its length is refused", async (share) => {
    const whole = text();
    expect(await read(whole.slice(0, share * whole.length))).toMatchObject({
      message: expect.stringContaining(`${file}: not valid JSON`) as string,
      hint: expect.stringContaining(hint) as string,
    });
  });

  test("with nothing in it that it should have is refused, also of the oldest format", async () => {
    for (const format of [1, 2]) {
      const error = await read(sealed({}, { format }));
      expect(error).toBeInstanceOf(UserError);
      expect((error as Error).message.startsWith(`${file}: `)).toBe(true);
    }
    expect(await read('{"aware":null}')).toBeInstanceOf(UserError);
  });
});

test("run.json of the version that set the steps of a call is read", async () => {
  const text = resealed(
    textOf("run.json"),
    (content) => {
      const { config } = content as unknown as { config: { train: Record<string, unknown> } };
      config.train["stepsPerCall"] = 8;
    },
    2,
  );
  expect(await openWith("run.json", text)).toBeNull();
});

test("run.json of the version whose texts were means of embeddings keeps its mean", async () => {
  const text = resealed(
    textOf("run.json"),
    (content) => {
      const { config } = content as unknown as { config: { model: { text: object } } };
      config.model.text = { type: "bag", buckets: 64, width: 8 };
    },
    3,
  );
  const store = new RunMemory();
  await store.write("run.json", new TextEncoder().encode(text));
  const { model } = (await Run.open(store)).config;
  expect(model.text).toMatchObject({ buckets: 64, scale: "mean" });
});

describe("checkpoints/last.safetensors", () => {
  const path = "checkpoints/last.safetensors (in memory)";
  const bytes = (): Uint8Array => files.get("checkpoints/last.safetensors")!;
  /** The checkpoint with other metadata, and their digest. */
  const changed = (metadata: Readonly<Record<string, string>>): Uint8Array => {
    const { tensors, metadata: own } = readSafetensors(bytes());
    const rest = Object.entries(own).filter(([name]) => name !== "sha256");
    return writeSealedSafetensors(tensors, { ...Object.fromEntries(rest), ...metadata });
  };

  test.each([
    ["newer", "balgrad-checkpoint-99", "Update balgrad to the version that wrote the file."],
    [
      "an older",
      "balgrad-checkpoint-1",
      "Use the version of balgrad that wrote the file. Or train again into a new folder.",
    ],
  ])("of %s version is refused with the way on", async (age, format, hint) => {
    expect(await openWith("checkpoints/last.safetensors", changed({ format }))).toMatchObject({
      message: expect.stringMatching(
        RegExp(`^checkpoints/last.*${age} version of balgrad`),
      ) as string,
      hint,
    });
  });

  test("of the version that counted calls of several steps is read where it ends an epoch", async () => {
    const format = "balgrad-checkpoint-3";
    expect(await openWith("checkpoints/last.safetensors", changed({ format }))).toBeNull();
    const { position } = checkpointOf(bytes(), path);
    const inside = JSON.stringify({ ...position, call: 1 });
    expect(() => checkpointOf(changed({ format, position: inside }), path)).toThrow(
      `${path}: an epoch that an earlier version began, which this one cannot continue.`,
    );
  });

  test("keeps figures that are not defined", () => {
    const { position } = checkpointOf(bytes(), path);
    const history = [{ full: NaN, loss: 1 }];
    const written = changed({ position: JSON.stringify({ ...position, history }) });
    expect(checkpointOf(written, path).position.history).toEqual(history);
  });

  test("of something else is refused", () => {
    for (const format of ["", "pt", "balgrad-checkpoint-x"]) {
      expect(() => checkpointOf(changed({ format }), path)).toThrow(
        `${path}: a safetensors file, but no checkpoint of ours`,
      );
    }
  });

  test("with a wrong field is refused, and the field is named", () => {
    const position = JSON.stringify({ epoch: "1" });
    expect(() => checkpointOf(changed({ position }), path)).toThrow(`${path}: epoch: `);
    expect(() => checkpointOf(changed({ position: "{" }), path)).toThrow(
      `${path}: not valid JSON (where training stood)`,
    );
  });

  test("cut off is refused, and says how to continue", () => {
    const cut = bytes().subarray(0, bytes().length - 4);
    expect(() => checkpointOf(cut, "last.safetensors")).toThrow(
      expect.objectContaining({
        message: expect.stringMatching(/^last\.safetensors: tensor ".*" is cut off\.$/) as string,
        hint: expect.stringContaining("Copy best.safetensors over it") as string,
      }),
    );
  });
});
