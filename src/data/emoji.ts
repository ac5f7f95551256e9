/** @module The embedded emoji data set: pictures of two vendors, CLDR names and keywords as text. */

import { fileURLToPath } from "node:url";

import sharp from "sharp";
import { z } from "zod";

import { ConfigError } from "../errors.js";
import { type JsonKind, readChecked } from "../files/json.js";
import type { Dataset, ImageSource, Sample } from "./dataset.js";
import { drawSplits, inFold } from "./split.js";

/** Vendors whose drawings are embedded. */
export const EMOJI_VENDORS = ["twemoji", "noto"] as const;

/** Name of a vendor. */
export type EmojiVendor = (typeof EMOJI_VENDORS)[number];

/** Which labels to use: 9 CLDR groups or about 90 subgroups. */
export type EmojiLabels = "groups" | "subgroups";

/** Options of {@link loadEmoji}. */
export interface EmojiOptions {
  /** Default `groups`. */
  readonly labels?: EmojiLabels;
  /** Language of the texts: `en` (default), `de`, `es`, `fr`, `ja` or `zh`. */
  readonly locale?: string;
  /** Whose drawings; default both. */
  readonly vendors?: readonly EmojiVendor[];
  /** Seed of the split; default 1. */
  readonly seed?: number;
  /** Fold of a cross-validation; default 0. */
  readonly fold?: number;
}

const emojiItem = z.strictObject({
  hexcode: z.string(),
  group: z.string(),
  subgroup: z.string(),
  /** Texts in the order of the file's locales. */
  texts: z.array(z.string()),
});

type EmojiItem = z.infer<typeof emojiItem>;

const emojiFile = z.strictObject({
  side: z.int().min(1),
  columns: z.int().min(1),
  locales: z.array(z.string()),
  items: z.array(emojiItem).min(1),
});

type EmojiFile = z.infer<typeof emojiFile>;

const EMOJI_FILE: JsonKind<EmojiFile> = {
  what: "the emoji of this package",
  schema: emojiFile,
  hint: "Install balgrad again.",
};

// A class needs some emoji in every split; the few smaller subgroups (such as "cat-face" cousins
// with one or two members) are left out of the subgroup labels.
const SMALLEST_SUBGROUP = 5;

const fileOf = (name: string): string => fileURLToPath(new URL(`./emoji/${name}`, import.meta.url));

async function readSprite(vendor: EmojiVendor) {
  return sharp(fileOf(`${vendor}.png`))
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
}

/** Cuts one picture out of a sprite. */
function cutPicture(
  { data, info }: Awaited<ReturnType<typeof readSprite>>,
  index: number,
  { side, columns }: EmojiFile,
): ImageSource {
  const pixels = new Uint8Array(side * side * 3);
  const left = (index % columns) * side;
  const top = Math.floor(index / columns) * side;
  for (let row = 0; row < side; row++) {
    const from = ((top + row) * info.width + left) * 3;
    pixels.set(data.subarray(from, from + side * 3), row * side * 3);
  }
  return { kind: "pixels", pixels, width: side, height: side };
}

/** Labels of the items, or `null` for items that no class takes. */
function labelItems(items: readonly EmojiItem[], labels: EmojiLabels): (string | null)[] {
  if (labels === "groups") return items.map(({ group }) => group);
  const counts = new Map<string, number>();
  for (const { subgroup } of items) counts.set(subgroup, (counts.get(subgroup) ?? 0) + 1);
  return items.map(({ subgroup }) => (counts.get(subgroup)! < SMALLEST_SUBGROUP ? null : subgroup));
}

/**
 * Loads the emoji data set: one sample per emoji and vendor, about 3,800 with both vendors.
 *
 * The split is drawn by emoji, stratified by label: all pictures of an emoji are in one split. The
 * text is the emoji's CLDR name and keywords.
 *
 * @throws {ConfigError} for an unknown locale or vendor.
 */
export async function loadEmoji({
  labels = "groups",
  locale = "en",
  vendors = EMOJI_VENDORS,
  seed = 1,
  fold = 0,
}: EmojiOptions = {}): Promise<Dataset> {
  const file = await readChecked(fileOf("emoji.json"), EMOJI_FILE);
  const language = file.locales.indexOf(locale);
  if (language < 0) {
    throw new ConfigError(
      `The emoji data set has no texts in locale "${locale}".`,
      `Use one of: ${file.locales.join(", ")}.`,
    );
  }
  const itemLabels = labelItems(file.items, labels);
  const classes = [...new Set(itemLabels.filter((label) => label !== null))].sort();
  const units = file.items.flatMap(({ hexcode }, index) => {
    const label = itemLabels[index];
    return label ? [{ key: hexcode, stratum: label }] : [];
  });
  const drawn = drawSplits(units, seed);
  const splitOf = inFold(
    units.map((unit) => ({ ...unit, split: drawn.get(unit.key)! })),
    seed,
    fold,
  );
  const samples: Sample[] = [];
  for (const vendor of vendors) {
    const sprite = await readSprite(vendor);
    file.items.forEach(({ hexcode, texts }, index) => {
      const label = itemLabels[index];
      if (!label) return;
      samples.push({
        id: `${vendor}/${hexcode}`,
        image: cutPicture(sprite, index, file),
        text: texts[language]!,
        labels: [classes.indexOf(label)],
        split: splitOf(drawn.get(hexcode)!, hexcode),
      });
    });
  }
  return {
    name: `emoji:${labels}`,
    labelKind: "single-label",
    classes,
    samples,
    issues: [],
    attribution:
      "Twemoji (CC-BY 4.0, Twitter and contributors), Noto Emoji (Apache-2.0, Google), CLDR names via emojibase (MIT).",
  };
}
