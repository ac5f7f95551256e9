/** @module `balgrad serve`. */

import { Command, InvalidArgumentError } from "commander";

import type { ServeEvent } from "../serve/events.js";
import { DEFAULT_LIMITS, MEBIBYTE } from "../serve/limits.js";
import { serve } from "../usecases/serve.js";
import { addAddressFlags, type AddressOptions, givenToken } from "./address.js";
import { parsePositive, parseWhole } from "./arguments.js";
import { withInterrupt } from "./interrupt.js";
import { printJson } from "./print.js";

interface ServeOptions extends AddressOptions {
  readonly threads?: number;
  readonly maxBatch: number;
  readonly maxDelay: number;
  readonly maxBody: number;
  readonly maxPixels: number;
  readonly maxText: number;
  readonly maxInputs: number;
  readonly maxQueue: number;
  readonly timeout: number;
}

const EXAMPLES = `
The answers, limits and signals are described in docs/serving.md. The log is one JSON object per line on standard
output; it has nothing of what clients send.

Examples:
  $ balgrad serve runs/robust-seed1                      then open http://127.0.0.1:8080
  $ balgrad serve models/mine --port 9000 --max-batch 64
  $ balgrad serve models/mine --host 0.0.0.0 --token-file token.txt`;

/** A number above 0, such as 2.5. */
function parseAmount(text: string): number {
  const value = Number(text);
  if (text.trim() !== "" && Number.isFinite(value) && value > 0) return value;
  throw new InvalidArgumentError("Not a number above 0.");
}

/** Events of which whoever runs the service should know. */
const LEVELS: Partial<Record<ServeEvent["event"], string>> = {
  failed: "error",
  restarting: "warn",
};

function log(event: ServeEvent): void {
  printJson({ time: new Date().toISOString(), level: LEVELS[event.event] ?? "info", ...event });
}

async function runServe(folder: string, options: ServeOptions): Promise<void> {
  const { host, port, tokenFile, threads, ...given } = options;
  const token = givenToken(options, "ask the model");
  const limits = {
    ...given,
    maxBody: given.maxBody * MEBIBYTE,
    maxPixels: given.maxPixels * 1e6,
    timeout: given.timeout * 1000,
  };
  await withInterrupt(
    (signal) =>
      serve({ folder, host, port, tokenFile, token, threads, limits, signal, events: log }),
    "\nStopping when what was accepted is answered; press Ctrl-C again to stop at once.",
  );
}

const DEFAULTS = DEFAULT_LIMITS;

/** The `serve` command. */
export function serveCommand(): Command {
  const command = new Command("serve")
    .description("answer predictions over HTTP, with a page to try the model")
    .argument("<folder>", "folder of a finished run, or one that balgrad export wrote");
  return addAddressFlags(command, 8080)
    .option("--threads <number>", "threads of one operator (default: all cores)", parsePositive)
    .option("--max-batch <number>", "inputs answered at once", parsePositive, DEFAULTS.maxBatch)
    .option(
      "--max-delay <milliseconds>",
      "how long a batch that is not full waits for more inputs",
      parseWhole,
      DEFAULTS.maxDelay,
    )
    .option("--max-body <MiB>", "size of a request", parseAmount, DEFAULTS.maxBody / MEBIBYTE)
    .option("--max-pixels <millions>", "size of a picture", parseAmount, DEFAULTS.maxPixels / 1e6)
    .option("--max-text <characters>", "length of a text", parsePositive, DEFAULTS.maxText)
    .option("--max-inputs <number>", "inputs of one request", parsePositive, DEFAULTS.maxInputs)
    .option("--max-queue <number>", "inputs that may wait", parsePositive, DEFAULTS.maxQueue)
    .option(
      "--timeout <seconds>",
      "from the start of a request to its answer",
      parseAmount,
      DEFAULTS.timeout / 1000,
    )
    .addHelpText("after", EXAMPLES)
    .action(runServe);
}
