/** @module A line at the foot of a terminal that rewrites itself; what else is printed appears above it. */

import { printable } from "../text.js";

const CLEAR = "\r\u001b[2K";
/** Milliseconds between two pictures of the line. */
const PAUSE = 100;

/** A line that rewrites itself. */
export interface StatusLine {
  /** Shows a text in the place of the last one, cut to the terminal's width. */
  readonly show: (text: string) => void;
  /** Takes the line away; later output is no longer touched. */
  readonly close: () => void;
}

type Write = (chunk: string | Uint8Array, ...rest: unknown[]) => boolean;

/** A stream whose writes can be watched. */
export interface Terminal {
  write: Write;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/**
 * Makes a status line. From its first text until it is closed, writes to the watched streams clear the line first and draw it
 * again below what they wrote, so that errors and notes never run into it.
 *
 * @param stream - The terminal.
 * @param watched - Streams that end in the same terminal.
 */
export function openStatusLine(stream: Terminal, watched: readonly Terminal[]): StatusLine {
  const draw: Write = stream.write.bind(stream);
  let text = "";
  let drawn = -Infinity;
  const redraw = (): void => {
    const width = Math.max(1, (stream.columns ?? 80) - 1);
    draw(`${CLEAR}${Array.from(text).slice(0, width).join("")}`);
    drawn = performance.now();
  };
  const watch = (one: Terminal) => {
    const { write } = one;
    one.write = (chunk, ...rest) => {
      if (text !== "") draw(CLEAR);
      const result = write.call(one, chunk, ...rest);
      const ended = typeof chunk === "string" ? chunk.endsWith("\n") : chunk.at(-1) === 10;
      if (text !== "" && ended) redraw();
      return result;
    };
    return () => {
      one.write = write;
    };
  };
  let unwatch: (() => void)[] | null = null;
  const close = (): void => {
    if (!unwatch) return;
    draw(CLEAR);
    text = "";
    for (const restore of unwatch) restore();
    unwatch = null;
    process.off("exit", close);
  };
  return {
    show: (next) => {
      const isFirst = unwatch === null;
      text = printable(next);
      if (isFirst) {
        unwatch = watched.map(watch);
        // A process that ends at once leaves no half of a line behind.
        process.on("exit", close);
      }
      if (isFirst || performance.now() - drawn >= PAUSE) redraw();
    },
    close,
  };
}

/** A status line of standard error; `null` where that is no terminal. */
export function statusLine(): StatusLine | null {
  const streams = [process.stderr, process.stdout] as unknown as Terminal[];
  const watched = streams.filter(({ isTTY }) => isTTY);
  return process.stderr.isTTY ? openStatusLine(streams[0]!, watched) : null;
}
