/** @module How the runs of a page can be repeated: commands, environment, settings. */

import { inWords, type Text, type Words } from "../message.js";
import type { RunRecord } from "../run/records.js";
import { byMethod } from "../run/records.js";
import { escapeHtml } from "./page.js";

/** How runs are repeated. */
export interface Repeating {
  /** What trains each run again, and makes the page again. */
  readonly commands: readonly Text[];
  readonly words: Words;
}

function environmentLine({ environment }: RunRecord): string {
  if (!environment) return "not noted by the version that made the run";
  const { balgrad, node, onnxruntime, system, processor, cores } = environment;
  return `balgrad ${balgrad}, Node ${node}, ONNX Runtime ${onnxruntime}, ${system}, ${processor}, ${cores} cores`;
}

const secondsOf = ({ epochs }: RunRecord): string =>
  `${epochs.reduce((sum, { seconds }) => sum + seconds, 0).toFixed(0)} s of training`;

/** Settings of the first seed of each method, with what it was made with. */
export function settingsSection(runs: readonly RunRecord[]): string {
  const details = [...byMethod(runs)].map(([label, [run]]) => {
    const settings = escapeHtml(JSON.stringify(run!.config, null, 2));
    const about = [environmentLine(run!), ...(run!.epochs.length > 0 ? [secondsOf(run!)] : [])];
    return `<details><summary>${escapeHtml(label)}, seed ${run!.seed}</summary><p class="notes">${escapeHtml(about.join("; "))}</p><pre tabindex="0">${settings}</pre></details>`;
  });
  return `<section id="settings"><h2>Settings and environment</h2>${details.join("\n")}</section>`;
}

/** The commands that repeat it all. */
export function commandsSection({ commands, words }: Repeating): string {
  const lines = commands.map((command) => escapeHtml(inWords(command, words)));
  return `<section id="commands"><h2>Commands that repeat this</h2><pre tabindex="0">${lines.join("\n")}</pre></section>`;
}
