/** @module The benchmarks import what the built package has: nothing else runs them. */

import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";

import { expect, test } from "vitest";

/** Named imports of a benchmark from the built package. */
const importsOf = (file: string): { path: string; names: string[] }[] =>
  [...readFileSync(file, "utf8").matchAll(/import \{([^}]*)\} from "(\.[^"]*\/dist\/[^"]*)"/g)].map(
    ([, names = "", path = ""]) => ({
      path: resolve(dirname(file), path),
      names: names.split(",").flatMap((name) => name.trim().split(" as ")[0] || []),
    }),
  );

const files = readdirSync("bench", { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".js"))
  .map((name) => join("bench", name))
  .filter((file) => importsOf(file).length > 0);

test.each(files)("%s", async (file) => {
  for (const { path, names } of importsOf(file)) {
    const found = (await import(path)) as object;
    expect(Object.keys(found), path).toEqual(expect.arrayContaining(names));
  }
});
