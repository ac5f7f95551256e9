/** @module MM-IMDb: film posters, plots and genres. */

import { join } from "node:path";

import { SOURCE_KINDS } from "../sourceSettings.js";
import { DataError } from "../../errors.js";
import type { DataConfig } from "../config.js";
import type { Split } from "../dataset.js";
import type { Assembly, Draft } from "../drafts.js";
import { IssueLog } from "../issues.js";
import { allThere, jsonObject, type Layout, namesBySplit, readJsonFile } from "./layout.js";
import { exists } from "../../system.js";

/** The genres that count, the most frequent first. */
export const GENRES: readonly string[] = [
  ...["Drama", "Comedy", "Romance", "Thriller", "Crime", "Action", "Adventure", "Horror"],
  ...["Documentary", "Mystery", "Sci-Fi", "Fantasy", "Family", "Biography", "War", "History"],
  ...["Music", "Animation", "Musical", "Western", "Sport", "Short", "Film-Noir"],
];

const SPLITS: Readonly<Record<string, Split>> = { train: "train", dev: "validation", test: "test" };

/** Whether posters and records lie in folders of their own, as missing-modality benchmarks have it. */
const areApart = (folder: string): Promise<boolean> => allThere(folder, "images", "labels");

/** The text of a film, by the chosen policy; `null` where it has no plot. */
export function plotOf(
  record: Readonly<Record<string, unknown>>,
  policy: DataConfig["variant"]["plot"],
): string | null {
  const given = record["plot"] ?? record["plot outline"];
  const plots = (Array.isArray(given) ? given : [given])
    .filter((plot): plot is string => typeof plot === "string")
    .map((plot) => plot.trim())
    .filter((plot) => plot !== "");
  if (policy === "all") return plots.join(" ") || null;
  if (policy === "first") return plots[0] ?? null;
  return plots.reduce<string | null>(
    (best, plot) => (plot.length > (best?.length ?? 0) ? plot : best),
    null,
  );
}

/** Genres that count; others are named, the film stays. */
function genresOf(
  record: Readonly<Record<string, unknown>>,
  where: string,
  issues: IssueLog,
): string[] {
  const given = Array.isArray(record["genres"]) ? record["genres"].map(String) : [];
  const known = given.filter((genre) => GENRES.includes(genre));
  const others = given.filter((genre) => !GENRES.includes(genre));
  if (others.length > 0) {
    const message = `genres outside the ${GENRES.length}: ${others.join(", ")}`;
    issues.add("genre-left-out", where, message, "kept");
  }
  return [...new Set(known)];
}

async function draftOf(
  folder: string,
  id: string,
  split: Split,
  [records, posters]: readonly [string, string],
  issues: IssueLog,
  { onBad, variant }: DataConfig,
): Promise<Draft | null> {
  const path = join(folder, records, `${id}.json`);
  let record: Readonly<Record<string, unknown>>;
  try {
    record = await readJsonFile(path, jsonObject);
  } catch (error) {
    if (!(error instanceof DataError)) throw error;
    issues.broken(
      "record-broken",
      path,
      error.message.replace(`${path}: `, "").replace(/\.$/, ""),
      onBad,
    );
    return null;
  }
  const poster = join(folder, posters, `${id}.jpeg`);
  return {
    id,
    where: path,
    image: (await exists(poster)) ? { kind: "file", path: poster, root: folder } : null,
    text: plotOf(record, variant.plot),
    labels: genresOf(record, path, issues),
    split,
  };
}

async function read(folder: string, config: DataConfig): Promise<Assembly> {
  const issues = new IssueLog();
  const splits = await readJsonFile(join(folder, "split.json"), namesBySplit);
  const places = (await areApart(folder))
    ? (["labels", "images"] as const)
    : (["dataset", "dataset"] as const);
  const drafts: Draft[] = [];
  for (const [name, split] of Object.entries(SPLITS)) {
    for (const id of splits[name] ?? []) {
      const draft = await draftOf(folder, id, split, places, issues, config);
      if (!draft) continue;
      if (!draft.image) {
        issues.add("image-missing", draft.where, "no poster beside it", "modality-missing");
      }
      drafts.push(draft);
    }
  }
  const origin = `MM-IMDb in ${folder} (${config.variant.plot} plot)`;
  return { name: "mm-imdb", labelKind: "multi-label", drafts, issues, origin };
}

/**
 * MM-IMDb as distributed: `split.json` and a record and a poster per film. The 23 usual genres are the
 * classes; a film with other genres keeps those of the 23 that it has, if any. Judged by macro-F1.
 *
 * Source: Arevalo et al., "Gated Multimodal Units for Information Fusion", ICLR workshop 2017.
 */
export const mmimdb: Layout = {
  name: "mm-imdb",
  kind: SOURCE_KINDS.mmimdb,
  summary: "MM-IMDb: posters, plots and 23 genres, multi-label",
  expects: "split.json and dataset/<id>.json with <id>.jpeg",
  detect: async (folder) =>
    (await exists(join(folder, "split.json"))) &&
    ((await exists(join(folder, "dataset"))) || (await areApart(folder))),
  read,
};
