/** @module `data check` names the samples that say the same, and shows them. */

import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

import { parseHTML } from "linkedom";
import sharp from "sharp";
import { expect, test } from "vitest";

import { balgrad, temporaryFolder } from "./support/cli.js";

/** Pictures with contours, two of them equal across splits, and a text with two labels. */
async function writeDoubled(folder: string): Promise<string> {
  mkdirSync(join(folder, "my photos"));
  const lines = ["id,image,text,label,split"];
  for (let at = 0; at < 12; at++) {
    const file = `my photos/${at}#.png`;
    const pixels = Uint8Array.from({ length: 3 * 64 * 64 }, (_, place) => {
      const [x, y] = [Math.floor(place / 3) % 64, Math.floor(place / 192)];
      return 127 + 120 * Math.sin((x * (at + 1)) / 9 + (y * (at % 5)) / 7);
    });
    await sharp(pixels, { raw: { width: 64, height: 64, channels: 3 } })
      .png()
      .toFile(join(folder, file));
    const split = at < 6 ? "train" : at < 9 ? "validation" : "test";
    lines.push(`s${at},${file},thing number ${at},${at % 2 === 0 ? "even" : "odd"},${split}`);
  }
  copyFileSync(join(folder, "my photos/0#.png"), join(folder, "my photos/10#.png"));
  lines[4] = lines[4]!.replace("thing number 3", "Thing  number 2");
  const path = join(folder, "data.csv");
  writeFileSync(path, `${lines.join("\n")}\n`);
  return path;
}

test("lists pairs with splits and files, and shows both pictures with links to them", async () => {
  const folder = temporaryFolder();
  const table = await writeDoubled(folder);
  const page = join(folder, "pages", "check.html");
  mkdirSync(dirname(page));
  const done = await balgrad(["data", "check", table, "--show", "1", "--html", page]);
  expect(done.code, done.stderr).toBe(0);
  expect(done.stdout).toContain("pictures that look like one of another split: 1");
  expect(done.stdout).toContain("repeated within a split: 0 pictures, 1 text");
  expect(done.stdout).toContain("repeated with other labels: 1");
  expect(done.stdout).toMatch(/test s10 looks like train s0: in another split \(.*10#\.png, .*0#/);
  expect(done.stdout).toContain("and 1 more: --show 2, or --json for all");

  const { document } = parseHTML(readFileSync(page, "utf8"));
  const [first, second] = document.querySelectorAll(".pair");
  const links = [...first!.querySelectorAll("a")].map((link) => link.getAttribute("href")!);
  expect(links).toEqual(["../my%20photos/10%23.png", "../my%20photos/0%23.png"]);
  for (const link of links) {
    expect(existsSync(resolve(dirname(page), decodeURIComponent(link)))).toBe(true);
  }
  const pictures = [...first!.querySelectorAll("img")].map((image) => image.getAttribute("src")!);
  expect(pictures[0]).toMatch(/^data:image\/png;base64,/);
  expect(pictures[1]).toBe(pictures[0]);
  expect(second!.textContent).toContain("train s3 has the text of train s2: with other labels");

  const listed = await balgrad(["data", "check", table, "--json"]);
  const { duplicates } = JSON.parse(listed.stdout) as { duplicates: object[] };
  expect(duplicates).toEqual([
    expect.objectContaining({ what: "image", id: "s10", leaks: true, contradicts: false }),
    expect.objectContaining({ what: "text", id: "s3", leaks: false, contradicts: true }),
  ]);
}, 60_000);
