import { createHash } from "node:crypto";
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import sharp from "sharp";
import { beforeEach, describe, expect, test } from "vitest";

import type { Dataset, Sample } from "../data/dataset.js";
import { cacheSize, clearCache, shardName } from "./cache.js";
import { prepareDataset } from "./prepare.js";
import type { PrepareOptions } from "./rows.js";
import { contourDistance, fingerprint, readPrint } from "./images/fingerprint.js";
import { decodeImage, scratchImages } from "./images/decode.js";
import { openShard, writeShard } from "./shard.js";
import { hashedText } from "./text.js";

const folder = mkdtempSync(join(tmpdir(), "balgrad-cache-test-"));
const cache = join(folder, "cache");
const words = { buckets: 64, maxTokens: 16 };
const options: PrepareOptions = { image: scratchImages(20), text: hashedText(words) };

/** A picture of gradients, so that it has contours. */
async function writePicture(name: string, tilt: number): Promise<string> {
  const pixels = Uint8Array.from({ length: 40 * 30 * 3 }, (_, at) => {
    const [x, y] = [Math.floor(at / 3) % 40, Math.floor(at / 120)];
    return (x * tilt + y * 5 + (at % 3) * 20) % 256;
  });
  const path = join(folder, name);
  await sharp(pixels, { raw: { width: 40, height: 30, channels: 3 } })
    .png()
    .toFile(path);
  return path;
}

const sample = (id: string, path: string, text = `text ${id}`): Sample => ({
  ...{ id, text, labels: [0], split: "train" },
  image: { kind: "file", path },
});

const dataset = (samples: readonly Sample[]): Dataset => ({
  ...{ name: "x", labelKind: "single-label", classes: ["a", "b"], samples, issues: [] },
});

const shards = (): string[] => (existsSync(cache) ? readdirSync(cache) : []);

beforeEach(async () => {
  process.env["BALGRAD_CACHE"] = cache;
  await clearCache();
});

describe("the cache", () => {
  test("a second reading decodes nothing and gives the same", async () => {
    const path = await writePicture("a.png", 7);
    const { size } = statSync(path);
    const mtime = new Date(2020, 1, 1);
    utimesSync(path, mtime, mtime);
    const data = dataset([sample("a", path), sample("b", join(folder, "none.png"))]);
    const first = await prepareDataset(data, options);
    expect(shards()).toHaveLength(1);
    // The same length and time, other bytes: only a decoder would notice.
    writeFileSync(path, Buffer.alloc(size));
    utimesSync(path, mtime, mtime);
    const second = await prepareDataset(data, options);
    expect(second.issues).toEqual(first.issues);
    expect(second.prepared.train.images.row(0)).toEqual(first.prepared.train.images.row(0));
    const tokensOf = ({ texts }: typeof first.prepared.train) =>
      texts.kind === "tokens" ? texts.tokens : null;
    expect(tokensOf(second.prepared.train)).toEqual(tokensOf(first.prepared.train));
    expect(second.facts.train[0]!.picture).toMatchObject({ kind: "decoded", size: [40, 30] });
    expect((await cacheSize()).pictures.files).toBe(1);
  });

  test("is named by all that it was made of", async () => {
    const path = await writePicture("b.png", 9);
    const { image, text } = options;
    const name = await shardName([sample("a", path)], image, text);
    expect(await shardName([sample("other id", path, "text a")], image, text)).toBe(name);
    const others = [
      await shardName([sample("a", path, "more")], image, text),
      await shardName([sample("a", path)], scratchImages(24), text),
      await shardName([sample("a", path)], image, hashedText({ ...words, buckets: 65 })),
      await shardName([sample("a", path), sample("a", path)], image, text),
    ];
    const later = new Date(Date.now() + 5000);
    utimesSync(path, later, later);
    others.push(await shardName([sample("a", path)], image, text));
    expect(new Set([name, ...others]).size).toBe(6);
  });

  test.each(["cut short", "a bit changed", "emptied"])(
    "a shard that is %s is made again",
    async (how) => {
      const path = await writePicture("c.png", 11);
      const data = dataset([sample("a", path)]);
      const whole = (await prepareDataset(data, options)).prepared.train.images.row(0).slice();
      const file = join(cache, shards()[0]!);
      const bytes = readFileSync(file);
      const changed = Buffer.from(bytes);
      changed[bytes.length - 7]! ^= 1;
      const broken = {
        "cut short": bytes.subarray(0, -9),
        "a bit changed": changed,
        emptied: Buffer.alloc(0),
      };
      writeFileSync(file, broken[how as keyof typeof broken]);
      expect(await openShard(file, "memory")).toBeNull();
      const again = await prepareDataset(data, options);
      expect(again.prepared.train.images.row(0)).toEqual(whole);
      expect(readFileSync(file)).toEqual(bytes);
    },
  );

  test("a shard with any bit flipped is not opened, and the user is told", async () => {
    const path = await writePicture("h.png", 12);
    await prepareDataset(dataset([sample("a", path)]), options);
    const file = join(cache, shards()[0]!);
    const bytes = readFileSync(file);
    for (let at = 0; at < 8 * bytes.length; at += at < 8 * 24 ? 1 : 997) {
      const flipped = Buffer.from(bytes);
      flipped[at >> 3]! ^= 1 << (at & 7);
      writeFileSync(file, flipped);
      expect(await openShard(file, "memory"), `bit ${at}`).toBeNull();
    }
    const { issues } = await prepareDataset(dataset([sample("a", path)]), options);
    expect(issues).toEqual([expect.objectContaining({ kind: "cache-damaged", where: file })]);
  });

  test("pixels that are deferred are checked when they are asked for, the rest at once", async () => {
    const path = await writePicture("i.png", 17);
    const data = dataset([sample("a", path)]);
    const deferred = { ...options, defersPixels: true };
    const whole = (await prepareDataset(data, deferred)).prepared.train.images;
    const file = join(cache, shards()[0]!);
    const bytes = readFileSync(file);
    const again = (await prepareDataset(data, deferred)).prepared.train.images;
    const digest = createHash("sha256").update(whole.row(0)).digest("hex");
    expect([whole.digest!(0), again.digest!(0)]).toEqual([digest, digest]);
    expect([...again.row(0)]).toEqual([...whole.row(0)]);
    const changed = Buffer.from(bytes);
    changed[bytes.length - 7]! ^= 1;
    writeFileSync(file, changed);
    const damaged = await prepareDataset(data, deferred);
    expect(damaged.issues).toEqual([]);
    expect(damaged.prepared.train.images.digest!(0)).toBe(digest);
    expect(() => damaged.prepared.train.images.row(0)).toThrow(/the file of the cache is damaged/);
    // It is gone, so that the next call makes it again.
    expect((await prepareDataset(data, deferred)).issues).toEqual([]);
    expect(readFileSync(file)).toEqual(bytes);
    writeFileSync(file, bytes.subarray(0, -1));
    const short = await prepareDataset(data, deferred);
    expect(short.issues).toEqual([expect.objectContaining({ kind: "cache-damaged", where: file })]);
  });

  test("what a killed process left behind goes after a day, not before", async () => {
    const path = await writePicture("d.png", 13);
    await prepareDataset(dataset([sample("a", path)]), options);
    const [fresh, old] = [join(cache, "x.shard.1.2.tmp"), join(cache, "y.shard.1.2.tmp")];
    for (const left of [fresh, old]) writeFileSync(left, "half");
    const yesterday = new Date(Date.now() - 25 * 3600 * 1000);
    utimesSync(old, yesterday, yesterday);
    await prepareDataset(dataset([sample("a", path)]), options);
    expect([existsSync(fresh), existsSync(old)]).toEqual([true, false]);
  });

  test("pixels read from the file are those in memory; nothing half-written has the name", async () => {
    const pixels = Uint8Array.from({ length: 24 }, (_, at) => at);
    const entries = [0, 1].map((at) => ({
      picture: { kind: "none" } as const,
      tokens: Int32Array.of(at, 5),
      truncated: false,
    }));
    await prepareDataset(dataset([sample("a", await writePicture("e.png", 3))]), options);
    const path = join(cache, "z.shard");
    await Promise.all(Array.from({ length: 8 }, () => writeShard(path, entries, pixels, 12)));
    expect(shards().filter((name) => name.endsWith(".tmp"))).toEqual([]);
    const [kept, lazy] = [(await openShard(path, "memory"))!, (await openShard(path, "file"))!];
    expect([kept.resident, lazy.resident]).toEqual([24, 0]);
    for (const at of [1, 0]) {
      expect([...lazy.pixels(at)]).toEqual([...pixels.subarray(12 * at, 12 * at + 12)]);
      expect([...kept.pixels(at)]).toEqual([...lazy.pixels(at)]);
      expect([...lazy.entries[at]!.tokens]).toEqual([at, 5]);
    }
  });
});

describe("fingerprints", () => {
  test("of a recompressed and rescaled copy are near, of another picture far", async () => {
    const path = await writePicture("f.png", 6);
    const copy = join(folder, "copy.jpg");
    await sharp(path).resize(120, 90).jpeg({ quality: 60 }).toFile(copy);
    const shape = [3, 32, 32] as const;
    const print = async (file: string) =>
      fingerprint((await decodeImage({ kind: "file", path: file }, 32)).planes, shape)!;
    const [one, again, other] = [
      await print(path),
      await print(copy),
      await print(await writePicture("g.png", 23)),
    ];
    expect(contourDistance(readPrint(one), readPrint(again))).toBeLessThanOrEqual(10);
    expect(contourDistance(readPrint(one), readPrint(other))).toBeGreaterThan(30);
    expect(fingerprint(new Uint8Array(3 * 32 * 32).fill(90), shape)).toBeNull();
  });
});
