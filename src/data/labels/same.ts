/** @module Labels of one meaning become one class; those that may be one are named. */

import { count } from "../../text.js";
import type { IssueLog } from "../issues.js";
import type { Row } from "../tables/row.js";
import { equalLabels, labelVariants } from "./equal.js";

/** Labels of rows as they are written, spaces around them included. */
export type RowNames = ReadonlyMap<Row, readonly string[]>;

/** How often and where first something occurs. */
interface Occurrence {
  rows: number;
  readonly where: string;
}

function occurrences(names: RowNames): ReadonlyMap<string, Occurrence> {
  const found = new Map<string, Occurrence>();
  for (const [row, labels] of names) {
    for (const label of labels) {
      const known = found.get(label);
      if (known) known.rows++;
      else found.set(label, { rows: 1, where: row.where });
    }
  }
  return found;
}

const quoted = (labels: readonly string[], found: ReadonlyMap<string, Occurrence>): string =>
  labels.map((label) => `"${label}" (${count(found.get(label)!.rows, "row")})`).join(", ");

/** Place of the rarest of some labels, which is the likeliest mistake. */
const rarest = (labels: readonly string[], found: ReadonlyMap<string, Occurrence>): string =>
  labels.map((label) => found.get(label)!).reduce((a, b) => (b.rows < a.rows ? b : a)).where;

/** Spaces around labels do not count; that they were there is said once. */
function trimmed(names: RowNames, issues: IssueLog): RowNames {
  const padded = [...names].filter(([, labels]) => labels.some((label) => label !== label.trim()));
  if (padded.length === 0) return names;
  const [row, labels] = padded[0]!;
  const example = JSON.stringify(labels.find((label) => label !== label.trim()));
  issues.add(
    "label-spaces",
    row.where,
    `spaces around a label do not count: ${example} and ${count(padded.length - 1, "other row")}`,
    "noted",
  );
  return new Map([...names].map(([of, own]) => [of, own.map((label) => label.trim())]));
}

/**
 * One name for labels that are equal, such as `0` and `0.0`. Labels that differ only in case, spaces or the like stay
 * different classes. Both are named in issues, and so are labels that a row has twice.
 */
export function sameLabels(given: RowNames, issues: IssueLog): RowNames {
  const names = trimmed(given, issues);
  const found = occurrences(names);
  const forms = equalLabels(found.keys());
  const merged = new Map<string, string[]>();
  for (const [label, form] of forms) merged.set(form, [...(merged.get(form) ?? []), label]);
  for (const [form, labels] of merged) {
    if (labels.length === 1) continue;
    const message = `${quoted(labels, found)} are equal and count as one class, "${form}"`;
    issues.add("label-equal", rarest(labels, found), message, "noted");
  }
  for (const labels of labelVariants(merged.keys())) {
    const all = labels.flatMap((form) => merged.get(form)!);
    const message = `${quoted(all, found)} differ only in case, spaces or the like, but are different classes; write them alike where they mean the same`;
    issues.add("label-variants", rarest(all, found), message, "noted");
  }
  let repeated: string | undefined;
  let rows = 0;
  const result = new Map(
    [...names].map(([row, labels]) => {
      const own = [...new Set(labels.map((label) => forms.get(label)!))];
      if (own.length < labels.length) {
        rows++;
        repeated ??= row.where;
      }
      return [row, own] as const;
    }),
  );
  if (repeated !== undefined) {
    const message = `a label that a row has twice counts once (${count(rows, "row")})`;
    issues.add("label-repeated", repeated, message, "noted");
  }
  return result;
}
