/** @module Files of a run that were damaged: each is refused by name, or computed again. */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";
import { z } from "zod";

import { UserError } from "../src/errors.js";
import { CARD_FILE } from "../src/predict/card.js";
import { checkpointBytes, checkpointOf } from "../src/run/checkpoint.js";
import { checkConfig } from "../src/run/config.js";
import { RunFolder } from "../src/run/folder.js";
import { Run } from "../src/run/run.js";
import { MetricsLog } from "../src/run/metrics.js";
import { readSealed, sealed, type SealedKind, unsealed } from "../src/files/sealed.js";
import { temporaryFolder } from "./support/cli.js";

const KIND: SealedKind<{ readonly value: number; readonly name: string }> = {
  what: "a test",
  format: 2,
  schema: z.strictObject({ value: z.number(), name: z.string() }),
  hint: "Write it again.",
};

/** A file with a text; gives its path. */
function file(text: string | Uint8Array, name = "file.json"): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, text);
  return path;
}

describe("JSON files with a digest", () => {
  const text = sealed({ value: 0.25, name: "x" }, KIND);

  test("give what was written", async () => {
    expect(await readSealed(file(text), KIND)).toEqual({ value: 0.25, name: "x" });
  });

  test("every flip of a bit gives the same contents or an error that names the file", async () => {
    const bytes = Buffer.from(text);
    for (let at = 0; at < 8 * bytes.length; at += 3) {
      const flipped = Buffer.from(bytes);
      flipped[at >> 3]! ^= 1 << (at & 7);
      const path = file(flipped);
      const read = await readSealed(path, KIND).catch((error: unknown) => error);
      if (read instanceof UserError) expect(read.message).toContain(path);
      else expect(read).toEqual({ value: 0.25, name: "x" });
    }
  });

  test.each([
    ["of versions before digests are read", '{"value":1,"name":"y"}', null],
    ["of newer versions are refused", '{"format":3,"value":1,"name":"y"}', "newer version"],
    ["without their digest are refused", '{"format":2,"value":1,"name":"y"}', "does not match"],
    ["with other contents are refused", '{"value":"1","name":"y"}', "value: "],
    ["that are no object are refused", "[]", "expected a JSON object"],
    ["that are no JSON are refused", "{", "not valid JSON"],
  ])("%s", async (_, contents, message) => {
    const read = readSealed(file(contents), KIND);
    if (message === null) expect(await read).toEqual({ value: 1, name: "y" });
    else await expect(read).rejects.toThrow(message);
  });

  test("of the format before are read as the present one has them", () => {
    const gate = { mean: [0], scale: [1], weights: [[0], [0], [0]], bias: [0, 0, 0] };
    const aware = { classes: 2, temperatures: { joint: 1 }, gate, thresholds: null, unusual: null };
    const inputs = {
      image: { type: "features", size: 3 },
      text: { type: "features", size: 4 },
    };
    const card = { classes: ["a", "b"], ...inputs };
    const older = { ...card, task: "multi-label", aware: { ...aware, task: "multi-label" } };
    const read = unsealed(sealed(older, { format: 2 }), "model.json", CARD_FILE);
    const labelKind = "multi-label";
    expect(read).toEqual({
      ...card,
      labelKind,
      aware: { ...aware, companionShares: {}, labelKind },
    });
    expect(unsealed(sealed(read, CARD_FILE), "model.json", CARD_FILE)).toEqual(read);
    const changed = sealed(older, { format: 2 }).replace('"a"', '"c"');
    expect(() => unsealed(changed, "model.json", CARD_FILE)).toThrow("does not match its digest");
  });

  test("may be changed on purpose where people may do so", async () => {
    const changed = text.replace("0.25", "0.5");
    const editable = { ...KIND, editable: true };
    await expect(readSealed(file(changed), editable)).rejects.toMatchObject({
      hint: expect.stringContaining('write "digest": "edited"') as string,
    });
    const marked = changed.replace(/"digest": "\w+"/, '"digest": "edited"');
    expect(await readSealed(file(marked), editable)).toEqual({ value: 0.5, name: "x" });
    await expect(readSealed(file(marked), KIND)).rejects.toThrow("does not match its digest");
  });
});

describe("checkpoints", () => {
  const data = Float32Array.from({ length: 6 }, (_, at) => at / 7);
  const snapshot = {
    position: {
      ...{ epoch: 1, call: 0, step: 4, bestEpoch: 0, bestFigure: 50, sums: {} },
      elapsed: { seconds: 0, cpuSeconds: 0 },
      history: [{ full: 50 }],
    },
    state: new Map([["weight", { dtype: "float32", shape: [2, 3], data } as const]]),
  };

  test("come back, and every flip of a bit, header and position included, is an error", () => {
    const path = "last.safetensors";
    const bytes = checkpointBytes(snapshot);
    expect(checkpointOf(bytes, path)).toEqual(snapshot);
    for (let at = 0; at < 8 * bytes.length; at += 5) {
      const flipped = Buffer.from(bytes);
      flipped[at >> 3]! ^= 1 << (at & 7);
      const read = (): unknown => checkpointOf(flipped, path);
      expect(read, `bit ${at}`).toThrow(UserError);
      expect(read).toThrow(path);
    }
  });
});

describe("metrics.jsonl", () => {
  const step = (at: number) =>
    ({ kind: "step", record: { step: at, epoch: 0, learningRate: 0.1, loss: 1 / at } }) as const;
  const epoch = {
    kind: "epoch",
    record: { epoch: 0, validation: { full: 50 }, best: true, seconds: 1, cpuSeconds: 2 },
  } as const;

  async function written(): Promise<{ store: RunFolder; path: string; lines: string[] }> {
    const store = new RunFolder(temporaryFolder());
    const path = store.locate("metrics.jsonl");
    const log = new MetricsLog(store);
    await log.append([step(1), step(2)]);
    await log.append([epoch]);
    return { store, path, lines: readFileSync(path, "utf8").trimEnd().split("\n") };
  }

  test("gives what was appended, also by another process, without a torn last line", async () => {
    const { store, path, lines } = await written();
    await new MetricsLog(store).append([step(3)]);
    expect(await new MetricsLog(store).read()).toEqual([step(1), step(2), epoch, step(3)]);
    writeFileSync(path, `${lines.join("\n")}\n{"kind":"st`);
    expect(await new MetricsLog(store).read()).toEqual([step(1), step(2), epoch]);
  });

  test.each([
    ["changed", (lines: string[]) => [lines[0]!, lines[1]!.replace("0.5", "0.6"), lines[2]!]],
    ["missing", (lines: string[]) => [lines[0]!, lines[2]!]],
    ["doubled", (lines: string[]) => [lines[0]!, lines[0]!, lines[1]!, lines[2]!]],
    ["no JSON", (lines: string[]) => [lines[0]!, "{", lines[2]!]],
    ["of another kind", (lines: string[]) => [lines[0]!, '{"kind":"x"}', lines[2]!]],
  ])("names the line that is %s", async (_, change) => {
    const { store, path, lines } = await written();
    writeFileSync(path, `${change(lines).join("\n")}\n`);
    await expect(new MetricsLog(store).read()).rejects.toThrow(`${path}, line 2: `);
  });

  test("lines of versions without checksums are read", async () => {
    const { store, path } = await written();
    writeFileSync(path, [step(1), epoch].map((line) => `${JSON.stringify(line)}\n`).join(""));
    expect(await new MetricsLog(store).read()).toEqual([step(1), epoch]);
  });

  test("a rewind keeps what the checkpoint has, and says what it lacks", async () => {
    const { store, path, lines } = await written();
    const log = new MetricsLog(store);
    await log.rewind({ epoch: 0, step: 1 });
    await log.append([step(2)]);
    expect(await new MetricsLog(store).read()).toEqual([step(1), step(2)]);
    writeFileSync(path, `${lines[0]!}\n`);
    await expect(new MetricsLog(store).rewind({ epoch: 1, step: 2 })).rejects.toThrow(
      "of 2 steps and 1 epochs before the checkpoint 1 and 0 are recorded",
    );
  });
});

test("run.json that was changed says how to mark a change that was meant", async () => {
  const folder = join(temporaryFolder(), "run");
  mkdirSync(folder);
  await Run.create(new RunFolder(folder), checkConfig({}, "test"));
  const path = join(folder, "run.json");
  const text = readFileSync(path, "utf8");
  const changed = text.replace('"seed": 1', '"seed": 7');
  expect(changed).not.toBe(text);
  writeFileSync(path, changed);
  await expect(Run.open(new RunFolder(folder))).rejects.toThrow(
    `${path}: the file was changed or damaged`,
  );
  writeFileSync(path, changed.replace(/"digest": "\w+"/, '"digest": "edited"'));
  expect((await Run.open(new RunFolder(folder))).config.train.seed).toBe(7);
});
