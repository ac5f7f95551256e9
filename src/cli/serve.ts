/** @module `balgrad serve`. */

import { Command, InvalidArgumentError } from "commander";

import type { ServeEvent } from "../serve/events.js";
import { DEFAULT_LIMITS, MEBIBYTE } from "../serve/limits.js";
import { serve, TOKEN_VARIABLE } from "../usecases/serve.js";
import { parsePositive, parseWhole } from "./arguments.js";
import { withInterrupt } from "./interrupt.js";
import { complain, printJson } from "./print.js";

interface ServeOptions {
  readonly host: string;
  readonly port: number;
  readonly tokenFile?: string;
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

const LOOPBACK = /^(127\.|localhost$|::1$)/;

function parsePort(text: string): number {
  const port = parseWhole(text);
  if (port > 65535) throw new InvalidArgumentError("There are ports up to 65535.");
  return port;
}

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

async function runServe(
  folder: string,
  { host, port, tokenFile, threads, ...given }: ServeOptions,
): Promise<void> {
  const token = process.env[TOKEN_VARIABLE];
  if (token === undefined && tokenFile === undefined && !LOOPBACK.test(host)) {
    complain(`warning: whoever reaches ${host} can ask the model; --token-file asks for a token.`);
  }
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
  return new Command("serve")
    .description("answer predictions over HTTP, with a page to try the model")
    .argument("<folder>", "folder of a finished run, or one that balgrad export wrote")
    .option(
      "--host <address>",
      "address to listen at; 0.0.0.0 for all of this machine",
      "127.0.0.1",
    )
    .option("--port <number>", "port to listen at; 0 for any that is free", parsePort, 8080)
    .option(
      "--token-file <file>",
      `file with a token that clients must send (or set ${TOKEN_VARIABLE})`,
    )
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
