/** @module One run: how far it is, its curves, and its results where it is finished. */

import { figureSection } from "../report/figure.js";
import { SCORE_NAMES } from "../report/html.js";
import { impairedGrids } from "../report/impaired.js";
import { intervalGrids } from "../report/intervals.js";
import { escapeHtml, gridSection } from "../report/page.js";
import { ratiosOf } from "../report/plots/ratios.js";
import { resultsSection } from "../report/runsPage.js";
import { scoreFigures } from "../report/scores.js";
import { modalityNote, publishedRows, resultRows } from "../report/table.js";
import { trainingFigures } from "../report/training.js";
import type { RunRecord, TrainingRecord } from "../run/records.js";
import { valueText } from "../settings/accepted.js";
import { stateText } from "./columns.js";
import type { ViewContext } from "./listView.js";
import type { RunSummary } from "./summary.js";
import type { Part } from "./view.js";
import { errorNotice, errorText, notice } from "./words.js";

/** A bar of the epochs done. */
function progress({ state }: RunSummary): string {
  if (state.kind !== "training" && state.kind !== "stopped") return "";
  const { epoch, epochs } = state;
  return `<progress max="${epochs}" value="${epoch}" aria-label="epochs done">${epoch} of ${epochs}</progress>`;
}

const percent = (value: number): string => (Number.isNaN(value) ? "?" : `${value.toFixed(1)} %`);

function aboutPart({ words }: ViewContext, run: RunSummary): string {
  const { config, state, validation, error } = run;
  const facts: (readonly [string, string])[] = [["state", stateText(state)]];
  if (config) {
    const options = Object.entries(config.method.options).map(
      ([name, value]) => `${name}=${valueText(value)}`,
    );
    facts.push(["method", [config.method.name, ...options].join(" ")]);
    facts.push(["data", config.data.source], ["seed", String(config.train.seed)]);
  }
  if (validation) {
    const { full, imageMissing, textMissing } = validation;
    facts.push([
      "validation, best epoch",
      `both ${percent(full)}, image missing ${percent(imageMissing)}, text missing ${percent(textMissing)}`,
    ]);
  }
  const list = facts.map(
    ([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd>`,
  );
  const problem = error ? notice(errorText(error, words)) : "";
  return `${problem}<dl class="facts">${list.join("")}</dl>${progress(run)}`;
}

function resultParts(record: RunRecord, { config }: RunSummary): Part[] {
  const runs = [record];
  const rows = resultRows(runs);
  const score = SCORE_NAMES[record.test.mainScore];
  const figures = scoreFigures({
    ...{ cases: rows, noise: rows, ratios: ratiosOf(runs), score, whose: "" },
  });
  const grids = [
    ...intervalGrids(runs),
    ...impairedGrids([...rows, ...publishedRows(runs)], { noise: false }),
  ];
  const note = modalityNote(config!.data.modalities);
  return [
    { id: "results", html: `${resultsSection(runs)}${note === "" ? "" : notice(note)}` },
    ...figures.map((figure) => ({ id: figure.name, html: figureSection(figure) })),
    { id: "further", html: grids.map(gridSection).join("") },
  ];
}

const curveParts = (record: TrainingRecord): Part[] =>
  trainingFigures([record]).map((figure) => ({ id: figure.name, html: figureSection(figure) }));

async function recordedParts({ list, words }: ViewContext, run: RunSummary): Promise<Part[]> {
  try {
    if (run.state.kind === "finished") {
      const record = await list.finished(run.path);
      return [...resultParts(record, run), ...curveParts(record)];
    }
    const parts = curveParts(await list.record(run.path));
    if (parts.length > 0) return parts;
    return [
      {
        id: "nothing",
        html: "<p>Nothing is recorded yet. Curves appear with the first steps.</p>",
      },
    ];
  } catch (error) {
    return [{ id: "problem", html: errorNotice(error, words) }];
  }
}

function settingsPart({ config }: RunSummary): string {
  if (!config) return "";
  return `<section><h2>Settings</h2><details id="settings"><summary>All settings of the run</summary><pre tabindex="0">${escapeHtml(JSON.stringify(config, null, 2))}</pre></details></section>`;
}

/** Parts of the page of one run. */
export async function runParts(context: ViewContext, path: string): Promise<Part[]> {
  const { list, memo } = context;
  const run = list.run(path);
  if (!run) {
    const text = `${path}: there is no such run in ${list.folder}. It was removed, or has not begun; it appears here when it begins.`;
    return [{ id: "about", html: notice(text) }];
  }
  // A run that is damaged says why already.
  const recorded =
    run.state.kind === "damaged"
      ? []
      : await memo.get(`${path}\n${list.stamp(path)}`, () => recordedParts(context, run));
  return [
    { id: "about", html: aboutPart(context, run) },
    ...recorded,
    { id: "settings", html: settingsPart(run) },
  ];
}
