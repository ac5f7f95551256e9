/** @module Samples that look alike: the search for near fingerprints, and groups of what must stay together. */

import { CONTOUR_DIGITS, isNear, type Print, readPrint } from "./images/fingerprint.js";

const BAND_DIGITS = 4;
// Empty margins are part of most drawings: as a common trait they would make all compare with all.
const FLAT_BAND = "0".repeat(BAND_DIGITS);

interface Entry<T> {
  readonly print: Print;
  readonly item: T;
}

/**
 * Pictures by their fingerprints. A near pair is found for sure where fewer bits of the contours differ than
 * one of the two has bands of 16 bits with contours.
 */
export class PrintIndex<T> {
  readonly #bands = new Map<string, Entry<T>[]>();
  readonly #known = new Set<string>();

  #places(print: string): string[] {
    const places: string[] = [];
    for (let at = 0; at < CONTOUR_DIGITS; at += BAND_DIGITS) {
      const band = print.slice(at, at + BAND_DIGITS);
      if (band !== FLAT_BAND) places.push(`${at} ${band}`);
    }
    return places;
  }

  /** Whether a picture with just this fingerprint was added. */
  has(print: string): boolean {
    return this.#known.has(print);
  }

  /** What was added with a fingerprint near this one. */
  near(given: string): Set<T> {
    const print = readPrint(given);
    const found = new Set<T>();
    const seen = new Set<Entry<T>>();
    for (const place of this.#places(given)) {
      for (const entry of this.#bands.get(place) ?? []) {
        if (seen.has(entry)) continue;
        seen.add(entry);
        if (isNear(entry.print, print)) found.add(entry.item);
      }
    }
    return found;
  }

  /** Adds a picture for later searches. */
  add(given: string, item: T): void {
    this.#known.add(given);
    const entry = { print: readPrint(given), item };
    for (const place of this.#places(given)) {
      const entries = this.#bands.get(place);
      if (entries) entries.push(entry);
      else this.#bands.set(place, [entry]);
    }
  }
}

/** Text as far as it matters for a comparison. */
export const normaliseText = (text: string): string =>
  text.normalize("NFKC").toLowerCase().replace(/\s+/g, " ").trim();

/** A sample as the search for look-alikes takes it. */
export interface Look {
  /** What is drawn into a split as a whole: the sample, or a group that the data give. */
  readonly unit: string;
  /** The picture's fingerprint; `null` where it has no contours or is missing. */
  readonly print: string | null;
  /** Says the same of two samples without a fingerprint whose pictures are equal. */
  readonly plain: string;
  readonly text: string | null;
}

/** Sets of units that grow together. */
class Sets {
  readonly #parents = new Map<string, string>();

  /** The smallest unit of a unit's set. */
  find(unit: string): string {
    const parent = this.#parents.get(unit);
    if (parent === undefined) return unit;
    const root = this.find(parent);
    this.#parents.set(unit, root);
    return root;
  }

  join(one: string, other: string): void {
    const [a, b] = [this.find(one), this.find(other)];
    if (a !== b) this.#parents.set(a < b ? b : a, a < b ? a : b);
  }
}

/** Joins units with near pictures, and those that are equal in all they have. */
function joinAlike(looks: readonly Look[]): Sets {
  const sets = new Sets();
  const index = new PrintIndex<string>();
  const equal = new Map<string, string>();
  for (const { unit, print, plain, text } of looks) {
    if (print === null) {
      const key = `${plain}\n${normaliseText(text ?? "")}`;
      const before = equal.get(key);
      if (before === undefined) equal.set(key, unit);
      else sets.join(before, unit);
      continue;
    }
    for (const other of index.near(print)) sets.join(other, unit);
    // One stands for thousands of copies.
    if (!index.has(print)) index.add(print, unit);
  }
  return sets;
}

function gathered(looks: readonly Look[], nameOf: (look: Look) => string): Map<string, Look[]> {
  const groups = new Map<string, Look[]>();
  for (const look of looks) {
    const group = groups.get(nameOf(look));
    if (group) group.push(look);
    else groups.set(nameOf(look), [look]);
  }
  return groups;
}

const unitsIn = (looks: readonly Look[]): number => new Set(looks.map(({ unit }) => unit)).size;

/** More units than this, and than their share, that look alike are a placeholder or a template. */
const CROWD = 20;
const CROWD_SHARE = 0.01;

/** Units that must stay together. */
export interface LookAlikes {
  /** Name of a unit's group, for the units that are not alone. */
  readonly groups: ReadonlyMap<string, string>;
  /** Units of each picture that too many have in common; only those with the same text are grouped. */
  readonly crowds: readonly (readonly string[])[];
}

/**
 * Finds the units that look alike: with near pictures, or, where a picture has no contours or is missing,
 * equal in picture and text. Independent of the order of the samples.
 */
export function findLookAlikes(given: readonly Look[]): LookAlikes {
  const looks = given.toSorted((a, b) => (a.unit < b.unit ? -1 : Number(a.unit > b.unit)));
  const sets = joinAlike(looks);
  const most = Math.max(CROWD, CROWD_SHARE * unitsIn(looks));
  const groups = new Map<string, string>();
  const crowds: string[][] = [];
  const keep = (members: readonly Look[]): void => {
    const size = unitsIn(members);
    if (size > 1 && size <= most)
      for (const { unit } of members) groups.set(unit, members[0]!.unit);
  };
  for (const members of gathered(looks, ({ unit }) => sets.find(unit)).values()) {
    if (unitsIn(members) <= most) keep(members);
    else {
      crowds.push([...new Set(members.map(({ unit }) => unit))]);
      for (const same of gathered(members, ({ text }) => normaliseText(text ?? "")).values()) {
        keep(same);
      }
    }
  }
  return { groups, crowds };
}
