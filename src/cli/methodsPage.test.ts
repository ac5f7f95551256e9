import { readFileSync } from "node:fs";

import { expect, test } from "vitest";

import { findMethod } from "../balance/methods.js";
import { methodsPage, methodsText } from "./methodsPage.js";

test("docs/methods.md is what the methods say", () => {
  const page = readFileSync(new URL("../../docs/methods.md", import.meta.url), "utf8");
  const hint = "stale: npm run build && node dist/cli/main.js methods --markdown > docs/methods.md";
  expect(page, hint).toBe(methodsPage());
});

test("a method is listed with its source, what it works with, its options and its metrics", () => {
  expect(methodsText([findMethod("opm")])).toBe(
    [
      "opm",
      "  drops the embeddings of the modality that is ahead at random",
      "  source: Wei et al., TPAMI 2024, section 3.3; here: every batch, no rescaling; the code skips 3 of 10 batches and divides by 1 − θ",
      "  fusion concat, add, cosine",
      "  options:",
      "    base = 0.4  drop probability where both stand equal",
      "    lambda = 0.5  growth of the probability with the lead",
      "  records drop.*: probability that a sample loses the modality's embedding",
    ].join("\n"),
  );
});
