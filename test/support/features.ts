/** @module Writes a small data set of features, in which either modality tells the class to a degree. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { randomStream } from "../../src/random.js";
import { npyHeader } from "../../src/tensors/npy.js";

/** Length of a feature vector. */
export const SIZE = 6;

const CLASSES = ["a", "b", "c"];

/** How a data set of features is made. */
export interface FeatureOptions {
  readonly samples?: number;
  /** Distance of the classes in the image's features and in the text's, in standard deviations. */
  readonly image?: number;
  readonly text?: number;
  /** Gives every third sample a second label. */
  readonly several?: boolean;
  /** Half of the samples train and a third validate; default: the split is drawn. */
  readonly split?: boolean;
}

/** Writes table and features into a folder; gives the arguments that name them. */
export function writeFeatures(
  folder: string,
  { samples = 240, image = 2, text = 2, several = false, split = false }: FeatureOptions = {},
): string[] {
  const random = randomStream(7, "features");
  const side = (name: string, strength: number): string => {
    const values = Float32Array.from({ length: samples * SIZE }, (_, at) => {
      const label = Math.floor(at / SIZE) % CLASSES.length;
      return random.normal() + (at % SIZE === label ? strength : 0);
    });
    const path = join(folder, `${name}.npy`);
    writeFileSync(path, Buffer.concat([npyHeader(samples, SIZE), Buffer.from(values.buffer)]));
    return path;
  };
  const lines = Array.from({ length: samples }, (_, at) => {
    const label = CLASSES[at % CLASSES.length]!;
    const labels = several && at % 9 < 3 ? `${label};rare` : label;
    const sixth = Math.floor(at / CLASSES.length) % 6;
    const own = sixth < 3 ? "train" : sixth < 5 ? "validation" : "test";
    return `s${at},${labels}${split ? `,${own}` : ""}`;
  });
  const table = join(folder, "features.csv");
  writeFileSync(table, `id,label${split ? ",split" : ""}\n${lines.join("\n")}\n`);
  const features = [
    "--image-features",
    side("image", image),
    "--text-features",
    side("text", text),
  ];
  return [table, ...features, ...(several ? ["--label-separator", ";"] : [])];
}
