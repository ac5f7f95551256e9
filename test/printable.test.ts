/** @module What comes out of data and file names reaches neither the terminal nor a spreadsheet as a command. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";

import { expect, test } from "vitest";

import { csvCell } from "../src/report/csv.js";
import { terminalGrid } from "../src/report/table.js";
import { printable, printableLine } from "../src/text.js";
import { balgrad, temporaryFolder } from "./support/cli.js";

/** Clears the screen, rings, overwrites the line, turns the reading order round. */
const HOSTILE = "a\u001b[2Jb\u0007c\rd\u202ee\u009bf";
const SHOWN = "a\\u001b[2Jb\\u0007c\\u000dd\\u202ee\\u009bf";

test("control characters are shown, everything else stays", () => {
  expect(printable(HOSTILE)).toBe(SHOWN);
  expect(printable("two\nlines\tand 日本 👩‍🚀 é")).toBe("two\nlines\tand 日本 👩‍🚀 é");
  expect(printableLine("two\nlines")).toBe("two\\nlines");
  expect(JSON.parse(printable(JSON.stringify({ HOSTILE })))).toEqual({ HOSTILE });
  expect(terminalGrid(["class"], [[HOSTILE]])).toContain(SHOWN);
});

test("texts that begin like formulas are defused in CSV, numbers are not", () => {
  expect(["=1+1", "+x", "-x", "@x", "\tx", "\rx"].map(csvCell)).toEqual([
    "'=1+1",
    "'+x",
    "'-x",
    "'@x",
    "'\tx",
    '"\'\rx"',
  ]);
  expect([-1.5, "", "a=b", 'a,"b"'].map(csvCell)).toEqual(["-1.5", "", "a=b", '"a,""b"""']);
});

test("commands print labels, texts and paths without commands to the terminal", async () => {
  const path = join(temporaryFolder(), "data.csv");
  const rows = Array.from({ length: 40 }, (_, at) => {
    const label = at % 2 ? `"x${HOSTILE}"` : "y";
    return `thing ${at},${label}`;
  });
  writeFileSync(path, ["text,label", ...rows].join("\n"));
  // eslint-disable-next-line no-control-regex -- they are what is looked for
  const unsafe = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202e]/;
  const checked = await balgrad(["data", "check", path, "--text-only"]);
  expect(checked.stdout).toContain("\\u001b[2J");
  expect(checked.stdout + checked.stderr).not.toMatch(unsafe);
  const missing = await balgrad(["predict", HOSTILE, "--text", "x"]);
  expect(missing.stderr).toContain("\\u001b[2J");
  expect(missing.stderr).not.toMatch(unsafe);
  const option = await balgrad(["train", `--${HOSTILE}`]);
  expect(option.stderr).not.toMatch(unsafe);
});
