/** @module The table of runs. */

import { createHash } from "node:crypto";

import type { Words } from "../message.js";
import { escapeHtml } from "../report/page.js";
import { type ListQuery, listAddress, runAddress } from "./address.js";
import { type Column, COLUMNS, type Sorting } from "./columns.js";
import type { RunSummary } from "./summary.js";
import { errorText } from "./words.js";

/** A name for an element that is about a run, the same each time. */
const idOf = (path: string): string =>
  `run-${createHash("sha256").update(path).digest("hex").slice(0, 12)}`;

/** The head of a column: its name, which sorts by it, the other way round where it does already. */
function heading(column: Column, query: ListQuery, sorting: Sorting | null): string {
  const isSorted = sorting?.column === column;
  const descends = isSorted && sorting.descends;
  const order = descends ? "descending" : "ascending";
  const usual = column.descends ?? false;
  const isUsual = isSorted && descends === usual;
  const sort = `${isUsual ? "-" : ""}${column.name}`;
  const mark = isSorted ? `<span aria-hidden="true">${descends ? " ▾" : " ▴"}</span>` : "";
  const address = escapeHtml(listAddress({ ...query, sort }));
  return `<th scope="col"${isSorted ? ` aria-sort="${order}"` : ""}><a id="sort-${column.name}" href="${address}">${escapeHtml(column.heading)}</a>${mark}</th>`;
}

/** Heads of groups above those of the columns. */
function groupHeads(): string {
  const plain = COLUMNS.filter(({ group }) => group === undefined).length;
  const groups = [...new Set(COLUMNS.flatMap(({ group }) => group ?? []))];
  const heads = groups.map((group) => {
    const span = COLUMNS.filter((column) => column.group === group).length;
    return `<th scope="colgroup" colspan="${span}">${group}</th>`;
  });
  return `<tr><td colspan="${plain + 1}"></td>${heads.join("")}</tr>`;
}

function row(run: RunSummary, { runs: chosen }: ListQuery, words: Words): string {
  const { path, state, error } = run;
  const [name, id] = [escapeHtml(path), idOf(path)];
  const cells = COLUMNS.slice(1).map((column) => {
    const text = escapeHtml(column.text(run));
    if (column.name !== "state") return `<td>${text}</td>`;
    const why = error ? `<small>${escapeHtml(errorText(error, words))}</small>` : "";
    return `<td class="state">${text}${why}</td>`;
  });
  const checked = chosen.includes(path) ? " checked" : "";
  return `<tr class="${state.kind}"><td><input type="checkbox" id="${id}" form="choose" name="run" value="${name}" aria-label="Draw the curves of ${name}"${checked}></td><th scope="row"><a id="${id}-link" href="${escapeHtml(runAddress(path))}">${name}</a></th>${cells.join("")}</tr>`;
}

/** The table of some runs, in their order. */
export function runsTable(
  runs: readonly RunSummary[],
  query: ListQuery,
  sorting: Sorting | null,
  words: Words,
): string {
  const heads = COLUMNS.map((column) => heading(column, query, sorting)).join("");
  const rows = runs.map((run) => row(run, query, words)).join("\n");
  return `<div class="scroll" tabindex="0" role="region" aria-label="Runs"><table class="runs"><thead>${groupHeads()}<tr><th scope="col"><span class="hidden">curves</span></th>${heads}</tr></thead>
<tbody>${rows}</tbody></table></div>`;
}
