/** @module The emoji: pictures in one file, texts in another, both made by `scripts/build-web-data.js`. */

import type { Samples } from "balgrad/browser";

/** One emoji. */
export interface Emoji {
  /** Code points in hexadecimal digits. */
  readonly code: string;
  readonly text: string;
  /** Position of its group in `classes`. */
  readonly label: number;
  readonly split: "train" | "validation" | "test";
  /** Its picture, `side` by `side`. */
  readonly picture: HTMLCanvasElement;
  /** Planar RGB. */
  readonly pixels: Uint8Array;
}

/** All emoji. */
export interface EmojiSet {
  readonly side: number;
  readonly classes: readonly string[];
  readonly all: readonly Emoji[];
}

interface Table {
  readonly side: number;
  readonly columns: number;
  readonly classes: readonly string[];
  readonly items: readonly (readonly [string, string, number, Emoji["split"]])[];
}

async function fetched(name: string): Promise<Response> {
  const answer = await fetch(new URL(name, document.baseURI));
  if (!answer.ok) throw new Error(`${name} cannot be loaded (${answer.status}).`);
  return answer;
}

/** Loads the emoji. */
export async function loadEmoji(
  pixelsOf: (picture: HTMLCanvasElement, side: number) => Uint8Array,
): Promise<EmojiSet> {
  const [table, sprite] = await Promise.all([
    fetched("emoji.json").then((answer) => answer.json() as Promise<Table>),
    fetched("emoji.webp").then(async (answer) => createImageBitmap(await answer.blob())),
  ]);
  const { side, columns, classes, items } = table;
  const all = items.map(([code, text, label, split], at): Emoji => {
    const picture = document.createElement("canvas");
    picture.width = picture.height = side;
    const [left, top] = [(at % columns) * side, Math.floor(at / columns) * side];
    const context = picture.getContext("2d", { willReadFrequently: true })!;
    context.drawImage(sprite, left, top, side, side, 0, 0, side, side);
    return { code, text, label, split, picture, pixels: pixelsOf(picture, side) };
  });
  return { side, classes, all };
}

/** The emoji that train and validate; those of the test split are asked about. */
export const trainingSamples = ({ classes, all }: EmojiSet): Samples => ({
  classes,
  samples: all.flatMap(({ pixels, text, label, split }) =>
    split === "test" ? [] : [{ pixels, text, label, split }],
  ),
});

/** Emoji that no model was trained on, the groups in turn. */
export function askedEmoji({ classes, all }: EmojiSet): Emoji[] {
  const groups = classes.map((_, label) =>
    all.filter((one) => one.split === "test" && one.label === label),
  );
  const longest = Math.max(...groups.map(({ length }) => length));
  return Array.from({ length: longest }, (_, at) => at).flatMap((at) =>
    groups.flatMap((group) => group.slice(at, at + 1)),
  );
}
