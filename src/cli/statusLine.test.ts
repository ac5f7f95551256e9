import { expect, test } from "vitest";

import { openStatusLine, type Terminal } from "./statusLine.js";

const CLEAR = "\r\u001b[2K";

/** A terminal that keeps what is written to it. */
function recorded(columns = 20): { readonly terminal: Terminal; readonly seen: () => string } {
  let written = "";
  const terminal: Terminal = {
    columns,
    write: (chunk) => {
      written += String(chunk);
      return true;
    },
  };
  return { terminal, seen: () => written };
}

test("the line is rewritten in its place, cut to the terminal's width", () => {
  const { terminal, seen } = recorded(8);
  const line = openStatusLine(terminal, [terminal]);
  expect(seen()).toBe("");
  line.show("1234567890");
  expect(seen()).toBe(`${CLEAR}1234567`);
  line.close();
  expect(seen()).toBe(`${CLEAR}1234567${CLEAR}`);
});

test("what others print appears above it, and nothing is touched once it is closed", () => {
  const { terminal, seen } = recorded();
  const { write } = terminal;
  const line = openStatusLine(terminal, [terminal]);
  line.show("40 %");
  terminal.write("error: x\n");
  expect(seen()).toBe(`${CLEAR}40 %${CLEAR}error: x\n${CLEAR}40 %`);
  line.close();
  line.close();
  expect(terminal.write).toBe(write);
  terminal.write("after\n");
  expect(seen().endsWith(`${CLEAR}after\n`)).toBe(true);
});
