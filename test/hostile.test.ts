/** @module Files that mean harm or are huge: refused or handled, never a crash. */

import { closeSync, ftruncateSync, mkdirSync, openSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { crc32, deflateSync } from "node:zlib";

import { describe, expect, test } from "vitest";

import type { DataReport } from "../src/check/check.js";
import { checkData } from "../src/usecases/check.js";
import { picture } from "./layouts/pictures.js";
import { balgrad, temporaryFolder } from "./support/cli.js";

/** A PNG whose header promises a size that its data need not have. */
function pngOf(width: number, height: number): Buffer {
  const chunk = (type: string, data: Buffer): Buffer => {
    const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
    const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
    length.writeUInt32BE(data.length);
    sum.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, sum]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([1, 0, 0, 0, 0], 8); // one bit per pixel, grey
  // Rows of zeros compress a thousandfold: this is the bomb.
  const rows = deflateSync(Buffer.alloc((Math.ceil(width / 8) + 1) * Math.min(height, 4000)));
  const mark = Buffer.from([137, 80, 78, 71, 13, 10, 26, 10]);
  return Buffer.concat([
    mark,
    chunk("IHDR", header),
    chunk("IDAT", rows),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

/** A table of good rows and one odd picture; gives the table's path. */
async function tableWith(folder: string, odd: string): Promise<string> {
  const lines = ["image,text,label"];
  for (let at = 0; at < 12; at++) {
    writeFileSync(join(folder, `${at}.png`), await picture(at, at % 2 ? 0 : 120, "png"));
    lines.push(`${at}.png,text ${at},${at % 2 ? "x" : "y"}`);
  }
  const path = join(folder, "data.csv");
  writeFileSync(path, [...lines, `${odd},odd,x`].join("\n"));
  return path;
}

const check = (source: string, data: object = {}): Promise<DataReport> =>
  checkData({ settings: { data: { source, ...data } }, origin: "test" });

describe("pictures", () => {
  test.each([
    ["a decompression bomb", 40_000, 40_000],
    ["30,000 pixels wide and as high", 30_000, 30_000],
  ])("%s is refused before it is decoded", async (_, width, height) => {
    const folder = temporaryFolder();
    const path = await tableWith(folder, "odd.png");
    writeFileSync(join(folder, "odd.png"), pngOf(width, height));
    const { issues, fit } = await check(path);
    expect(fit).toBe(true);
    expect(issues).toEqual([
      expect.objectContaining({
        kind: "image-unusable",
        message: "the image has more than 100 million pixels",
      }),
    ]);
  });

  test("30,000 pixels wide and 100 high is a picture like others", async () => {
    const folder = temporaryFolder();
    const path = await tableWith(folder, "odd.png");
    writeFileSync(join(folder, "odd.png"), pngOf(30_000, 100));
    expect((await check(path)).issues).toEqual([]);
  });

  test("links that lead out of the folder are refused, others followed", async () => {
    const [folder, outside] = [temporaryFolder(), temporaryFolder()];
    writeFileSync(join(outside, "secret.png"), await picture(77, 0, "png"));
    symlinkSync(join(outside, "secret.png"), join(folder, "odd.png"));
    const path = await tableWith(folder, "odd.png");
    const { issues } = await check(path);
    expect(issues.map(({ message }) => message)).toEqual([
      "the image file leads out of the data set's folder",
    ]);
    const linked = temporaryFolder();
    const other = await tableWith(linked, "inside.png");
    symlinkSync(join(linked, "3.png"), join(linked, "inside.png"));
    // The link is read as the picture that it leads to.
    expect((await check(other)).issues.map(({ kind }) => kind)).toEqual(["look-alikes-together"]);
  });

  test.each(["../../etc/passwd", "/etc/passwd", "a/../../b.png"])(
    "the path %s is refused",
    async (odd) => {
      const { issues } = await check(await tableWith(temporaryFolder(), odd));
      expect(issues.map(({ kind }) => kind)).toEqual(["image-outside"]);
    },
  );

  test("a folder in place of a picture, and a device", async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, "odd.png"));
    const { issues } = await check(await tableWith(folder, "odd.png"));
    expect(issues.map(({ kind }) => kind)).toEqual(["image-unusable"]);
    const device = temporaryFolder();
    symlinkSync("/dev/zero", join(device, "odd.png"));
    expect((await check(await tableWith(device, "odd.png"))).issues).toHaveLength(1);
  });
});

describe("tables", () => {
  test.each(["huge.jsonl", "huge.csv"])("one line of a gigabyte is refused: %s", async (name) => {
    const path = join(temporaryFolder(), name);
    const file = openSync(path, "w");
    ftruncateSync(file, 2 ** 30); // a hole: it takes no room
    closeSync(file);
    const done = await balgrad(["data", "check", path]);
    expect(done.code).toBe(3);
    expect(done.stderr).toContain("the line is longer than 16 MB");
  });

  test("a quote that is never closed is named, and costs no row", async () => {
    const path = join(temporaryFolder(), "open.csv");
    const good = Array.from({ length: 20 }, (_, at) => `text ${at},${at % 2}`);
    writeFileSync(path, ["text,label", ...good, '"open,1', "more,0"].join("\n"));
    const { issues, fit, splits } = await check(path, { modalities: "text" });
    expect(fit).toBe(true);
    expect(issues.map(({ kind }) => kind)).toEqual(["quotes-odd"]);
    expect(Object.values(splits).reduce((sum, { samples }) => sum + samples, 0)).toBe(22);
  });

  test("keys that mean something to JavaScript are only keys", async () => {
    const path = join(temporaryFolder(), "keys.jsonl");
    const row = (at: number) => `{"__proto__":{"label":"z"},"text":"t${at}","label":"${at % 2}"}`;
    writeFileSync(path, Array.from({ length: 20 }, (_, at) => row(at)).join("\n"));
    expect((await check(path, { modalities: "text" })).fit).toBe(true);
  });
});
