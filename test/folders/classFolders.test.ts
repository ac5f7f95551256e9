/** @module Pictures in folders of classes: splits, texts beside them, and what is left out. */

import { spawnSync } from "node:child_process";
import { renameSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { describe, expect, test } from "vitest";

import { decodeImage } from "../../src/prepare/images/decode.js";
import { folderOf, messages, open, picture, rowsOf, sizes } from "./open.js";

/** Pictures of two classes, and other files. */
const classes = (
  place: (label: string, at: number) => string,
  more: Readonly<Record<string, string | Uint8Array | number>> = {},
  perClass = 10,
): Promise<string> => {
  const files = ["cat", "dog"].flatMap((label, offset) =>
    Array.from({ length: perClass }, (_, at) => [place(label, at), offset * 100 + at] as const),
  );
  return folderOf({ ...Object.fromEntries(files), ...more });
};

const splitOf = (at: number): string => (at < 6 ? "train" : at < 8 ? "val" : "test");

describe("folders of classes", () => {
  test("without splits, and below the folders of an archive", async () => {
    for (const around of ["", "data/", "archive/images/"]) {
      const dataset = await open(await classes((label, at) => `${around}${label}/${at}.png`));
      expect(dataset.classes).toEqual(["cat", "dog"]);
      expect(sizes(dataset).reduce((sum, size) => sum + size)).toBe(20);
      expect(sizes(dataset).every((size) => size > 0)).toBe(true);
      expect(dataset.issues).toEqual([]);
    }
  });

  test.each([
    ["split, then class", (label: string, at: number) => `${splitOf(at)}/${label}/${at}.png`],
    ["class, then split", (label: string, at: number) => `${label}/${splitOf(at)}/${at}.png`],
    ["within data", (label: string, at: number) => `data/${splitOf(at)}/${label}/${at}.png`],
    ["longer names", (label: string, at: number) => `images-${splitOf(at)}2017/${label}/${at}.png`],
  ])("%s", async (_, place) => {
    const dataset = await open(await classes(place));
    expect(dataset.classes).toEqual(["cat", "dog"]);
    expect(sizes(dataset)).toEqual([12, 4, 4]);
    expect(dataset.issues).toEqual([]);
  });

  test("a class may be called train, or like a station of trains", async () => {
    const places = { cat: "train", dog: "boat" };
    const dataset = await open(
      await classes((label, at) => `${places[label as "cat" | "dog"]}/${at}.png`),
    );
    expect(dataset.classes).toEqual(["boat", "train"]);
    const stations = { cat: "train station", dog: "airport" };
    const others = await open(
      await classes((label, at) => `${stations[label as "cat" | "dog"]}/${at}.png`),
    );
    expect(others.classes).toEqual(["airport", "train station"]);
  });

  test("where all pictures lie deeper, the innermost folder is the label, and that is said", async () => {
    const dataset = await open(await classes((label, at) => `animals/pets/${label}/${at}.png`));
    expect(dataset.classes).toEqual(["cat", "dog"]);
    const deep = await open(
      await classes((label, at) => `${at % 2 ? "a" : "b"}/${label}/${at}.png`),
    );
    expect(deep.classes).toEqual(["cat", "dog"]);
    expect(messages(deep, "folder-labels")).toEqual([
      "the innermost folder is the label, as in a/cat",
    ]);
  });

  test("what is not used is counted by kind", async () => {
    const folder = await classes((label, at) => `${label}/${at}.png`, {
      ".hidden.png": 1,
      "cat/.git/config": "x",
      "cat/Thumbs.db": "x",
      "dog/.DS_Store": "x",
      "__MACOSX/cat/._1.png": "x",
      "cat/notes.xml": "<a/>",
      "README.md": "read me",
      "classes.txt": "cat\ndog",
      "cat/more/deep.png": 7,
      "loose.png": 8,
    });
    symlinkSync(join(folder, "none"), join(folder, "cat/dangling"));
    symlinkSync(join(folder, "cat"), join(folder, "dog/round"));
    spawnSync("mkfifo", [join(folder, "cat/pipe")]);
    const dataset = await open(folder);
    expect(sizes(dataset).reduce((sum, size) => sum + size)).toBe(20);
    const said = dataset.issues.map(({ kind, message, outcome }) => [kind, message, outcome]);
    expect(Object.fromEntries(said.map(([kind, message]) => [kind, message]))).toEqual({
      "folder-hidden":
        "2 hidden files or folders not used, with names that start with a dot or two underscores: .hidden.png, cat/.git",
      "folder-system":
        "3 files or folders of operating systems not used: __MACOSX, cat/Thumbs.db, dog/.DS_Store",
      "folder-other":
        "3 other files not used, neither pictures nor texts beside them: README.md, cat/notes.xml, classes.txt",
      "folder-deep":
        "1 picture not used, deeper than the folders of the classes: cat/more/deep.png",
      "folder-loose": "1 picture not used, in no folder of a class: loose.png",
      "folder-link": "2 links not used, to a folder or to nothing: cat/dangling, dog/round",
      "folder-special": "1 pipe, socket or device not used: cat/pipe",
    });
    expect(said.every(([, , outcome]) => outcome === "noted")).toBe(true);
  });

  test("pictures beside the folders of splits are counted", async () => {
    const folder = await classes((label, at) => `${splitOf(at)}/${label}/${at}.png`, {
      "unlabelled/1.png": 1,
    });
    expect(messages(await open(folder), "folder-split")).toEqual([
      "1 picture not used, beside the folders of the splits: unlabelled/1.png",
    ]);
  });
});

describe("pictures by content", () => {
  test("whatever they are called", async () => {
    const folder = await classes((label, at) => `${label}/${at}.png`, {
      "cat/noending": await picture(50),
      "cat/odd.dat": await picture(51, "jpeg"),
      "cat/webp.jpg": await picture(52, "webp"),
      "cat/upper.JPG": await picture(53, "jpeg"),
      "cat/old.jfif": await picture(54, "jpeg"),
      "cat/page.dat": "<html></html>",
    });
    const dataset = await open(folder);
    expect(dataset.samples).toHaveLength(25);
    expect(messages(dataset, "folder-other")).toEqual([
      "1 other file not used, neither pictures nor texts beside them: cat/page.dat",
    ]);
    for (const { image } of dataset.samples)
      expect((await decodeImage(image!, 4)).size).toEqual([4, 3]);
  });

  test("a picture of a phone that cannot be read is a sample, and named when it is decoded", async () => {
    const folder = await classes((label, at) => `${label}/${at}.png`, {
      "cat/phone": Buffer.from("\0\0\0\x18ftypheic\0\0\0\0mif1heic", "latin1"),
    });
    const dataset = await open(folder);
    expect(dataset.samples).toHaveLength(21);
    const phone = dataset.samples.find(({ id }) => id.endsWith("phone"))!;
    await expect(decodeImage(phone.image!, 4)).rejects.toThrow("a HEIC picture");
  });
});

describe("texts beside pictures", () => {
  const CAFE = "café crème brûlée";

  test("have any encoding, as the rows of tables", async () => {
    const folder = await classes((label, at) => `${label}/${at}.png`, {
      "cat/0.txt": CAFE,
      "cat/1.txt": Buffer.from(CAFE, "latin1"),
      "cat/2.txt": `\uFEFF${CAFE}\r\n`,
      "cat/3.txt": Buffer.from(`\uFEFF${CAFE}`, "utf16le"),
      "cat/4.png.txt": CAFE,
      "cat/5.TXT": CAFE,
    });
    const dataset = await open(folder);
    const texts = dataset.samples.filter(({ text }) => text !== null);
    expect(texts.map(({ text }) => text)).toEqual(new Array<string>(6).fill(CAFE));
    expect(dataset.issues.map(({ kind, where, message }) => [kind, where, message])).toEqual([
      ["encoding", join(folder, "cat/1.txt"), "not UTF-8; read as windows-1252"],
    ]);
  });

  test("alone are samples without a picture, and empty ones are named", async () => {
    const folder = await classes((label, at) => `${label}/${at}.png`, {
      "cat/0.txt": " \n",
      "cat/alone.txt": "a cat that nobody saw",
    });
    const dataset = await open(folder);
    expect(rowsOf(dataset, folder).filter((row) => / - /.test(row))).toEqual([
      expect.stringContaining("cat - a cat that nobody saw"),
    ]);
    expect(messages(dataset, "image-missing")).toEqual(["no picture of the same name"]);
    expect(messages(dataset, "text-missing")).toEqual(["the text is empty"]);
  });

  test("of several lines are one text, or one caption by the policy of captions", async () => {
    const folder = await classes((label, at) => `${label}/${at}.png`, {
      "cat/0.txt": "a cat\n\n a sleeping cat \r\nan animal\n",
    });
    const textOf = async (caption: string): Promise<string> => {
      const dataset = await open(folder, { variant: { caption } });
      return dataset.samples.find(({ text }) => text !== null)!.text!;
    };
    expect(await textOf("all")).toBe("a cat\n\n a sleeping cat \r\nan animal");
    expect(await textOf("first")).toBe("a cat");
    const random = await textOf("random");
    expect(["a cat", "a sleeping cat", "an animal"]).toContain(random);
    expect(await textOf("random")).toBe(random);
  });

  test("with names of control characters are read, not run", async () => {
    const folder = await classes((label, at) => `${label}/${at}.png`);
    renameSync(join(folder, "cat/0.png"), join(folder, "cat/\u001b[31m.png"));
    writeFileSync(join(folder, "cat/\u001b[31m.txt"), "red");
    const dataset = await open(folder);
    expect(dataset.samples.filter(({ text }) => text === "red")).toHaveLength(1);
  });
});
