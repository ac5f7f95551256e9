/**
 * Writes the tables of docs/results from the result files of comparisons that are kept in docs/results/data:
 *
 *   node scripts/results.js          writes them
 *   node scripts/results.js --check  ends with 1 where a page is not what the files say
 *
 * A page says where: `<!-- answers NAME -->`, the table, `<!-- end -->`; NAME is that of a file, or several.
 */

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { format } from "prettier";

const PAGES = fileURLToPath(new URL("../docs/results/", import.meta.url));
const DEFAULT = "robust";

const COLUMNS = {
  full: "full",
  "image-missing": "image missing",
  "text-missing": "text missing",
  "missing-average": "avg",
  "image-noisy": "image noisy",
  "text-noisy": "text noisy",
  "noisy-average": "noisy avg",
  "image-wrong": "image wrong",
  "text-wrong": "text wrong",
  "wrong-average": "wrong avg",
};

const read = (name) => JSON.parse(readFileSync(`${PAGES}data/${name}.json`, "utf8"));

const line = (cells) => `| ${cells.join(" | ")} |`;
const table = (header, rows) =>
  [line(header), line(header.map((_, at) => (at === 0 ? "---" : "---:"))), ...rows.map(line)].join(
    "\n",
  );

/** All figures of one answer by column. */
const figuresOf = (columns, wrong) => ({
  ...columns,
  ...(wrong && { ...wrong, "wrong-average": wrong.average }),
});

/** Answers of a method: as the paper's protocol asks, and as `balgrad predict` does. */
function answersOf(row) {
  const { label, protocol, aware, published, wrong } = row;
  const several = published !== null;
  const asked = several ? `${label}, thresholds` : label;
  return [
    ...(several ? [[`${label}, as published`, figuresOf(published.columns, null)]] : []),
    [asked, figuresOf(protocol.columns, wrong?.protocol)],
    ...(aware && label !== "linear"
      ? [[`${label}, modality-aware`, figuresOf(aware.columns, wrong?.aware)]]
      : []),
  ];
}

const cell = ({ mean, deviation }) => `${mean.toFixed(1)}±${deviation.toFixed(1)}`;

/** Every answer of a comparison under every case, the best of a column in bold. */
function answers(name) {
  const rows = read(name).rows.flatMap(answersOf);
  const columns = Object.keys(COLUMNS);
  const best = columns.map((column) =>
    Math.max(...rows.map(([, figures]) => figures[column]?.mean ?? -Infinity)),
  );
  const body = rows.map(([label, figures]) => [
    label,
    ...columns.map((column, at) => {
      const figure = figures[column];
      if (!figure) return "";
      const shown = cell(figure);
      return figure.mean === best[at] ? `**${shown}**` : shown;
    }),
  ]);
  return table(["answer", ...Object.values(COLUMNS)], body);
}

/** What a comparison says of the default: its answers, and those that it has to be better than. */
function contestants(name) {
  const { rows } = read(name);
  const find = (label) => rows.find((row) => row.label === label);
  const joint = find("joint");
  const own = find(DEFAULT);
  const simple = rows.filter(({ label }) =>
    ["joint", "linear", "late-fusion", "image-only", "text-only"].includes(label),
  );
  const alone = {
    image: [
      find("linear")?.protocol.columns["text-missing"],
      find("image-only")?.protocol.columns.full,
    ],
    text: [
      find("linear")?.protocol.columns["image-missing"],
      find("text-only")?.protocol.columns.full,
    ],
  };
  return {
    own: figuresOf(own.aware.columns, own.wrong?.aware),
    joint: figuresOf((joint.published ?? joint.protocol).columns, joint.wrong?.protocol),
    full: simple.flatMap((row) => answersOf(row).map(([, figures]) => figures.full)),
    alone,
    seeds: own.seeds.length,
  };
}

const highest = (figures) =>
  figures.filter(Boolean).reduce((best, one) => (one.mean > best.mean ? one : best));

/** A difference, with its standard error over the seeds. */
function difference(own, other, seeds) {
  const mean = own.mean - other.mean;
  const error = Math.sqrt((own.deviation ** 2 + other.deviation ** 2) / seeds);
  return { mean, text: `${mean < 0 ? "−" : "+"}${Math.abs(mean).toFixed(1)}±${error.toFixed(1)}` };
}

/** What the default must show, by comparison: the differences, those that miss their aim in bold. */
function aims(...names) {
  const all = names.map((name) => contestants(name));
  const against = (column, other) => (one) => difference(one.own[column], other(one), one.seeds);
  const ofJoint = (column) => against(column, ({ joint }) => joint[column]);
  const worst = (one) =>
    ["image-noisy", "text-noisy"]
      .map((column) => ofJoint(column)(one))
      .reduce((a, b) => (a.mean < b.mean ? a : b));
  // Where each modality alone knows little more than joint training does without the other, nobody can gain as much.
  const GAIN = 7.8;
  const ceilingOf = ({ alone }) => {
    const [image, text] = [highest(alone.image), highest(alone.text)];
    return {
      mean: (image.mean + text.mean) / 2,
      deviation: Math.hypot(image.deviation, text.deviation) / 2,
    };
  };
  const missing = (one) => {
    const ceiling = ceilingOf(one);
    if (ceiling.mean - one.joint["missing-average"].mean >= GAIN) {
      return { ...ofJoint("missing-average")(one), aim: GAIN };
    }
    const { mean, text } = against("missing-average", () => ceiling)(one);
    return { mean, text: `${text} of the ceiling`, aim: -0.5 };
  };
  const lines = [
    [
      "full: the best of joint, linear, late fusion, single modalities",
      -0.5,
      against("full", ({ full }) => highest(full)),
    ],
    [
      "image missing: the best model of the text alone",
      -0.5,
      against("image-missing", ({ alone }) => highest(alone.text)),
    ],
    [
      "text missing: the best model of the image alone",
      -0.5,
      against("text-missing", ({ alone }) => highest(alone.image)),
    ],
    ["missing average: joint as published, or the ceiling", GAIN, missing],
    ["noisy average: joint as published", 5, ofJoint("noisy-average")],
    ["worst noisy case: joint as published", -1, worst],
    ["wrong average: joint", 3, ofJoint("wrong-average")],
  ];
  const body = lines.map(([label, aim, of]) => [
    label,
    `≥ ${aim < 0 ? "−" : "+"}${Math.abs(aim)}`,
    ...all.map((one) => {
      const { mean, text, aim: own = aim } = of(one);
      return mean < own ? `**${text}**` : text;
    }),
  ]);
  return table(["the default against", "aim", ...names], body);
}

const KINDS = { answers, aims };
const MARK = /<!-- (\w+) ([\w -]+?) -->\n[\s\S]*?<!-- end -->/g;

const page = (text) =>
  format(
    text.replace(MARK, (_, kind, names) => {
      const made = KINDS[kind](...names.split(" "));
      return `<!-- ${kind} ${names} -->\n\n${made}\n\n<!-- end -->`;
    }),
    { parser: "markdown", printWidth: 100 },
  );

const stale = [];
for (const name of [
  "../results.md",
  ...readdirSync(PAGES).filter((file) => file.endsWith(".md")),
]) {
  const text = readFileSync(PAGES + name, "utf8");
  const made = await page(text);
  if (made === text) continue;
  stale.push(name);
  if (!process.argv.includes("--check")) writeFileSync(PAGES + name, made);
}
if (process.argv.includes("--check") && stale.length > 0) {
  console.error(
    `docs/results: ${stale.join(", ")}: not what the result files say; run node scripts/results.js.`,
  );
  process.exitCode = 1;
}
