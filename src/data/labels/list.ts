/** @module Lists written as text: JSON's, Python's and numpy's. */

/** A value of a label; `null` stands for none. */
export type LabelValue = string | number | bigint | boolean | null;

const CLOSING: ReadonlyMap<string, string> = new Map([
  ["[", "]"],
  ["(", ")"],
  ["{", "}"],
]);

const WORDS: ReadonlyMap<string, LabelValue> = new Map<string, LabelValue>([
  ...(["true", "True"] as const).map((word) => [word, true] as const),
  ...(["false", "False"] as const).map((word) => [word, false] as const),
  ...(["null", "None", "nan", "NaN"] as const).map((word) => [word, null] as const),
]);

const ESCAPES: ReadonlyMap<string, string> = new Map<string, string>([
  ["n", "\n"],
  ["t", "\t"],
  ["r", "\r"],
  ["b", "\b"],
  ["f", "\f"],
  ["\n", ""],
  ...["\\", "/", "'", '"'].map((sign) => [sign, sign] as const),
]);

// Either quote, escapes within, and the letter that Python 2 put before.
const QUOTED = /u?(?:'((?:[^'\\]|\\[^])*)'|"((?:[^"\\]|\\[^])*)")/y;
const CODED = /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([^]))/g;
const NUMBER = /[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?(?![\w.])/iy;
const WORD = /\w+/y;
const BARE = /[^\s,[\](){}'":;|][^,[\](){}'":;|]*/y;
const GAP = /\s*,?\s*/y;

/** Text with JSON's and Python's escapes resolved; others stay as they are. */
const unescaped = (text: string): string =>
  text.replace(CODED, (whole: string, ...parts: (string | undefined)[]) => {
    const [two, four, eight, letter] = parts;
    const code = two ?? four ?? eight;
    if (code === undefined) return ESCAPES.get(letter!) ?? whole;
    const point = Number.parseInt(code, 16);
    return point <= 0x10ffff ? String.fromCodePoint(point) : whole;
  });

/** A number where it can be told exactly, its digits else. */
function numberOf(text: string): number | string {
  const value = Number(text);
  return Number.isInteger(value) && !Number.isSafeInteger(value) ? text : value;
}

/** Reads one text from its start to its end. */
class ListReader {
  #at = 1;
  // A comma makes a tuple of what stands in parentheses.
  #commas = 0;

  constructor(
    readonly text: string,
    readonly allowBare: boolean,
  ) {}

  read(): LabelValue[] | null {
    const { text } = this;
    if (text === "set()") return [];
    const open = text[0] ?? "";
    const end = text.length - 1;
    if (end < 1 || text[end] !== CLOSING.get(open)) return null;
    const values: LabelValue[] = [];
    this.#take(/\s*/y);
    while (this.#at < end) {
      const value = this.#value();
      if (value === undefined) return null;
      values.push(value);
      const gap = this.#take(GAP)!;
      if (gap.includes(",")) this.#commas++;
      else if (gap === "" && this.#at < end) return null;
    }
    if (this.#at !== end) return null;
    if (open === "(" && values.length > 0 && this.#commas === 0) return null;
    // An empty pair of braces is Python's dictionary.
    return open === "{" && values.length === 0 ? null : values;
  }

  #take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #value(): LabelValue | undefined {
    const quoted = this.#take(QUOTED);
    if (quoted !== undefined) return unescaped(quoted.replace(/^u/, "").slice(1, -1));
    const number = this.#take(NUMBER);
    if (number !== undefined) return numberOf(number);
    const start = this.#at;
    const word = this.#take(WORD);
    const value = word === undefined ? undefined : WORDS.get(word);
    if (value !== undefined) return value;
    this.#at = start;
    return this.allowBare ? this.#take(BARE)?.trim() : undefined;
  }
}

/**
 * Reads a list as JSON, Python (lists, tuples and sets) or numpy write it; `null` for any other text.
 *
 * @param allowBare - Whether words without quotes count too, as in `[drama, war]`.
 */
export const parseList = (text: string, allowBare = false): readonly LabelValue[] | null =>
  new ListReader(text.trim(), allowBare).read();
