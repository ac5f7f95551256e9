// Writes the emoji as one picture and one table for the page in web/: those of one vendor, with their splits.
import { mkdir, writeFile } from "node:fs/promises";
import process from "node:process";
import { fileURLToPath, URL } from "node:url";

import sharp from "sharp";

import { loadEmoji } from "../dist/data/emoji.js";

const out = fileURLToPath(new URL("../web/public/", import.meta.url));
const COLUMNS = 48;
/** Smaller than without losses by two thirds; at 32 pixels nobody sees them. */
const QUALITY = 82;

const { classes, samples } = await loadEmoji({ vendors: ["twemoji"] });
const side = samples[0].image.width;
const rows = Math.ceil(samples.length / COLUMNS);
const sprite = await sharp({
  create: { width: COLUMNS * side, height: rows * side, channels: 3, background: "#fff" },
})
  .composite(
    samples.map(({ image: { pixels } }, at) => ({
      input: pixels,
      raw: { width: side, height: side, channels: 3 },
      left: (at % COLUMNS) * side,
      top: Math.floor(at / COLUMNS) * side,
    })),
  )
  .webp({ quality: QUALITY, effort: 6 })
  .toBuffer();

const items = samples.map(({ id, text, labels, split }) => [
  id.split("/")[1].toLowerCase(),
  text,
  labels[0],
  split,
]);
const table = JSON.stringify({ side, columns: COLUMNS, classes, items });

await mkdir(out, { recursive: true });
await writeFile(`${out}emoji.webp`, sprite);
await writeFile(`${out}emoji.json`, table);
const kilobytes = (length) => `${String(Math.round(length / 1000))} kB`;
process.stdout.write(
  `${String(samples.length)} emoji: ${kilobytes(sprite.length)} of pictures, ${kilobytes(table.length)} of texts\n`,
);
