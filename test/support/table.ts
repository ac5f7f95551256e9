/** @module Writes a small data set of coloured squares with captions, as a user would have it. */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import sharp from "sharp";

import { randomStream } from "../../src/random.js";

const COLOURS = { red: [220, 40, 40], green: [40, 200, 60], blue: [40, 60, 220] } as const;

/** Classes of the squares. */
export const SQUARE_CLASSES = Object.keys(COLOURS).sort();

/** Writes `squares.csv` and its pictures into a folder; gives the table's path. */
export async function writeSquares(folder: string, perClass = 20): Promise<string> {
  mkdirSync(join(folder, "pictures"), { recursive: true });
  const random = randomStream(3, "squares");
  const lines = ["id,image,text,label"];
  for (const [name, [red, green, blue]] of Object.entries(COLOURS)) {
    for (let at = 0; at < perClass; at++) {
      const shade = (value: number): number => Math.min(255, value + random.integer(40));
      const background = { r: shade(red), g: shade(green), b: shade(blue) };
      const file = `pictures/${name}-${at}.png`;
      await sharp({ create: { width: 12, height: 9, channels: 3, background } })
        .png()
        .toFile(join(folder, file));
      lines.push(`${name}-${at},${file},"a ${name} thing, number ${at}",${name}`);
    }
  }
  const path = join(folder, "squares.csv");
  writeFileSync(path, `${lines.join("\n")}\n`);
  return path;
}

/** Flags that make training on the squares quick. */
export const QUICK = [
  "--epochs",
  "3",
  "--batch-size",
  "8",
  "--embed",
  "16",
  "--set",
  'model.image={"type":"convolutional","side":8,"channels":[8]}',
  "--set",
  'model.text={"type":"bag","buckets":64,"width":8}',
];

/** The same as settings of a training on a table. */
export const quickSettings = (source: string) => ({
  data: { source },
  train: { epochs: 3, batchSize: 8 },
  model: {
    embed: 16,
    image: { type: "convolutional", side: 8, channels: [8] },
    text: { type: "bag", buckets: 64, width: 8 },
  },
});
