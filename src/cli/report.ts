/** @module `balgrad report`: one page about finished runs. */

import { Command, InvalidArgumentError } from "commander";

import { FIGURE_FORMATS, type FigureFormat } from "../report/files.js";
import { reportRuns, type ReportResult } from "../usecases/reportRuns.js";
import { parseWhole } from "./arguments.js";
import { withInterrupt } from "./interrupt.js";
import { complain, print, printJson } from "./print.js";
import { watched } from "./watch.js";
import { commandWords } from "./words.js";

interface ReportOptions {
  readonly out: string;
  readonly samples: number;
  readonly answers: boolean;
  readonly figures?: string;
  readonly format: readonly FigureFormat[];
  readonly title?: string;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  $ balgrad report runs/robust-seed1
  $ balgrad report runs/joint-seed1 runs/robust-seed1 --out both.html
  $ balgrad report runs/comparison --out comparison.html      all runs in a folder
  $ balgrad report runs/robust-seed1 --figures figures        every figure as SVG and PNG, too
  $ balgrad report runs/robust-seed1 --no-answers             without reading the data

The page needs no network and no other file. Runs that are not finished are left out.`;

const isFormat = (name: string): name is FigureFormat =>
  (FIGURE_FORMATS as readonly string[]).includes(name);

function parseFormats(value: string): FigureFormat[] {
  const names = value.split(",").map((name) => name.trim());
  const formats = names.filter(isFormat);
  if (formats.length === names.length) return formats;
  throw new InvalidArgumentError("Expected svg, png, or both with a comma between them.");
}

function printReport({ page, bytes, runs, unfinished, figures }: ReportResult): void {
  for (const folder of unfinished) complain(`${folder}: not finished, left out`);
  print(`Report: ${page} (${runs.length} ${runs.length === 1 ? "run" : "runs"}, ${size(bytes)})`);
  if (figures.length > 0) print(`Figures: ${figures.length} files, from ${figures[0]!}`);
}

const size = (bytes: number): string =>
  bytes < 1e6 ? `${(bytes / 1e3).toFixed(0)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;

async function runReport(folders: readonly string[], options: ReportOptions): Promise<void> {
  const { out, samples, answers, figures, format, title, json } = options;
  const result = await withInterrupt((signal) =>
    watched({}, (events) =>
      reportRuns({
        folders,
        ...{ out, samples, answers, title, words: commandWords, events, signal },
        ...(figures !== undefined && { figures: { folder: figures, formats: format } }),
      }),
    ),
  );
  if (json) printJson(result);
  else printReport(result);
}

/** The `report` command. */
export function reportCommand(): Command {
  return new Command("report")
    .description("make one page about finished runs: tables, curves, samples with their answers")
    .argument("<runs...>", "folders of runs, or folders that hold runs")
    .option("--out <file>", "page to write", "report.html")
    .option("--samples <number>", "samples in the gallery", parseWhole, 48)
    .option("--no-answers", "leave out single answers, for which the data are read")
    .option("--figures <folder>", "also write every figure as a file")
    .option("--format <names>", "formats of --figures: svg, png", parseFormats, [...FIGURE_FORMATS])
    .option("--title <text>", "title of the page")
    .option("--json", "print one JSON object")
    .addHelpText("after", EXAMPLES)
    .action(runReport);
}
