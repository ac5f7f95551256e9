/** @module What stands between the columns of a delimited table. */

import type { Line } from "./lines.js";
import { recordsOf } from "./records.js";

const CANDIDATES = [",", ";", "\t", "|"];

/** Lines that the separator is judged by. */
export const SAMPLE_LINES = 200;

/** The name of a separator in messages. */
export const separatorName = (separator: string): string =>
  separator === "\t" ? "tab" : `"${separator}"`;

/** What a first line like `sep=;` says, as Excel reads and writes it; `null` for other lines. */
export const statedSeparator = (line: string): string | null =>
  /^"?sep=([^\r\n])"?\r?\n?$/i.exec(line)?.[1] ?? null;

interface Score {
  readonly separator: string;
  /** Number of columns. */
  readonly width: number;
  /** Share of rows with as many fields. */
  readonly share: number;
}

async function* each(lines: readonly Line[]): AsyncGenerator<Line> {
  yield* await Promise.resolve(lines);
}

async function scoreOf(
  lines: readonly Line[],
  separator: string,
  given: number | undefined,
): Promise<Score> {
  const found = [];
  for await (const record of recordsOf(each(lines), separator, given)) found.push(record);
  const width = given ?? found[0]?.fields.length ?? 0;
  const rows = given === undefined ? found.slice(1) : found;
  // The sample may end within a quoted field.
  const whole = lines.length < SAMPLE_LINES || rows.length < 2 ? rows : rows.slice(0, -1);
  const fitting = whole.filter(({ fits }) => fits).length;
  return { separator, width, share: whole.length === 0 ? 1 : fitting / whole.length };
}

/** A separator, and what speaks against it. */
export interface SeparatorGuess {
  readonly separator: string;
  /** What makes it doubtful, for an issue. */
  readonly doubt?: string;
}

const described = ({ separator, width, share }: Score): string =>
  `${separatorName(separator)} gives ${width} columns in ${Math.round(100 * share)} % of the first rows`;

/**
 * Finds the separator by the header and the first rows: the usual one of the format where it gives
 * columns, else the one that gives the same number of them in nearly all rows.
 *
 * @param usual - What the file's ending says.
 * @param width - Number of columns of a file without a header.
 */
export async function guessSeparator(
  lines: readonly Line[],
  usual: string,
  width?: number,
): Promise<SeparatorGuess> {
  const scores = await Promise.all(CANDIDATES.map((one) => scoreOf(lines, one, width)));
  const [first] = scores.filter(({ separator }) => separator === usual) as [Score];
  const isTable = ({ width: columns, share }: Score): boolean => columns > 1 && share >= 0.5;
  const others = scores
    .filter((score) => score !== first && isTable(score))
    .sort((a, b) => b.share - a.share || b.width - a.width);
  const [other] = others;
  if (!other) return { separator: usual };
  if (!isTable(first)) {
    const isSure = other.share >= 0.9 && !(first.width > 1 && first.share > 0.1);
    return {
      separator: other.separator,
      ...(!isSure && { doubt: `${described(other)}, ${described(first)}` }),
    };
  }
  const isRival = other.share > first.share || (other.share >= 0.9 && other.width > first.width);
  return {
    separator: usual,
    ...(isRival && { doubt: `${described(first)}, ${described(other)}` }),
  };
}
