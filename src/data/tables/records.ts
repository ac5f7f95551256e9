/** @module Records of a delimited table: whole lines that make one, and what to do where quotation marks do not fit. */

import { fieldsOf, FieldScanner, type Quoting } from "./fields.js";
import { type Line, MAX_LINE_BYTES } from "./lines.js";

/** One record, or lines that make none. */
export interface TableRecord {
  /** Its first line, counted from 1. */
  readonly line: number;
  /** Its lines without terminators; more than one where a quoted field has line breaks. */
  readonly bodies: readonly string[];
  readonly fields: readonly string[];
  /** How it was read; anything but `rfc` is a repair. */
  readonly quoting: Quoting;
  /** Whether it has the header's number of fields. */
  readonly fits: boolean;
}

/** Lines looked at before they are taken. */
class Lookahead {
  readonly #lines: AsyncIterator<Line>;
  #waiting: Line[] = [];
  #taken = 0;

  constructor(lines: AsyncIterable<Line>) {
    this.#lines = lines[Symbol.asyncIterator]();
  }

  /** The line `ahead` lines further on, `undefined` behind the last. */
  async peek(ahead: number): Promise<Line | undefined> {
    while (this.#waiting.length - this.#taken <= ahead) {
      const next = await this.#lines.next();
      if (next.done) return undefined;
      this.#waiting.push(next.value);
    }
    return this.#waiting[this.#taken + ahead];
  }

  take(count: number): void {
    this.#taken += count;
    // Cutting at every line would be quadratic.
    if (this.#taken < 1024) return;
    this.#waiting = this.#waiting.slice(this.#taken);
    this.#taken = 0;
  }
}

const END = /\r?\n$|\r$/;

interface Attempt {
  readonly bodies: readonly string[];
  readonly fields: readonly string[];
}

/** Reads a record over as many lines as it needs; `null` where it is malformed or never ends. */
async function attempt(
  ahead: Lookahead,
  separator: string,
  quoting: Quoting,
): Promise<Attempt | null> {
  const scanner = new FieldScanner(separator, quoting);
  const bodies: string[] = [];
  let length = 0;
  for (;;) {
    const line = await ahead.peek(bodies.length);
    if (!line || length > MAX_LINE_BYTES) return null;
    const body = line.text.replace(END, "");
    bodies.push(body);
    length += line.text.length;
    const state = scanner.feed(body, line.text.slice(body.length));
    if (state === "malformed") return null;
    if (state === "complete") return { bodies, fields: scanner.fields };
  }
}

/** The fields where they are as many as the header's; empty ones behind the last do not count. */
export function fitted(fields: readonly string[] | null, width: number): string[] | null {
  if (!fields || fields.length < width) return null;
  return fields.slice(width).every((field) => field === "") ? fields.slice(0, width) : null;
}

/** Ways to read a line whose quotation marks do not fit, the likeliest first. */
const repairsOf = (body: string): readonly Quoting[] =>
  body.includes('\\"') ? ["backslash", "ordinary", "loose"] : ["ordinary", "loose"];

/** A line by itself, in the first way that gives the header's number of fields. */
export function singleRecord(
  line: number,
  body: string,
  separator: string,
  width: number,
): TableRecord {
  for (const quoting of ["rfc", ...repairsOf(body)] as const) {
    const fields = fitted(fieldsOf(body, separator, quoting), width);
    if (fields) return { line, bodies: [body], fields, quoting, fits: true };
  }
  const fields = fieldsOf(body, separator, "rfc") ?? fieldsOf(body, separator, "ordinary")!;
  return { line, bodies: [body], fields, quoting: "rfc", fits: false };
}

/** The record at which the lines stand, where it has a quotation mark. */
async function quotedRecord(
  ahead: Lookahead,
  first: Line,
  separator: string,
  width: number,
): Promise<TableRecord> {
  const line = first.number;
  const rfc = await attempt(ahead, separator, "rfc");
  const fields = rfc && fitted(rfc.fields, width);
  if (rfc && fields) return { line, bodies: rfc.bodies, fields, quoting: "rfc", fits: true };
  const single = singleRecord(line, first.text.replace(END, ""), separator, width);
  // RFC 4180 first: a record that it reads is not cut up here, but named if it has too many fields.
  if (single.fits && (single.quoting !== "ordinary" || !rfc)) return single;
  const several = rfc ? (["backslash"] as const) : (["backslash", "loose"] as const);
  for (const quoting of several) {
    const read = await attempt(ahead, separator, quoting);
    const found = read && fitted(read.fields, width);
    if (read && found) return { line, bodies: read.bodies, fields: found, quoting, fits: true };
  }
  if (rfc) return { line, ...rfc, quoting: "rfc", fits: false };
  return single;
}

/**
 * Records of a delimited table without blank lines. Each is read as RFC 4180 says; where that fails, the
 * other ways to read quotation marks are tried, on the line alone before it swallows others.
 *
 * @param width - Number of fields; the first record's where it is not given.
 */
export async function* recordsOf(
  lines: AsyncIterable<Line>,
  separator: string,
  width?: number,
): AsyncGenerator<TableRecord> {
  const ahead = new Lookahead(lines);
  let wanted = width;
  for (;;) {
    const first = await ahead.peek(0);
    if (!first) return;
    const body = first.text.replace(END, "");
    if (body.trim() === "" && !body.includes(separator)) {
      ahead.take(1);
      continue;
    }
    const { number: line } = first;
    let record: TableRecord;
    if (wanted === undefined) {
      const header = await attempt(ahead, separator, "rfc");
      const fields = header?.fields ?? fieldsOf(body, separator, "ordinary")!;
      record = { line, bodies: header?.bodies ?? [body], fields, quoting: "rfc", fits: true };
      wanted = fields.length;
    } else if (body.includes('"')) {
      record = await quotedRecord(ahead, first, separator, wanted);
    } else {
      const fields = body.split(separator).map((field) => field.trim());
      const found = fitted(fields, wanted);
      record = {
        ...{ line, bodies: [body], quoting: "rfc" },
        ...(found ? { fields: found, fits: true } : { fields, fits: false }),
      };
    }
    ahead.take(record.bodies.length);
    yield record;
  }
}
