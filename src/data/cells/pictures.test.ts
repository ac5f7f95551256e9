import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

import sharp from "sharp";
import { beforeAll, describe, expect, test } from "vitest";

import { PictureColumn, type PictureReading } from "./pictures.js";
import { shown } from "../../../test/support/words.js";

const folder = mkdtempSync(join(tmpdir(), "balgrad-cells-"));
const table = join(folder, "data.csv");

/** A picture of one colour per number: no two are the same. */
const picture = (at: number): Promise<Buffer> =>
  sharp({ create: { width: 4, height: 4, channels: 3, background: { r: 10 * at, g: 5, b: 9 } } })
    .png()
    .toBuffer();

const NAMES = [
  ...["img/0.png", "img/1.jpg", "img/one.JPG", "img/two words.png", "img/caf\u00e9.png"],
  ...["img/..dots.png", "img/twice.png", "img/twice.jpg", "img/a+b%20c.png", "img/[x].png"],
  ...["3.png", "photos/deep/4.png"],
];
const pictures = new Map<string, Buffer>();

beforeAll(async () => {
  mkdirSync(join(folder, "img"));
  mkdirSync(join(folder, "photos/deep"), { recursive: true });
  for (const [at, name] of NAMES.entries()) {
    const bytes = await picture(at);
    pictures.set(name, bytes);
    writeFileSync(join(folder, name), bytes);
  }
});

const open = (values: readonly unknown[], images?: string): PictureColumn =>
  new PictureColumn({ table, column: "image", images }, values);

/** The bytes that a reading leads to. */
function bytesOf(reading: PictureReading): Buffer | null {
  if (reading.kind !== "picture") return null;
  const { image } = reading;
  if (image.kind === "file") return readFileSync(image.path);
  return image.kind === "bytes" ? Buffer.from(image.bytes) : null;
}

describe("cells that give a picture", () => {
  const zero = (): Buffer => pictures.get("img/0.png")!;
  const base64 = (): string => zero().toString("base64");
  /** Form, its value, the file that it means, and the issue that says what was done. */
  const cases: [string, () => unknown, string, string?][] = [
    ["a path", () => "img/0.png", "img/0.png"],
    ["a path from here", () => "./img/0.png", "img/0.png"],
    ["spaces around", () => "  img/0.png ", "img/0.png"],
    ["an absolute path", () => join(folder, "img/0.png"), "img/0.png"],
    ["a name with dots before", () => "img/..dots.png", "img/..dots.png"],
    ["a name like a list", () => "img/[x].png", "img/[x].png"],
    ["a name with a percent sign", () => "img/a+b%20c.png", "img/a+b%20c.png"],
    ["backslashes", () => "img\\0.png", "img/0.png", "image-path-backslashes"],
    ["backslashes from here", () => ".\\img\\0.png", "img/0.png", "image-path-backslashes"],
    ["quotes", () => "'img/0.png'", "img/0.png", "image-path-quotes"],
    ["a query", () => "img/0.png?size=1", "img/0.png", "image-path-query"],
    ["percent-encoding", () => "img/two%20words.png", "img/two words.png", "image-path-encoded"],
    ["another Unicode form", () => "img/cafe\u0301.png", "img/caf\u00e9.png", "image-path-unicode"],
    ["upper case", () => "IMG/0.PNG", "img/0.png", "image-path-case"],
    ["an ending in lower case", () => "img/one.jpg", "img/one.JPG", "image-path-case"],
    ["no ending", () => "img/0", "img/0.png", "image-path-ending"],
    ["a number", () => 3, "3.png", "image-path-ending"],
    ["several of these", () => "'img\\two%20words'", "img/two words.png", "image-path-quotes"],
    ["an object with a path", () => ({ bytes: null, path: "img/0.png" }), "img/0.png"],
    ["a map with a path", () => new Map([["path", "img/0.png"]]), "img/0.png"],
    ["an object as JSON", () => '{"bytes": null, "path": "img/0.png"}', "img/0.png"],
    ["an object as Python", () => "{'path': 'img/0.png', 'bytes': None}", "img/0.png"],
    ["an object with base64", () => ({ bytes: base64(), path: null }), "img/0.png"],
    ["an object with numbers", () => ({ bytes: [...zero()] }), "img/0.png"],
    ["Node's bytes", () => ({ bytes: zero().toJSON() }), "img/0.png"],
    ["bytes", () => new Uint8Array(zero()), "img/0.png"],
    ["a list of one", () => ["img/0.png"], "img/0.png"],
    ["a data address", () => `data:image/png;base64,${base64()}`, "img/0.png"],
    [
      "a data address, encoded",
      () => `data:image/png;base64,${encodeURIComponent(base64())}`,
      "img/0.png",
    ],
    [
      "a data address in percent codes",
      () => `data:image/png,${zero().toString("hex").replace(/../g, "%$&")}`,
      "img/0.png",
    ],
    ["base64", base64, "img/0.png"],
    ["base64 for addresses", () => zero().toString("base64url"), "img/0.png"],
    ["base64 in lines", () => base64().replace(/.{20}/g, "$&\n"), "img/0.png"],
    [
      "bytes as Python prints them",
      () => `b'${zero().toString("hex").replace(/../g, "\\x$&")}'`,
      "img/0.png",
    ],
    [
      "a file address",
      () => pathToFileURL(join(folder, "img/two words.png")).href,
      "img/two words.png",
    ],
  ];
  test.each(cases)("%s", (_, value, name, note) => {
    const column = open([value()]);
    const reading = column.read(value(), "data.csv:2");
    expect(bytesOf(reading)).toEqual(pictures.get(name));
    expect(reading.kind === "picture" ? reading.note?.kind : null).toBe(note);
    expect(column.yield()).toMatchObject({ filled: 1, usable: 1, losses: [] });
  });

  test("empty cells count for nothing", () => {
    const values = [null, undefined, "", "  ", "NaN", NaN, [], { bytes: null, path: null }];
    const column = open(values);
    expect(values.map((value) => column.read(value, "")).every(({ kind }) => kind === "none")).toBe(
      true,
    );
    expect(column.yield()).toMatchObject({ filled: 0, usable: 0 });
  });
});

describe("cells that give none are counted with a reason and a hint", () => {
  const cases: [string, unknown, string, string][] = [
    ["an address", "https://example.com/x.png", "addresses", "Download the pictures"],
    ["a bucket", "s3://bucket/x.png", "addresses", "Download the pictures"],
    ["an address of a file here", "https://a.org/x/0.png", "addresses", "add --images FOLDER/img"],
    ["another folder", "0.png", "no such files", "add --images FOLDER/img"],
    ["another folder, backslashes", "deep\\4.png", "backslashes", "add --images FOLDER/photos"],
    ["another machine", "/kaggle/input/x/img/0.png", "absolute", "add --images FOLDER/img"],
    ["another Windows machine", "C:\\Users\\me\\img\\0.png", "Windows", "add --images FOLDER/img"],
    ["out of the folder", "../x.png", "lead out of the folder", "--images"],
    ["two of that name", "img/twice", "no ending", "--images"],
    ["a number", "17", "numbers", "--image-column"],
    ["a file address elsewhere", "file:///nowhere/x.png", "absolute", "--images"],
    ["broken base64", `data:image/png;base64,iVBORw0KGgo*`, "broken or cut off", "--image-column"],
    ["cut base64", `/9j/${"A".repeat(61)}`, "broken or cut off", "--image-column"],
    ["a data address of a text", "data:text/plain,hello", "not a picture", "--image-column"],
    ["an object of another kind", { width: 3 }, 'without "path" or "bytes"', "--image-column"],
    ["several pictures", ["img/0.png", "img/1.jpg"], "several values", "--image-column"],
    ["a truth value", true, "neither a path nor a picture", "--image-column"],
    ["a text as long as a path may not be", "word ".repeat(2000), "no ending", "--image-column"],
  ];
  test.each(cases)("%s", (_, value, reason, hint) => {
    const column = open([value]);
    const reading = column.read(value, "data.csv:2");
    const { filled, usable, losses, hint: found } = column.yield();
    expect({ filled, usable }).toEqual({ filled: 1, usable: 0 });
    expect(losses[0]!.reason).toContain(reason);
    expect(losses[0]!.first.where).toBe("data.csv:2");
    expect(shown(found!)).toContain(hint.replace("FOLDER", folder));
    // A file that does not exist is named by the decoder, everything else here.
    const missing = reading.kind === "picture" && reading.image.kind === "file";
    expect(missing || reading.kind === "lost").toBe(true);
  });
});

describe("a folder that is named", () => {
  const cases: [string, string, string, string][] = [
    ["another machine", "/kaggle/input/x/img/", "0.png", "img"],
    ["another Windows machine", "C:\\Users\\me\\img\\", "0.png", "img"],
    ["addresses", "https://example.com/a/", "0.png?size=1", "img"],
    ["a folder beside the table", "../pictures/", "0.png", "img"],
    ["the folder's own name", "img/", "0.png", "img"],
    ["another level", "/elsewhere/photos/deep/", "4.png", "photos"],
  ];
  test.each(cases)(
    "stands for the beginning that all paths share: %s",
    (_, start, name, images) => {
      const values = [`${start}${name}`, `${start}missing.png`];
      const column = open(values, join(folder, images));
      const [found] = values.map((value) => column.read(value, ""));
      const file = NAMES.find(
        (path) => path.startsWith(images) && path.endsWith(name.split("?")[0]!),
      )!;
      expect(bytesOf(found!)).toEqual(pictures.get(file));
      expect(found).toMatchObject({ note: { kind: "image-path-moved" } });
      expect(column.yield()).toMatchObject({ filled: 2, usable: 1 });
    },
  );

  test("never makes two paths one file", () => {
    const values = ["/a/one/0.png", "/a/two/0.png"];
    const column = open(values, join(folder, "img"));
    values.forEach((value) => column.read(value, ""));
    expect(column.yield()).toMatchObject({ filled: 2, usable: 0 });
  });
});
