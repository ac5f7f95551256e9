/** @module Issues of a data set, counted and named. */

import { commandWords } from "./words.js";
import { inWords } from "../message.js";
import type { DataIssue } from "../data/dataset.js";
import { count } from "../text.js";
import { complain } from "./print.js";

const EXAMPLES = 3;

const OUTCOMES: Readonly<Record<Exclude<DataIssue["outcome"], "noted">, string>> = {
  "sample-skipped": "skipped",
  "modality-missing": "used without the modality",
  kept: "used",
};

/** What a group of issues of one kind comes to. */
const headline = ({ kind, outcome }: DataIssue, issues: number): string => {
  if (outcome === "noted") return kind;
  const noun = kind === "cache-damaged" ? "file" : "sample";
  return `${kind}: ${count(issues, noun)}, ${OUTCOMES[outcome]}`;
};

/** Prints what was wrong with the data: per kind the number, what was done, and examples. */
export function printIssues(issues: readonly DataIssue[]): void {
  const groups = new Map<string, DataIssue[]>();
  for (const issue of issues) {
    const key = `${issue.kind} ${issue.outcome}`;
    groups.set(key, [...(groups.get(key) ?? []), issue]);
  }
  for (const group of groups.values()) {
    complain(`note: ${headline(group[0]!, group.length)}`);
    for (const { where, message } of group.slice(0, EXAMPLES)) {
      complain(`      ${where}: ${inWords(message, commandWords)}`);
    }
    if (group.length > EXAMPLES) complain(`      and ${group.length - EXAMPLES} more`);
  }
}
