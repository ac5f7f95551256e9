/** @module Values that are written into a text: JSON, and what Python prints of lists and dictionaries. */

const SPACE = /\s*/y;
const NUMBER = /[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
const WORD = /[A-Za-z]+/y;
const BYTES = /b(?=['"])/y;
// Python 2 writes a letter before texts.
const UNICODE = /u(?=['"])/y;
const BEFORE_SINGLE = /[^\\']*/y;
const BEFORE_DOUBLE = /[^\\"]*/y;

const WORDS: ReadonlyMap<string, unknown> = new Map<string, unknown>([
  ...(["None", "null", "nan", "NaN"] as const).map((word) => [word, null] as const),
  ...(["True", "true"] as const).map((word) => [word, true] as const),
  ...(["False", "false"] as const).map((word) => [word, false] as const),
]);

const ESCAPES: ReadonlyMap<string, string> = new Map([
  ...(["'", '"', "\\", "/"] as const).map((character) => [character, character] as const),
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ["v", "\v"],
  ["a", "\x07"],
  ["0", "\0"],
]);

/** Digits after `\x`, `\u` and `\U`. */
const CODES: ReadonlyMap<string, number> = new Map([
  ["x", 2],
  ["u", 4],
  ["U", 8],
]);

/** Lists in lists deeper than this are not read: a hostile cell would exhaust the stack. */
const DEEPEST = 32;

/** Thrown where the text is no literal; never leaves this module. */
class NoLiteral extends Error {}

/** A reader of one text, by recursive descent. */
class LiteralReader {
  #at = 0;

  constructor(readonly text: string) {}

  whole(): unknown {
    const value = this.#value(0);
    this.#match(SPACE);
    if (this.#at < this.text.length) throw new NoLiteral();
    return value;
  }

  #match(pattern: RegExp): string | null {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.text)?.[0];
    if (found === undefined) return null;
    this.#at += found.length;
    return found;
  }

  #next(): string {
    this.#match(SPACE);
    return this.text[this.#at] ?? "";
  }

  #value(depth: number): unknown {
    if (depth > DEEPEST) throw new NoLiteral();
    const start = this.#next();
    if (start === "[") return this.#list("]", depth);
    if (start === "(") return this.#list(")", depth);
    if (start === "{") return this.#braces(depth);
    if (start === '"' || start === "'" || this.#match(UNICODE) !== null) return this.#string();
    if (this.#match(BYTES) !== null) {
      return Uint8Array.from(this.#string(), (character) => character.charCodeAt(0));
    }
    const number = this.#match(NUMBER);
    if (number !== null) {
      const value = Number(number);
      // Long ids keep their digits.
      return Number.isInteger(value) && !Number.isSafeInteger(value) && /^-?\d+$/.test(number)
        ? BigInt(number)
        : value;
    }
    const word = this.#match(WORD);
    if (word === null || !WORDS.has(word)) throw new NoLiteral();
    return WORDS.get(word);
  }

  #list(end: string, depth: number): unknown[] {
    this.#at++;
    return this.#entries([], end, depth);
  }

  /** Entries of a list up to its end, behind those that are read already. */
  #entries(values: unknown[], end: string, depth: number): unknown[] {
    let commas = 0;
    while (this.#next() !== end) {
      values.push(this.#value(depth + 1));
      if (this.#separator(end)) commas++;
    }
    this.#at++;
    // Python writes a tuple of one with a comma; without, the parentheses mean nothing.
    if (end === ")" && values.length === 1 && commas === 0) throw new NoLiteral();
    return values;
  }

  /** Goes past what separates entries, and says whether it was a comma: NumPy prints spaces alone. */
  #separator(end: string): boolean {
    const at = this.#at;
    const next = this.#next();
    if (next === ",") this.#at++;
    else if (next !== end && this.#at === at) throw new NoLiteral();
    return next === ",";
  }

  /** A dictionary, or a set, which becomes a list. */
  #braces(depth: number): ReadonlyMap<string, unknown> | unknown[] {
    this.#at++;
    if (this.#next() === "}") {
      this.#at++;
      return new Map();
    }
    const first = this.#value(depth + 1);
    if (this.#next() === ":") return this.#dictionary(first, depth);
    this.#separator("}");
    return this.#entries([first], "}", depth);
  }

  #dictionary(first: unknown, depth: number): ReadonlyMap<string, unknown> {
    const entries = new Map<string, unknown>();
    for (let key = first; ; key = this.#value(depth + 1)) {
      if (this.#next() !== ":") throw new NoLiteral();
      this.#at++;
      entries.set(String(key), this.#value(depth + 1));
      const next = this.#next();
      if (next !== "," && next !== "}") throw new NoLiteral();
      this.#at++;
      if (next === ",") {
        if (this.#next() !== "}") continue;
        this.#at++;
      }
      return entries;
    }
  }

  #string(): string {
    const quote = this.text[this.#at++];
    const plain = quote === "'" ? BEFORE_SINGLE : BEFORE_DOUBLE;
    let value = "";
    for (;;) {
      value += this.#match(plain) ?? "";
      const stop = this.text[this.#at++];
      if (stop === undefined) throw new NoLiteral();
      if (stop === quote) return value;
      value += this.#escape();
    }
  }

  #escape(): string {
    const kind = this.text[this.#at++] ?? "";
    const digits = CODES.get(kind);
    if (digits === undefined) return ESCAPES.get(kind) ?? `\\${kind}`;
    const code = this.text.slice(this.#at, this.#at + digits);
    const value = /^[0-9a-f]+$/i.test(code) && code.length === digits ? parseInt(code, 16) : NaN;
    if (!(value <= 0x10ffff)) throw new NoLiteral();
    this.#at += digits;
    // Halves of a pair are written one after the other in JSON.
    return digits === 8 ? String.fromCodePoint(value) : String.fromCharCode(value);
  }
}

/**
 * A list or dictionary that is written as JSON or as Python prints it, also NumPy's lists without commas.
 * Tuples and sets become lists, dictionaries maps, bytes (`b'...'`) byte arrays, `None` and NaN `null`, and integers too long
 * for a double bigints.
 *
 * @returns `undefined` for every other text.
 */
export function parseLiteral(text: string): unknown {
  const trimmed = text.trim();
  if (!/^(?:\[[^]*\]|\{[^]*\}|\([^]*\)|b(?:'[^]*'|"[^]*"))$/.test(trimmed)) return undefined;
  try {
    return new LiteralReader(trimmed).whole();
  } catch (error) {
    if (error instanceof NoLiteral) return undefined;
    throw error;
  }
}
