/** @module `balgrad export`. */

import { join } from "node:path";

import { Command } from "commander";

import { RunFolder } from "../run/folder.js";
import { exportRun } from "../usecases/export.js";
import { withInterrupt } from "./interrupt.js";
import { print } from "./print.js";
import { watched } from "./watch.js";

interface ExportOptions {
  readonly out?: string;
  readonly json?: boolean;
}

const EXAMPLES = `
Examples:
  $ balgrad export runs/robust-seed1
  $ balgrad export runs/robust-seed1 --out models/stamps`;

async function runExport(path: string, { out, json }: ExportOptions): Promise<void> {
  const made = await withInterrupt((signal) =>
    watched({}, (events) =>
      exportRun({
        store: new RunFolder(path),
        out: out === undefined ? out : new RunFolder(out),
        events,
        signal,
      }),
    ),
  );
  if (json) {
    print(JSON.stringify(made));
    return;
  }
  const { folder, bytes, checked, difference } = made;
  print(`${join(folder, "onnx", "model.onnx")}: ${(bytes / 1e6).toFixed(1)} MB`);
  print(
    `Checked on ${checked} validation samples: logits differ from the run's by at most ${difference.toExponential(1)} of the largest.`,
  );
}

/** The `export` command. */
export function exportCommand(): Command {
  return new Command("export")
    .description("write a run's model as ONNX with tokenizer and preprocessing, for other programs")
    .argument("<run>", "folder of a finished run")
    .option("--out <folder>", "folder to write (default: export in the run's folder)")
    .option("--json", "print one JSON object")
    .addHelpText("after", EXAMPLES)
    .action(runExport);
}
