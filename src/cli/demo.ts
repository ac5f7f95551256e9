/** @module `balgrad demo`: joint training against BalGrad on the embedded emoji. */

import { Command } from "commander";

import { RunFolder } from "../run/folder.js";
import { demo } from "../usecases/demo.js";
import { withInterrupt } from "./interrupt.js";
import { printTrained } from "./results.js";
import { watched } from "./watch.js";

interface DemoOptions {
  readonly out?: string;
  readonly epochs?: string;
  readonly json?: boolean;
}

async function runDemo({ out, epochs, json = false }: DemoOptions): Promise<void> {
  const store = out === undefined ? out : new RunFolder(out);
  const request = { store, ...(epochs !== undefined && { epochs: Number(epochs) }) };
  const trained = await withInterrupt((signal) =>
    watched({}, (events) => demo({ ...request, events, signal })),
  );
  printTrained(trained, json);
}

/** The `demo` command. */
export function demoCommand(): Command {
  return new Command("demo")
    .description(
      "train joint and balgrad on the embedded emoji and compare them (about two minutes)",
    )
    .option("--out <folder>", "where to write (default: runs/demo, or the next free number)")
    .option("--epochs <number>", "passes over the training split")
    .option("--json", "print one JSON object instead of the table")
    .action(runDemo);
}
