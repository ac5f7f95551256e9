/** @module Draws splits again so that samples that look alike stay together. */

import { say, setting, type Text } from "../message.js";
import type { DataIssue, Dataset } from "../data/dataset.js";
import { count } from "../text.js";
import { prepareRows, type PrepareOptions } from "./rows.js";
import { scratchImages } from "./images/decode.js";
import { findLookAlikes, type Look, type LookAlikes } from "./lookAlikes.js";

/** Pictures are compared at this size whatever a model takes: splits must not depend on the model. */
const SIDE = 32;

const MISSING = "no picture";

/** How the samples that are drawn look; those whose vectors stand for a picture cannot be compared. */
async function looksOf(
  { draw }: Required<Pick<Dataset, "draw">>,
  options: PrepareOptions,
  issues: DataIssue[],
): Promise<Look[]> {
  const looks: Look[] = [];
  const small = { ...options, image: scratchImages(SIDE), defersPixels: true };
  for await (const { sample, entry } of prepareRows(draw.samples, small, issues)) {
    const { unit, text } = sample;
    const { picture } = entry;
    if (unit === null || picture.kind === "unusable") continue;
    const isPlain = picture.kind === "decoded" && picture.fingerprint === null;
    const plain = isPlain ? picture.digest : MISSING;
    const print = picture.kind === "decoded" ? picture.fingerprint : null;
    // Without a picture and a text there is nothing to be equal in.
    if (picture.kind === "none" && (text ?? "").trim() === "") continue;
    looks.push({ unit, text, plain, print });
  }
  return looks;
}

function notesOf({ groups, crowds }: LookAlikes, name: string): DataIssue[] {
  const note = (kind: string, message: Text): DataIssue => ({
    ...{ kind, where: name, message },
    outcome: "noted",
  });
  const held = new Set(groups.values()).size;
  return [
    ...(held > 0
      ? [
          note(
            "look-alikes-together",
            say`${count(groups.size, "sample")} look alike in ${count(held, "group")}; each group was drawn into one split (${setting("data.lookAlikes", "ignore")} draws each by itself)`,
          ),
        ]
      : []),
    ...crowds.map((units) =>
      note(
        "look-alikes-many",
        `${count(units.length, "sample")} have nearly the same picture, such as ${units[0]!} and ${units[1]!}: too many for one split, so only those with the same text were kept together`,
      ),
    ),
  ];
}

/**
 * Draws the splits of a data set again where samples look alike, so that none of them is tested on what
 * was trained. Splits that the data give stay. Small pictures are made for it once and cached; a model that
 * takes pictures of that size finds its own ones there.
 *
 * @param options - How the data will be prepared.
 */
export async function keepTogether(dataset: Dataset, options: PrepareOptions): Promise<Dataset> {
  const { draw, name, features } = dataset;
  const isDrawn = draw?.samples.some(({ unit }) => unit !== null) ?? false;
  if (!draw || !isDrawn || features?.image !== undefined) return dataset;
  const issues: DataIssue[] = [];
  const found = findLookAlikes(await looksOf({ draw }, options, issues));
  const notes = [...issues, ...notesOf(found, name)];
  return notes.length === 0 ? dataset : draw.again(found.groups, notes);
}
