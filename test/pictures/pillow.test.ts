/** @module Pictures of many kinds have the pixels that Pillow gives them. */

import { readFileSync } from "node:fs";

import { describe, expect, test } from "vitest";

import { decodeImage, decodeWhole } from "../../src/prepare/images/decode.js";

interface Case {
  readonly name: string;
  readonly file: string;
  readonly size: readonly [number, number];
  readonly pixels: string;
  readonly tolerance: number;
  readonly stretched: boolean;
}

// Written by scripts/reference/pictures.py.
const { cases, refused } = JSON.parse(
  readFileSync(new URL("pillow.json", import.meta.url), "utf8"),
) as { readonly cases: readonly Case[]; readonly refused: readonly Pick<Case, "name" | "file">[] };

/** Largest difference of any value. */
const difference = (a: Uint8Array, b: Uint8Array): number =>
  a.reduce((most, value, at) => Math.max(most, Math.abs(value - b[at]!)), 0);

describe("pixels as Pillow has them", () => {
  test.each(cases)("$name", async ({ file, size, pixels, tolerance, stretched }) => {
    const bytes = Buffer.from(file, "base64");
    const expected = Buffer.from(pixels, "base64");
    const whole = await decodeWhole({ kind: "bytes", bytes }, 64);
    expect([whole.width, whole.height]).toEqual(size);
    expect(difference(whole.pixels, expected)).toBeLessThanOrEqual(tolerance);
    // Only values that no fixed rule covers are reinterpreted, and that is said.
    expect(whole.note !== undefined).toBe(stretched);
    const side = Math.max(...size);
    const { planes, note } = await decodeImage({ kind: "bytes", bytes }, side);
    expect(note).toBe(whole.note);
    const [width, height] = size;
    const [left, top] = [(side - width) >> 1, (side - height) >> 1];
    for (const channel of [0, 1, 2]) {
      const row = planes.subarray(channel * side ** 2 + top * side + left).subarray(0, width);
      const wanted = expected.filter((_, at) => at % 3 === channel).subarray(0, width);
      expect(difference(row, wanted)).toBeLessThanOrEqual(tolerance);
    }
  });

  test.each(refused)("TIFF of $name values is refused, not cut off", async ({ name, file }) => {
    const bytes = Buffer.from(file, "base64");
    await expect(decodeImage({ kind: "bytes", bytes }, 8)).rejects.toThrow(
      `the image has ${name} values; save it`,
    );
  });
});
