import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";

import ts from "typescript";
import { expect, test } from "vitest";

const SOURCES = join(import.meta.dirname, "..", "src");

/** Files whose texts are allowed to have what looks like flags or commands. */
const EXCEPTIONS: ReadonlyMap<string, string> = new Map([
  ["report/style.ts", "custom properties of CSS"],
  ["report/gallery.ts", "names variables of style sheets"],
  ["report/insights.ts", "custom properties of CSS"],
  ["run/readme.ts", "a README, which shows shell commands"],
  ["runtime/device.ts", "a command of npm, with its flag"],
]);

const COMMAND =
  /\bbalgrad (train|compare|data|diagnose|predict|encoder?|export|evaluate|methods|settings|demo|report|serve)\b/;
/** A flag, or the beginning of one whose name is filled in. */
const FLAG = /(^|[^\w-])--([a-z]|$)/;

/** Texts of a file: strings, and the plain parts of templates, with their lines. */
function textsOf(path: string): { readonly text: string; readonly line: number }[] {
  const file = ts.createSourceFile(path, readFileSync(path, "utf8"), ts.ScriptTarget.Latest);
  const found: { text: string; line: number }[] = [];
  const visit = (node: ts.Node): void => {
    if (
      ts.isStringLiteralLike(node) ||
      ts.isTemplateHead(node) ||
      ts.isTemplateMiddleOrTemplateTail(node)
    ) {
      const { line } = file.getLineAndCharacterOfPosition(node.getStart(file));
      found.push({ text: node.text, line: line + 1 });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

const sources = readdirSync(SOURCES, { recursive: true, encoding: "utf8" })
  .map((path) => path.split(sep).join("/"))
  .filter((path) => /\.ts$/.test(path) && !/\.test\.ts$|^cli\//.test(path));

const named = sources.flatMap((path) =>
  textsOf(join(SOURCES, path))
    .filter(({ text }) => COMMAND.test(text) || FLAG.test(text))
    .map(({ text, line }) => ({ path, place: `${path}:${line}: ${text}` })),
);

test("no text below the command line names a flag or a command", () => {
  expect(sources.length).toBeGreaterThan(400);
  const others = named.filter(({ path }) => !EXCEPTIONS.has(path));
  expect(others.map(({ place }) => place)).toEqual([]);
});

test("the exceptions are needed", () => {
  expect([...new Set(named.map(({ path }) => path))].sort()).toEqual([...EXCEPTIONS.keys()].sort());
});
