/** @module JSON whose whole numbers keep all their digits, and whose keys are looked at. */

// Behind the start, a bracket, comma, colon or white space: not the digits of a fraction.
const LONG_INTEGER = /(?:^|[[,:\s])-?\d{16}/;

const STRING = String.raw`"[^"\\]*(?:\\.[^"\\]*)*"`;

const STRING_OR_NUMBER = new RegExp(String.raw`${STRING}|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?`, "gs");

/** Whole numbers that a double cannot hold, such as 64-bit ids, become strings of their digits. */
const digits = (token: string): string =>
  /^-?\d+$/.test(token) && !Number.isSafeInteger(Number(token)) ? `"${token}"` : token;

/**
 * Parses JSON; whole numbers beyond 2^53 become strings of their digits.
 *
 * @throws {SyntaxError} for what is no JSON.
 */
export function parseExact(text: string): unknown {
  const value: unknown = JSON.parse(text);
  return LONG_INTEGER.test(text) ? JSON.parse(text.replace(STRING_OR_NUMBER, digits)) : value;
}

const STRING_OR_MARK = new RegExp(String.raw`${STRING}|[{}[\],:]`, "gs");

/** The keys of an object's own level, as they are written. */
function writtenKeys(text: string): string[] {
  const keys: string[] = [];
  let depth = 0;
  let before = "";
  for (const [token] of text.matchAll(STRING_OR_MARK)) {
    if (token === "{" || token === "[") depth++;
    if (token === "}" || token === "]") depth--;
    if (token === ":" && depth === 1) keys.push(JSON.parse(before) as string);
    before = token;
  }
  return keys;
}

/**
 * A key that an object has twice, of which `JSON.parse` keeps the last without a word.
 *
 * @param text - The object's JSON.
 * @param value - The same, parsed.
 */
export function repeatedKey(text: string, value: object): string | undefined {
  const isSuspect = Object.keys(value).some((key) => {
    const written = JSON.stringify(key);
    return text.includes(written, text.indexOf(written) + written.length);
  });
  if (!isSuspect) return undefined;
  const keys = writtenKeys(text);
  return keys.find((key, at) => keys.indexOf(key) !== at);
}
