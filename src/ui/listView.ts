/** @module The list of runs, and the curves of those that are chosen. */

import type { Words } from "../message.js";
import { escapeHtml, gridSection } from "../report/page.js";
import { count } from "../text.js";
import { type ListQuery, listAddress } from "./address.js";
import { type Sorting, scoreNote, sorted, sortingOf } from "./columns.js";
import { differencesGrid } from "./differences.js";
import { filterOf } from "./filter.js";
import type { RunList } from "./list.js";
import type { Memo } from "./memo.js";
import { type DrawnRun, OVERLAYS, overlayLegend, overlaySection, RUN_COLOURS } from "./overlay.js";
import type { RunSummary } from "./summary.js";
import { runsTable } from "./runsTable.js";
import type { Part } from "./view.js";
import { errorNotice, errorText, notice } from "./words.js";

/** What views are made with. */
export interface ViewContext {
  readonly list: RunList;
  readonly words: Words;
  /** Parts that take time to make. */
  readonly memo: Memo<readonly Part[]>;
}

/** How many runs there are in each state. */
function countsOf(runs: readonly RunSummary[]): string {
  const counts = new Map<string, number>();
  for (const { state } of runs) counts.set(state.kind, (counts.get(state.kind) ?? 0) + 1);
  const names: Readonly<Record<string, string>> = {
    damaged: "cannot be read",
    waiting: "not begun",
  };
  const parts = [...counts].map(([kind, number]) => `${number} ${names[kind] ?? kind}`);
  return `${count(runs.length, "run")}${parts.length > 0 ? `: ${parts.join(", ")}` : ""}.`;
}

/** What there is to say about the folder. */
function aboutPart({ list, words }: ViewContext): string {
  const { folder, runs, found, isThere } = list;
  if (!isThere)
    return notice(`${folder}: there is no such folder. Runs appear here once it is there.`);
  const notices = found.refused.map((error) => notice(errorText(error, words)));
  if (found.isCut) {
    notices.push(
      notice(
        "There are very many folders here, and not all were looked into. Open the list of a folder further down.",
      ),
    );
  }
  const empty =
    runs.length === 0
      ? "<p>There is no run in this folder yet. Runs appear here when they begin.</p>"
      : `<p>${countsOf(runs)}</p>`;
  return `${empty}${notices.join("")}`;
}

/** Runs as the address asks for them; what it asks wrongly is said, and nothing is hidden by it. */
function listedRuns({ list, words }: ViewContext, { filter, sort }: ListQuery) {
  const problems: string[] = [];
  let { runs } = list;
  try {
    runs = runs.filter(filterOf(filter));
  } catch (error) {
    problems.push(errorNotice(error, words));
  }
  const sorting: Sorting | null = sortingOf(sort);
  if (!sorting) problems.push(notice(`There is no column "${sort}" to sort by.`));
  return { runs: sorting ? sorted(runs, sorting) : runs, sorting, problems };
}

function tablePart(context: ViewContext, query: ListQuery): string {
  const all = context.list.runs;
  if (all.length === 0) return "";
  const { runs, sorting, problems } = listedRuns(context, query);
  const none = runs.length === 0 ? "<p>The filter leaves none of them.</p>" : "";
  const table = runs.length > 0 ? runsTable(runs, query, sorting, context.words) : "";
  // Chosen runs that the filter hides stay chosen when the form is sent.
  const hidden = query.runs
    .filter((path) => !runs.some((run) => run.path === path))
    .map((path) => `<input type="hidden" form="choose" name="run" value="${escapeHtml(path)}">`);
  const scores = scoreNote(runs);
  const note = scores === "" ? "" : `<p class="notes">${escapeHtml(scores)}</p>`;
  return `${problems.join("")}${none}${table}${hidden.join("")}${note}`;
}

/** Chosen runs that can be drawn, and what keeps the others from it. */
async function chosenRuns({ list, words }: ViewContext, paths: readonly string[]) {
  const drawn: DrawnRun[] = [];
  const problems: string[] = [];
  for (const path of paths) {
    if (!list.run(path)) {
      problems.push(notice(`${path}: there is no such run in the folder, or not any more.`));
    } else if (drawn.length < RUN_COLOURS.length) {
      try {
        const colour = RUN_COLOURS[drawn.length]!;
        drawn.push({ label: path, colour, record: await list.record(path, path) });
      } catch (error) {
        problems.push(errorNotice(error, words));
      }
    } else {
      problems.push(
        notice(`${path} is not drawn: only ${RUN_COLOURS.length} runs are, a colour for each.`),
      );
    }
  }
  return { drawn, problems };
}

async function overlayParts(context: ViewContext, { runs: paths }: ListQuery): Promise<Part[]> {
  if (paths.length === 0) return [];
  const { list, memo } = context;
  const { drawn, problems } = await chosenRuns(context, paths);
  const summaries = drawn.flatMap(({ label }) => list.run(label) ?? []);
  const differing = summaries.length > 1 ? differencesGrid(summaries) : null;
  const stamps = drawn.map(({ label }) => `${label} ${list.stamp(label)}`).join("\n");
  const plots = await memo.get(stamps, () =>
    Promise.resolve(
      OVERLAYS.map((group) => ({ id: group.name, html: overlaySection(group, drawn) })),
    ),
  );
  const nothing =
    drawn.length > 0 && plots.every(({ html }) => html === "")
      ? "<p>The chosen runs have recorded nothing yet.</p>"
      : "";
  return [
    {
      id: "chosen",
      html: `<section><h2>Chosen runs</h2>${problems.join("")}${overlayLegend(drawn)}${nothing}</section>`,
    },
    ...plots,
    { id: "differences", html: differing ? gridSection(differing) : "" },
  ];
}

/** Parts of the list. */
export async function listParts(context: ViewContext, query: ListQuery): Promise<Part[]> {
  return [
    { id: "about", html: aboutPart(context) },
    { id: "runs", html: tablePart(context, query) },
    ...(await overlayParts(context, query)),
  ];
}

/** The filter, and the form that the marks of the runs belong to; it stays while parts are replaced. */
export function listForm({ filter, sort, runs }: ListQuery): string {
  const example = "train.epochs>10 data.source=photos.csv method.name=balgrad";
  const clear =
    filter === "" ? "" : ` <a href="${escapeHtml(listAddress({ sort, runs }))}">Clear</a>`;
  return `<form id="choose" action="/" method="get" role="search">
<label for="filter">Filter</label>
<input id="filter" name="filter" type="search" value="${escapeHtml(filter)}" placeholder="${escapeHtml(example)}" autocomplete="off" spellcheck="false" aria-describedby="filter-help">
<input type="hidden" name="sort" value="${escapeHtml(sort)}">
<button>Show</button>${clear}
<p id="filter-help" class="notes">Words and conditions on settings and columns: <code>${escapeHtml(example)}</code>, with = != &gt; &gt;= &lt; &lt;=. Mark runs to see their curves in the same plots.</p>
</form>`;
}
