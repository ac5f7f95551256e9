/** @module Which encoding bytes have that do not say it: UTF-16 by its zeros, older ones by what their letters look like. */

/** An encoding by its WHATWG label, such as `utf-8` or `gbk`. */
export type EncodingLabel = string;

/** The label of an encoding by any of its names, such as `latin1`; `null` where it cannot be read. */
export function encodingNamed(name: string): EncodingLabel | null {
  try {
    return new TextDecoder(name).encoding;
  } catch {
    return null;
  }
}

/** The label of a byte-order mark at the start, `null` without one. */
export function markOf(bytes: Uint8Array): EncodingLabel | null {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return "utf-8";
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  return null;
}

// Texts without spaces, digits and line ends have fewer zeros, but tables have separators.
const ZERO_SHARE = 0.02;

const occurrences = (text: string, pattern: RegExp): number => text.match(pattern)?.length ?? 0;

/**
 * UTF-16 without a byte-order mark: every second byte of its ASCII characters is zero, and the wrong
 * byte order makes rare characters of them.
 *
 * @param start - First bytes of the file.
 */
export function unmarkedUtf16(start: Uint8Array): EncodingLabel | null {
  const zeros = start.reduce((sum, byte) => sum + (byte === 0 ? 1 : 0), 0);
  if (start.length < 2 || zeros < ZERO_SHARE * start.length) return null;
  const whole = start.subarray(0, start.length - (start.length % 2));
  const [best, other] = ["utf-16le", "utf-16be"]
    .map((label) => {
      const text = new TextDecoder(label).decode(whole);
      const odd = occurrences(text, /[\p{Cn}\p{Co}\p{Cs}\0\uFFFD]/gu);
      return { label, usual: occurrences(text, /[\t\n\r -~]/g), odd: odd / text.length };
    })
    .sort((a, b) => b.usual - a.usual) as [Utf16Guess, Utf16Guess];
  return best.usual > 3 * other.usual && best.odd <= 0.01 ? best.label : null;
}

interface Utf16Guess {
  readonly label: EncodingLabel;
  /** Number of ASCII characters. */
  readonly usual: number;
  /** Share of characters that no text has. */
  readonly odd: number;
}

const within = (byte: number, low: number, high: number): boolean => byte >= low && byte <= high;

/** A double-byte encoding: which pairs everyday text is made of. */
interface DoubleByte {
  readonly label: EncodingLabel;
  /** Whether a byte is the first of a pair. */
  readonly leads: (byte: number) => boolean;
  readonly common: (lead: number, trail: number) => boolean;
  /** Pairs that a text of the language must have some of, as the same bytes mean others elsewhere. */
  readonly telling?: (lead: number, trail: number) => boolean;
}

// The ten most frequent syllables of Korean; as Chinese they are rare characters.
const SYLLABLES: ReadonlySet<number> = new Set([
  ...[0xc0cc, 0xb4d9, 0xb4c2, 0xc0bb, 0xb0a1],
  ...[0xbfa1, 0xc0c7, 0xb0ed, 0xc7cf, 0xc1f6],
]);

/**
 * Everyday characters come first in all these character sets: level 1, kana, punctuation. Of two that
 * fit equally well the first is taken.
 */
const DOUBLE_BYTES: readonly DoubleByte[] = [
  {
    label: "shift_jis",
    leads: (byte) => within(byte, 0x81, 0x9f) || within(byte, 0xe0, 0xfc),
    common: (lead, trail) =>
      lead === 0x81 ||
      (lead === 0x82 && trail >= 0x9f) ||
      (lead === 0x83 && trail <= 0x96) ||
      within(lead, 0x88, 0x97),
  },
  {
    label: "gbk",
    leads: (byte) => within(byte, 0x81, 0xfe),
    common: (lead, trail) =>
      trail >= 0xa1 && (within(lead, 0xb0, 0xd7) || lead === 0xa1 || lead === 0xa3),
  },
  {
    label: "big5",
    leads: (byte) => within(byte, 0x81, 0xfe),
    common: (lead) => within(lead, 0xa4, 0xc6) || lead === 0xa1,
  },
  {
    label: "euc-jp",
    leads: (byte) => within(byte, 0xa1, 0xfe),
    common: (lead, trail) =>
      trail >= 0xa1 && (within(lead, 0xb0, 0xcf) || within(lead, 0xa3, 0xa5) || lead === 0xa1),
    telling: (lead) => lead === 0xa4 || lead === 0xa5,
  },
  {
    label: "euc-kr",
    leads: (byte) => within(byte, 0xa1, 0xfe),
    common: (lead, trail) => trail >= 0xa1 && (within(lead, 0xb0, 0xc8) || lead === 0xa1),
    telling: (lead, trail) => SYLLABLES.has(256 * lead + trail),
  },
];

/** Strictly decoded text, `null` where the bytes are not of that encoding, or the runtime lacks it. */
export function strictly(label: EncodingLabel, bytes: Uint8Array): string | null {
  if (label === "windows-1252") return decodeAs(label, bytes);
  try {
    return new TextDecoder(label, { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

// Names and rare words have rare characters, and some words a single one.
const LIKELY = 0.6;
const TELLING = 0.08;

/**
 * Share of the pairs that are everyday ones and have another beside them. A single accented letter of a
 * Western text makes a pair too, but stands alone.
 */
function likeness(
  bytes: Uint8Array,
  { leads, common, telling }: Omit<DoubleByte, "label">,
): number {
  let [pairs, good, told] = [0, 0, 0];
  let before = false;
  for (let at = 0; at < bytes.length; at++) {
    const lead = bytes[at]!;
    if (lead < 0x80) {
      before = false;
      continue;
    }
    pairs++;
    if (!leads(lead)) continue;
    const trail = bytes[++at] ?? 0;
    if (telling?.(lead, trail)) told++;
    if (common(lead, trail) && (before || (bytes[at + 1] ?? 0) >= 0x80)) good++;
    before = true;
  }
  return pairs < 2 || (telling && told < TELLING * pairs) ? 0 : good / pairs;
}

function doubleByte(bytes: Uint8Array): EncodingLabel | null {
  const scored = DOUBLE_BYTES.flatMap(({ label, ...encoding }) => {
    const score = likeness(bytes, encoding);
    if (score < LIKELY || strictly(label, bytes) === null) return [];
    return [{ label, score: encoding.telling ? 1 + score : score }];
  });
  return scored.sort((a, b) => b.score - a.score)[0]?.label ?? null;
}

/** Mean length of the runs of letters beyond ASCII, and the share of them from 0xe0 on. */
function letters(bytes: Uint8Array): { readonly run: number; readonly upper: number } {
  let [runs, high, upper] = [0, 0, 0];
  bytes.forEach((byte, at) => {
    if (byte < 0xc0) return;
    if ((bytes[at - 1] ?? 0) < 0xc0) runs++;
    high++;
    if (byte >= 0xe0) upper++;
  });
  return { run: high / Math.max(1, runs), upper: upper / Math.max(1, high) };
}

/** A guess for bytes that are no UTF-8. */
export interface LegacyGuess {
  readonly label: EncodingLabel;
  /** Whether the text looks like it; Windows-1252 reads anything. */
  readonly plausible: boolean;
}

/**
 * Guesses the encoding of bytes that are no UTF-8: a double-byte encoding where they decode as one and
 * look like everyday text in it, Cyrillic where words are made of high bytes, else Windows-1252.
 */
export function legacyEncoding(bytes: Uint8Array): LegacyGuess {
  const double = doubleByte(bytes);
  if (double !== null) return { label: double, plausible: true };
  // Western words have an accented letter here and there.
  const { run, upper } = letters(bytes);
  if (run < 2.5) return { label: "windows-1252", plausible: true };
  if (upper > 0.75) return { label: "windows-1251", plausible: true };
  if (upper < 0.25) return { label: "koi8-r", plausible: true };
  return { label: "windows-1252", plausible: false };
}

// Windows-1252 from 0x80 to 0x9f. Some versions of Node decode it as Latin-1, without a word.
const WINDOWS = "€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ";

/** Decodes bytes; what the encoding has no character for becomes U+FFFD. */
export function decodeAs(label: EncodingLabel, bytes: Uint8Array): string {
  if (label !== "windows-1252") return new TextDecoder(label, { ignoreBOM: true }).decode(bytes);
  const latin = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  return latin.replace(/[\x80-\x9f]/g, (sign) => WINDOWS[sign.charCodeAt(0) - 0x80]!);
}
