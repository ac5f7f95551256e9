/** @module Pictures that cannot be read, and one modality alone, on the command line. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { beforeAll, describe, expect, test } from "vitest";

import { RunFolder } from "../src/run/folder.js";
import { RunMemory } from "../src/run/memory.js";
import { checkData } from "../src/usecases/check.js";
import { evaluate } from "../src/usecases/evaluate.js";
import { predict } from "../src/usecases/predict.js";
import { train } from "../src/usecases/train.js";
import { picture } from "./layouts/pictures.js";
import { balgrad, temporaryFolder } from "./support/cli.js";

const folder = temporaryFolder();
const table = join(folder, "data.csv");
const QUICK = ["--epochs", "1", "--batch-size", "8"];

beforeAll(async () => {
  mkdirSync(join(folder, "img"));
  const rows = ["image,text,label"];
  for (let at = 0; at < 24; at++) {
    writeFileSync(join(folder, `img/${at}.png`), await picture(at, 120 * (at % 2), "png"));
    rows.push(`${at}.png,${at % 2 ? "red" : "green"} box ${at},${at % 2 ? "x" : "y"}`);
  }
  writeFileSync(table, rows.join("\n"));
});

describe("pictures in another folder", () => {
  const reason = '24 of 24 filled cells of the column "image" of data.csv give no picture';
  const hint = `add --images ${join(folder, "img")}`;

  test("the check says so and ends with 3; with the flag that it names it is content", async () => {
    const bad = await balgrad(["data", "check", table]);
    expect(bad.code, bad.stderr).toBe(3);
    expect(bad.stdout).toContain(`NOT fit to train: ${reason}`);
    expect(bad.stdout).toContain(hint);
    const good = await balgrad(["data", "check", table, "--images", join(folder, "img")]);
    expect(good.code, good.stderr).toBe(0);
    expect(good.stdout).toContain("fit to train");
  });

  test.each(["train", "compare"])("%s ends with 3 and leaves nothing behind", async (command) => {
    const out = join(folder, command);
    const done = await balgrad([command, table, ...QUICK, "--out", out]);
    expect(done.code).toBe(3);
    expect(done.stderr).toContain(reason);
    expect(done.stderr).toContain(hint);
  });
});

describe("texts alone", () => {
  const run = join(folder, "run");

  test("have to be asked for", async () => {
    const bare = join(folder, "texts.csv");
    const rows = Array.from({ length: 24 }, (_, at) => `box ${at},${at % 2}`);
    writeFileSync(bare, ["text,label", ...rows].join("\n"));
    const done = await balgrad(["data", "check", bare]);
    expect(done.code).toBe(3);
    expect(done.stdout).toContain("no sample of the training split has an image. Add --text-only");
    const data = { source: bare, modalities: "text" };
    expect((await checkData({ settings: { data }, origin: "test" })).fit).toBe(true);
    const both = await balgrad(["data", "check", bare, "--text-only", "--image-only"]);
    expect(both.code).toBe(2);
  });

  test("train, evaluate and predict without the pictures", async () => {
    const trained = await balgrad(["train", table, "--text-only", ...QUICK, "--out", run]);
    expect(trained.code, trained.stderr).toBe(0);
    expect(trained.stderr).not.toContain("image-");
    expect(trained.stdout).toContain("Texts alone were used");
    const { record } = await evaluate({ store: new RunFolder(run) });
    expect(record.test.protocol.scores.full).toBeGreaterThan(0);
    expect((await predict({ folder: run, text: "red box" })).predictions).toHaveLength(2);
    await expect(predict({ folder: run, image: join(folder, "img/0.png") })).rejects.toThrow(
      "trained on texts alone; it takes no image",
    );
  });

  test("take no image encoder", async () => {
    const image = { type: "pretrained", encoder: "models/vit" };
    const settings = { data: { source: table, modalities: "text" }, model: { image } };
    await expect(train({ settings, origin: "test", store: new RunMemory() })).rejects.toThrow(
      "the image encoder has no effect",
    );
  });
});
