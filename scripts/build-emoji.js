// Builds the embedded emoji data set from its npm packages, byte for byte the same every time.
//
//   node scripts/build-emoji.js           writes src/data/emoji/
//   node scripts/build-emoji.js --check   compares with what is there; exit code 1 when it differs
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import process from "node:process";
import { fileURLToPath, URL } from "node:url";

import sharp from "sharp";

const require = createRequire(import.meta.url);
const target = new URL("../src/data/emoji/", import.meta.url);

const LOCALES = ["en", "de", "es", "fr", "ja", "zh"];
const SIDE = 32;
const COLUMNS = 48;
// The sheets put a border of one pixel around every picture.
const CELL = SIDE + 2;
const VENDORS = { twemoji: "twitter", noto: "google" };
const COMPONENTS = 2;

const { groups, subgroups } = require("emojibase-data/meta/groups.json");
const sheetIndex = new Map();
for (const entry of require("emoji-datasource-twitter/emoji.json")) {
  for (const code of [entry.unified, entry.non_qualified]) if (code) sheetIndex.set(code, entry);
}

/** Emoji that both vendors draw, in the order of their code points. */
const emoji = require("emojibase-data/en/data.json")
  .filter(({ group }) => group !== undefined && group !== COMPONENTS)
  .map((entry) => ({ ...entry, cell: sheetIndex.get(entry.hexcode) }))
  .filter(({ cell }) => cell?.has_img_twitter && cell.has_img_google)
  .sort((a, b) => (a.hexcode < b.hexcode ? -1 : 1));

/** @param {{ label: string, tags?: string[] }} entry */
const textOf = ({ label, tags = [] }) => [label, ...tags].join(", ");

function buildItems() {
  const texts = Object.fromEntries(
    LOCALES.map((locale) => {
      const entries = require(`emojibase-data/${locale}/data.json`);
      return [locale, new Map(entries.map((entry) => [entry.hexcode, textOf(entry)]))];
    }),
  );
  const items = emoji.map(({ hexcode, group, subgroup }) => ({
    hexcode,
    group: groups[group],
    subgroup: subgroups[subgroup],
    texts: LOCALES.map((locale) => texts[locale].get(hexcode) ?? ""),
  }));
  const lines = items.map((item) => JSON.stringify(item)).join(",\n");
  return `{"side":${SIDE},"columns":${COLUMNS},"locales":${JSON.stringify(LOCALES)},"items":[\n${lines}\n]}\n`;
}

/** @param {string} source Name in the emoji-datasource packages. */
async function buildSprite(source) {
  const file = require.resolve(`emoji-datasource-${source}/img/${source}/sheets/${SIDE}.png`);
  const sheet = await sharp(file)
    .flatten({ background: "#ffffff" })
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const rows = Math.ceil(emoji.length / COLUMNS);
  const width = COLUMNS * SIDE;
  const sprite = new Uint8Array(width * rows * SIDE * 3).fill(255);
  emoji.forEach(({ cell }, index) => {
    const left = cell.sheet_x * CELL + 1;
    const top = cell.sheet_y * CELL + 1;
    const x = (index % COLUMNS) * SIDE;
    const y = Math.floor(index / COLUMNS) * SIDE;
    for (let row = 0; row < SIDE; row++) {
      const from = ((top + row) * sheet.info.width + left) * 3;
      sprite.set(sheet.data.subarray(from, from + SIDE * 3), ((y + row) * width + x) * 3);
    }
  });
  return sharp(sprite, { raw: { width, height: rows * SIDE, channels: 3 } })
    .png({ compressionLevel: 9, adaptiveFiltering: true })
    .toBuffer();
}

const files = new Map([["emoji.json", Buffer.from(buildItems())]]);
for (const [vendor, source] of Object.entries(VENDORS)) {
  files.set(`${vendor}.png`, await buildSprite(source));
}

const check = process.argv.includes("--check");
let differing = 0;
for (const [name, contents] of files) {
  const path = fileURLToPath(new URL(name, target));
  if (check) {
    const same = contents.equals(await readFile(path));
    console.log(`${same ? "same   " : "DIFFERS"} ${name}`);
    if (!same) differing++;
  } else {
    await writeFile(path, contents);
    console.log(`${name}: ${contents.length} bytes`);
  }
}
process.exitCode = differing > 0 ? 1 : 0;
