/** Data of the examples: squares of two colours with captions, made in memory. */

import { samples } from "balgrad";

const square = (label: string, rgb: readonly number[], at: number) => {
  const pixels = Uint8Array.from({ length: 16 * 16 * 3 }, (_, i) => rgb[i % 3]! + (at % 20));
  return { image: { pixels, width: 16, height: 16 }, text: `a ${label} square, ${at}`, label };
};

export const squares = samples(
  Array.from({ length: 60 }, (_, at) => [
    square("red", [220, 30, 30], at),
    square("blue", [30, 40, 220], at),
  ]).flat(),
);
