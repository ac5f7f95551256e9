/** @module Corrupted pictures by hand: means, shares, factors, and what a real encoder does. */

import sharp from "sharp";
import { describe, expect, test } from "vitest";

import { randomStream } from "../../random.js";
import { corruptionsOn, SEVERITIES } from "../further.js";

/** `[3, height, width]`. */
type Shape = readonly [number, number, number];

const SMALL: Shape = [3, 32, 32];

/** Noise of all greys, planar. */
function noisy([channels, height, width]: Shape): Uint8Array {
  const random = randomStream(1, "picture");
  return Uint8Array.from({ length: channels * height * width }, () => random.integer(256));
}

const corrupt = (
  planes: Uint8Array,
  name: ReturnType<typeof corruptionsOn<"image">>[number]["name"],
  severity: number,
  { shape = SMALL, seed = 1, row = 0 } = {},
): Promise<Uint8Array> => {
  const [corruption] = corruptionsOn("image", [name]);
  return Promise.resolve(corruption!.picture(planes, shape, { strength: severity, seed, row }));
};

const mean = (values: ArrayLike<number>): number =>
  Array.from(values).reduce((sum, value) => sum + value, 0) / values.length;

const deviation = (values: ArrayLike<number>): number => {
  const middle = mean(values);
  return Math.sqrt(mean(Array.from(values, (value) => (value - middle) ** 2)));
};

const distance = (a: Uint8Array, b: Uint8Array): number =>
  mean(a.map((value, at) => Math.abs(value - b[at]!)));

describe("corrupted pictures", () => {
  test("a blurred point is a Gaussian of the stated deviation, and the mean stays", async () => {
    const shape = [3, 41, 41] as const;
    const planes = new Uint8Array(3 * 41 * 41);
    planes[20 * 41 + 20] = 255;
    // Severity 5 of small pictures has a deviation of 1: 255 / (2 pi) in the middle.
    const blurred = await corrupt(planes, "gaussian-blur", 5, { shape });
    expect(blurred[20 * 41 + 20]).toBe(Math.round(255 / (2 * Math.PI)));
    expect(blurred[20 * 41 + 21]).toBe(Math.round((255 / (2 * Math.PI)) * Math.exp(-0.5)));
    expect(blurred[21 * 41 + 21]).toBe(Math.round((255 / (2 * Math.PI)) * Math.exp(-1)));
    expect(Math.max(...blurred.subarray(41 * 41))).toBe(0);
    const whole = noisy(SMALL);
    let before = deviation(whole);
    for (const severity of SEVERITIES) {
      const own = await corrupt(whole, "gaussian-blur", severity);
      for (const plane of [0, 1, 2]) {
        const [start, end] = [plane * 1024, (plane + 1) * 1024];
        expect(mean(own.subarray(start, end))).toBeCloseTo(mean(whole.subarray(start, end)), 1);
      }
      expect(deviation(own)).toBeLessThan(before);
      before = deviation(own);
    }
  });

  test("blur grows with pictures from 64 pixels on", async () => {
    const widths: number[] = [];
    for (const side of [64, 128]) {
      const planes = new Uint8Array(3 * side * side);
      // An edge in the middle: what is left of it is a Gaussian's integral.
      for (let at = 0; at < planes.length; at++) planes[at] = at % side < side / 2 ? 0 : 255;
      const own = await corrupt(planes, "gaussian-blur", 5, { shape: [3, side, side] });
      const middle = own.subarray((side / 2) * side, (side / 2 + 1) * side);
      widths.push(middle.filter((value) => value > 40 && value < 215).length);
    }
    // The deviations are 6 / 224 of the side, 1.7 and 3.4; between 40 and 215 lie 2.0 of them.
    expect(widths).toEqual([4, 6]);
  });

  test("JPEG is what the encoder makes of the same pixels, worse with each severity", async () => {
    // Grey: what halving the resolution of colours loses would hide the rest.
    const grey = noisy(SMALL).subarray(0, 1024);
    const planes = Uint8Array.from({ length: 3072 }, (_, place) => grey[place % 1024]!);
    const [, height, width] = SMALL;
    const pixels = new Uint8Array(planes.length);
    planes.forEach((value, place) => {
      pixels[3 * (place % 1024) + Math.floor(place / 1024)] = value;
    });
    const raw = { width, height, channels: 3 } as const;
    const file = await sharp(pixels, { raw }).jpeg({ quality: 40 }).toBuffer();
    const decoded = await sharp(file).raw().toBuffer();
    const strongest = await corrupt(planes, "jpeg-compression", 5);
    strongest.forEach((value, place) => {
      expect(value).toBe(decoded[3 * (place % 1024) + Math.floor(place / 1024)]);
    });
    const distances: number[] = [];
    for (const severity of SEVERITIES) {
      distances.push(distance(planes, await corrupt(planes, "jpeg-compression", severity)));
    }
    expect(distances[0]).toBeGreaterThan(0);
    expect(distances).toEqual([...distances].sort((a, b) => a - b));
  });

  test.each([1, 2, 3, 4, 5] as const)(
    "occlusion of severity %i covers its share with one grey rectangle, the rest stays",
    async (severity) => {
      const planes = new Uint8Array(3 * 40 * 60).fill(7);
      const shape = [3, 40, 60] as const;
      const own = await corrupt(planes, "occlusion", severity, { shape });
      expect(new Set(own)).toEqual(new Set([7, 128]));
      const covered = [...own.keys()].filter((at) => own[at] === 128);
      expect(covered.length / own.length).toBeCloseTo(severity / 10, 1);
      const plane = covered.filter((at) => at < 2400);
      expect(covered.length).toBe(3 * plane.length);
      const [xs, ys] = [plane.map((at) => at % 60), plane.map((at) => Math.floor(at / 60))];
      const side = (places: number[]): number => Math.max(...places) - Math.min(...places) + 1;
      expect(side(xs) * side(ys)).toBe(plane.length);
    },
  );

  test("what one severity covers, the next covers, too", async () => {
    const planes = new Uint8Array(3072).fill(7);
    let before: number[] = [];
    for (const severity of SEVERITIES) {
      const own = await corrupt(planes, "occlusion", severity);
      const covered = [...own.keys()].filter((at) => own[at] === 128);
      expect(covered).toEqual(expect.arrayContaining(before));
      expect(covered.length).toBeGreaterThan(before.length);
      before = covered;
    }
  });

  test("what is covered is drawn by seed and sample", async () => {
    const planes = noisy(SMALL);
    const first = await corrupt(planes, "occlusion", 2);
    expect(await corrupt(planes, "occlusion", 2)).toEqual(first);
    expect(await corrupt(planes, "occlusion", 2, { row: 1 })).not.toEqual(first);
    expect(await corrupt(planes, "occlusion", 2, { seed: 2 })).not.toEqual(first);
  });

  test("darkness scales all values", async () => {
    const planes = Uint8Array.of(0, 10, 100, 200, 250, 255, 1, 2, 3, 4, 5, 6);
    const shape = [3, 2, 2] as const;
    const darker = await corrupt(planes, "darkness", 2, { shape });
    expect([...darker]).toEqual([0, 5, 50, 100, 125, 128, 1, 1, 2, 2, 3, 3]);
    const darkest = await corrupt(planes, "darkness", 5, { shape });
    expect([...darkest.subarray(0, 6)]).toEqual([0, 1, 10, 20, 25, 26]);
    expect(planes[5]).toBe(255);
  });
});
