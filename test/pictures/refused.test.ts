/** @module Pictures that cannot be used: every cause has its own sentence, and nothing hangs. */

import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

import sharp, { type Sharp } from "sharp";
import { beforeAll, describe, expect, test } from "vitest";

import { decodeImage, decodeWhole } from "../../src/prepare/images/decode.js";
import { temporaryFolder } from "../support/cli.js";

const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);

/** Why a file cannot be used; empty where it can. */
const why = (name: string): Promise<string> =>
  decodeImage({ kind: "file", path: at(name) }, 8).then(
    () => "",
    (error: unknown) => (error as Error).message,
  );

const CUT_OFF = "the image is cut off: the file ends before the picture does";

/** Noise, so that no format stores it in a few bytes. */
function noise(): Sharp {
  const pixels = Uint8Array.from({ length: 40 * 32 * 3 }, (_, index) => (index * index * 31) % 251);
  return sharp(pixels, { raw: { width: 40, height: 32, channels: 3 } });
}

describe("what is no file", () => {
  beforeAll(() => {
    mkdirSync(at("folder.png"));
    symlinkSync(at("gone"), at("dangling.png"));
    symlinkSync(at("circle.png"), at("circle.png"));
    symlinkSync("/dev/zero", at("device.png"));
    spawnSync("mkfifo", [at("pipe.png")]);
    writeFileSync(at("file"), "");
  });

  test.each([
    ["none.png", "the image file does not exist"],
    ["file/none.png", "the image file does not exist"],
    ["dangling.png", "the image file is a link to a file that does not exist"],
    ["circle.png", "the image file is a link that leads back to itself"],
    ["folder.png", "the image path is a folder, not a file"],
    ["device.png", "the image path is a pipe, socket or device, which is not read"],
    ["pipe.png", "the image path is a pipe, socket or device, which is not read"],
    [`${"n".repeat(300)}.png`, "the image path is too long"],
    ["null\0.png", "the image path has a null character in it"],
  ])("%s", async (name, message) => {
    expect(await why(name)).toBe(message);
  });

  test("a socket is refused", async () => {
    const server = createServer().listen(at("socket.png"));
    await new Promise((resolve) => server.once("listening", resolve));
    expect(await why("socket.png")).toBe(
      "the image path is a pipe, socket or device, which is not read",
    );
    server.close();
  });

  test("a file that may not be read", async () => {
    writeFileSync(at("private.png"), await noise().png().toBuffer());
    chmodSync(at("private.png"), 0);
    chmodSync(folder, 0o755);
    const isRoot = process.getuid?.() === 0;
    if (isRoot) process.seteuid?.(65_534);
    try {
      expect(await why("private.png")).toBe("the image file may not be read (permission denied)");
    } finally {
      if (isRoot) process.seteuid?.(0);
    }
  });
});

describe("what is no picture", () => {
  test.each([
    ["empty.jpg", "", "the image file is empty"],
    ["zeros.jpg", "\0".repeat(5000), "the file holds nothing but zeros, not a picture"],
    [
      "page.jpg",
      "<!DOCTYPE html>\n<title>Not found</title>",
      "the file holds a web page (HTML), not a picture",
    ],
    ["answer.jpg", '{"error": "gone"}', "the file holds JSON, not a picture"],
    ["words.jpg", "Bitmaps are BMP files", "the file holds plain text, not a picture"],
    ["BM.jpg", "BMW is a company", "the file holds plain text, not a picture"],
    [
      "pointer.jpg",
      "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n",
      'the file holds a Git LFS pointer, not the picture; fetch the pictures with "git lfs pull"',
    ],
    ["paper.jpg", "%PDF-1.7", "the file holds a PDF document, not a picture"],
    ["many.jpg", "PK\x03\x04", "the file holds a ZIP archive, not a picture"],
    [
      "phone.jpg",
      "\0\0\0\x18ftypheic\0\0\0\0mif1heic",
      "the file holds a HEIC picture, which cannot be read; convert it to JPEG or PNG",
    ],
    ["odd.jpg", "\x01\x02\x03\x04", "the file holds no picture of a known format"],
  ])("%s", async (name, content, message) => {
    writeFileSync(at(name), content, "latin1");
    expect(await why(name)).toBe(message);
  });
});

describe("files that end too early are cut off", () => {
  test.each(["jpeg", "png", "gif", "webp", "tiff", "avif"] as const)("%s", async (format) => {
    const whole = await noise().toFormat(format).toBuffer();
    writeFileSync(at(`whole.${format}`), whole);
    expect(await why(`whole.${format}`)).toBe("");
    for (const share of [0.1, 0.5, 0.9]) {
      writeFileSync(at(`cut.${format}`), whole.subarray(0, Math.floor(whole.length * share)));
      expect(await why(`cut.${format}`), `${share}`).toBe(CUT_OFF);
    }
  });

  test("within the tables of a JPEG", async () => {
    writeFileSync(at("header.jpg"), (await noise().jpeg().toBuffer()).subarray(0, 182));
    expect(await why("header.jpg")).toBe(CUT_OFF);
  });

  test("a broken picture that is whole is not called cut off", async () => {
    const png = await noise().png().toBuffer();
    png[png.indexOf("IDAT") + 40]! ^= 0xff;
    writeFileSync(at("broken.png"), png);
    expect(await why("broken.png")).toMatch(/^the image cannot be decoded \(/);
  });
});

describe("SVG pictures", () => {
  const NAMES = `xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" xmlns:xi="http://www.w3.org/2001/XInclude"`;
  const svg = (inner: string, before = ""): string =>
    `${before}<svg ${NAMES} width="8" height="8">${inner}</svg>`;

  const image = (href: string): string => `<image ${href} width="8" height="8"/>`;
  // Whatever of these were drawn would be red.
  const others: Readonly<Record<string, string>> = {
    "an absolute path": svg(image(`href="file://${at("secret.png")}"`)),
    "a path beside it": svg(image(`xlink:href="secret.png"`)),
    "a part of another drawing": svg(`<use href="secret.svg#a"/>`),
    "a filter's picture": svg(
      `<filter id="f"><feImage href="secret.png"/></filter><rect width="8" height="8" fill="white" filter="url(#f)"/>`,
    ),
    "an included text": svg(`<text y="8"><xi:include href="secret.txt" parse="text"/></text>`),
    "an entity": svg("&a;", `<!DOCTYPE svg [<!ENTITY a SYSTEM "file://${at("secret.svg")}">]>`),
    "an entity of paths": svg(
      image(`href="&a;"`),
      `<!DOCTYPE svg [<!ENTITY a "file://${at("secret.png")}">]>`,
    ),
    "a style sheet": svg(
      `<style>@import url(secret.css);</style><rect width="8" height="8" fill="white"/>`,
      `<?xml-stylesheet href="secret.css"?>`,
    ),
  };

  beforeAll(async () => {
    const red = { create: { width: 8, height: 8, channels: 3, background: "#ff0000" } } as const;
    await sharp(red).png().toFile(at("secret.png"));
    writeFileSync(at("secret.svg"), svg(`<rect id="a" width="8" height="8" fill="red"/>`));
    writeFileSync(at("secret.css"), "rect { fill: red }");
    writeFileSync(at("secret.txt"), "MMMM");
  });

  test.each(Object.entries(others))("read no other file: %s", async (name, text) => {
    const path = at("drawing.svg");
    writeFileSync(path, text);
    const planes = await decodeImage({ kind: "file", path }, 8).then(
      (decoded) => decoded.planes,
      () => new Uint8Array(),
    );
    expect(planes.every((value) => value === 255)).toBe(true);
    if (name.includes("path") && !name.includes("entity")) {
      expect(await why("drawing.svg")).toContain("the SVG draws another file");
    }
  });

  test("are drawn, also compressed, with what is embedded in them", async () => {
    const data = (await sharp(at("secret.png")).png().toBuffer()).toString("base64");
    writeFileSync(at("own.svgz"), gzipSync(svg(image(`href="data:image/png;base64,${data}"`))));
    const { pixels, size } = {
      ...(await decodeWhole({ kind: "file", path: at("own.svgz") }, 64)),
    };
    expect(size).toEqual([8, 8]);
    expect([...pixels.subarray(0, 3)]).toEqual([255, 0, 0]);
  });

  test("that unpack to far more than they are, or refer to themselves, are refused", async () => {
    writeFileSync(at("bomb.svgz"), gzipSync(svg(" ".repeat(40 * 2 ** 20))));
    expect(await why("bomb.svgz")).toBe("the SVG has more than 16 MB of text");
    const entities = Array.from({ length: 9 }, (_, index) => {
      return `<!ENTITY l${index + 1} "${`&l${index};`.repeat(10)}">`;
    });
    const before = `<!DOCTYPE svg [<!ENTITY l0 "lol">${entities.join("")}]>`;
    writeFileSync(at("entities.svg"), svg("<text>&l9;</text>", before));
    expect(await why("entities.svg")).toMatch(/^the image cannot be decoded \(/);
    writeFileSync(at("circle.svg"), svg(`<g id="a"><use href="#a"/></g>`));
    expect(await why("circle.svg")).toBe("");
  });
});
