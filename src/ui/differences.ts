/** @module Settings in which runs differ. */

import type { Grid } from "../report/table.js";
import { isObject } from "../files/json.js";
import { valueText } from "../settings/accepted.js";
import type { RunSummary } from "./summary.js";

/** Values of settings by their paths. */
function flat(value: unknown, path = ""): Map<string, string> {
  if (!isObject(value)) return new Map(value === undefined ? [] : [[path, valueText(value)]]);
  const inner = Object.entries(value).map(([name, one]) =>
    flat(one, path === "" ? name : `${path}.${name}`),
  );
  return new Map(inner.flatMap((map) => [...map]));
}

/** The settings in which some runs differ, a row each; `null` where they do not. */
export function differencesGrid(runs: readonly RunSummary[]): Grid | null {
  const all = runs.map(({ config }) => flat(config));
  const paths = [...new Set(all.flatMap((one) => [...one.keys()]))];
  const differing = paths.filter((path) => new Set(all.map((one) => one.get(path))).size > 1);
  if (differing.length === 0) return null;
  return {
    title: "Settings that differ",
    head: ["setting", ...runs.map(({ path }) => path)],
    body: differing.map((path) => [path, ...all.map((one) => one.get(path) ?? "")]),
  };
}
