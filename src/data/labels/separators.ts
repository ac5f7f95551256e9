/** @module Several labels in one text, separated by a sign that nobody said. */

const SIGNS = ["|", ";", ","] as const;

/** A sign that seems to separate labels. */
export interface SuspectedSeparator {
  readonly sign: (typeof SIGNS)[number];
  /** Texts that have it. */
  readonly texts: number;
  /** Different texts as they stand. */
  readonly whole: number;
  /** Different names once they are split. */
  readonly names: readonly string[];
}

/**
 * The sign that splits a column's labels into clearly fewer names, each of which occurs in several of them; `null`
 * where there is none, as in `Smith, John`.
 *
 * @param counts - Rows of every label as it is written.
 */
export function suspectedSeparator(counts: ReadonlyMap<string, number>): SuspectedSeparator | null {
  for (const sign of SIGNS) {
    const whole = [...counts.keys()];
    const split = whole.map((text) => [...new Set(text.split(sign).map((part) => part.trim()))]);
    const several = split.filter((parts) => parts.length > 1);
    const uses = new Map<string, number>();
    for (const part of split.flat()) uses.set(part, (uses.get(part) ?? 0) + 1);
    const recurring = new Set(several.flat().filter((part) => part !== "" && uses.get(part)! > 1));
    const names = [...uses.keys()].filter((part) => part !== "");
    const inSeveral = new Set(several.flat().filter((part) => part !== ""));
    if (names.length >= whole.length) continue;
    if (recurring.size < 0.8 * inSeveral.size) continue;
    const texts = whole
      .filter((text) => text.includes(sign))
      .reduce((sum, text) => sum + counts.get(text)!, 0);
    return { sign, texts, whole: whole.length, names: names.sort() };
  }
  return null;
}
