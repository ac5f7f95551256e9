/** @module Fields of one record of a delimited table, as RFC 4180 has them and as files in the wild do. */

/**
 * How quotation marks are read: as RFC 4180 says; as ordinary characters; closing wherever another stands,
 * whatever follows (as pandas does); or escaped by a backslash (as Spark writes them).
 */
export type Quoting = "rfc" | "ordinary" | "loose" | "backslash";

/** What a scanner knows after a line. */
export type ScanState = "complete" | "open" | "malformed";

const QUOTE = '"';

/** Reads a record line by line; a quoted field may go on over several. */
export class FieldScanner {
  readonly fields: string[] = [];
  #part = "";
  #isOpen = false;

  constructor(
    readonly separator: string,
    readonly quoting: Quoting,
  ) {}

  /**
   * Reads one more line.
   *
   * @param body - The line without its terminator.
   * @param end - The terminator, which belongs to a field that is still open.
   */
  feed(body: string, end: string): ScanState {
    if (this.quoting === "ordinary") {
      this.fields.push(...body.split(this.separator).map((field) => field.trim()));
      return "complete";
    }
    let at = 0;
    for (;;) {
      if (!this.#isOpen) {
        const start = this.#openingQuote(body, at);
        if (start < 0) {
          at = this.#plain(body, at);
          if (at < 0) return "complete";
          continue;
        }
        [this.#isOpen, this.#part, at] = [true, "", start + 1];
      }
      const close = this.#closingQuote(body, at);
      if (close < 0) {
        this.#part += body.slice(-close - 1) + end;
        return "open";
      }
      const next = this.#finish(body, close + 1);
      if (next === null) return "malformed";
      if (next < 0) return "complete";
      at = next;
    }
  }

  /** The place of a quotation mark that starts the field, white space before it left out; -1 without one. */
  #openingQuote(body: string, from: number): number {
    let at = from;
    while (body[at] === " " || (body[at] === "\t" && this.separator !== "\t")) at++;
    return body[at] === QUOTE ? at : -1;
  }

  /** Takes an unquoted field; the place behind its separator, or -1 at the end. */
  #plain(body: string, from: number): number {
    const end = body.indexOf(this.separator, from);
    this.fields.push(body.slice(from, end < 0 ? undefined : end).trim());
    return end < 0 ? -1 : end + this.separator.length;
  }

  /** Collects a quoted field up to its closing mark; where there is none, `-1 - place` of what is left. */
  #closingQuote(body: string, from: number): number {
    let at = from;
    for (;;) {
      const quote = body.indexOf(QUOTE, at);
      if (quote < 0) return -1 - at;
      const isEscaped = this.quoting === "backslash" && quote > at && body[quote - 1] === "\\";
      if (isEscaped) {
        this.#part += body.slice(at, quote - 1) + QUOTE;
        at = quote + 1;
      } else if (body[quote + 1] === QUOTE) {
        this.#part += body.slice(at, quote + 1);
        at = quote + 2;
      } else {
        this.#part += body.slice(at, quote);
        return quote;
      }
    }
  }

  /** Ends a quoted field behind its closing mark: the place of the next field, -1 at the end, `null` for junk. */
  #finish(body: string, from: number): number | null {
    const end = body.indexOf(this.separator, from);
    const rest = body.slice(from, end < 0 ? undefined : end);
    if (rest.trim() !== "" && this.quoting !== "loose") return null;
    this.fields.push(rest.trim() === "" ? this.#part : (this.#part + rest).trim());
    this.#isOpen = false;
    return end < 0 ? -1 : end + this.separator.length;
  }
}

/** Fields of a single line, `null` where a quoted field is malformed or does not end on it. */
export function fieldsOf(body: string, separator: string, quoting: Quoting): string[] | null {
  const scanner = new FieldScanner(separator, quoting);
  return scanner.feed(body, "") === "complete" ? scanner.fields : null;
}
