/** @module The tables of the results are those of the kept result files. */

import { spawnSync } from "node:child_process";

import { expect, test } from "vitest";

test("pages of results say what the kept result files say", () => {
  const { status, stderr } = spawnSync(process.execPath, ["scripts/results.js", "--check"], {
    encoding: "utf8",
  });
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
});
