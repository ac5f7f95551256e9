/** @module Pictures that cannot be read, and one modality alone, on the command line. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { beforeAll, describe, expect, test } from "vitest";

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
    expect((await balgrad(["data", "check", bare, "--text-only"])).code).toBe(0);
    const both = await balgrad(["data", "check", bare, "--text-only", "--image-only"]);
    expect(both.code).toBe(2);
  });

  test("train, evaluate and predict without the pictures", async () => {
    const trained = await balgrad(["train", table, "--text-only", ...QUICK, "--out", run]);
    expect(trained.code, trained.stderr).toBe(0);
    expect(trained.stderr).not.toContain("image-");
    expect(trained.stdout).toContain("Texts alone were used");
    const evaluated = await balgrad(["evaluate", run]);
    expect(evaluated.code, evaluated.stderr).toBe(0);
    expect((await balgrad(["predict", run, "--text", "red box"])).code).toBe(0);
    const asked = await balgrad(["predict", run, "--image", join(folder, "img/0.png")]);
    expect(asked.code).toBe(2);
    expect(asked.stderr).toContain("trained on texts alone; it takes no image");
  });

  test("take no image encoder", async () => {
    const done = await balgrad(["train", table, "--text-only", "--image-encoder", "models/vit"]);
    expect(done.code).toBe(2);
    expect(done.stderr).toContain("the image encoder has no effect");
  });
});
