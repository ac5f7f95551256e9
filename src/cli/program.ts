/** @module The `balgrad` command line: its commands, and how it ends. */

import { Command, CommanderError } from "commander";

import { printable } from "../text.js";
import { type Continuation, Interrupted } from "../usecases/interrupted.js";
import { VERSION } from "../version.js";
import { EXIT } from "./exit.js";

const HELP = `
Examples:
  $ balgrad demo                         joint training against BalGrad, about two minutes
  $ balgrad data check data.csv          is it fit to train?
  $ balgrad train data.csv --seeds 3     train, select, evaluate
  $ balgrad compare data.csv --methods joint,balgrad,agm --seeds 5
  $ balgrad report runs/robust-seed1     a page with tables, curves and samples
  $ balgrad predict runs/robust-seed1 --text "a slice of bread"
  $ balgrad runs                         all runs with their curves, also of those that train
  $ balgrad serve runs/robust-seed1      predictions over HTTP, and a page to try the model

Exit codes: 0 done, 2 wrong usage, 3 unusable data, 4 training diverged, 5 some runs of a comparison
failed, 6 a file cannot be read or written (no room, no permission), 7 a condition of diagnose --fail-if holds,
130 stopped by Ctrl-C, 143 by SIGTERM, 129 by SIGHUP, 141 when the output is closed early.`;

/** The commands, each loaded when it is asked for: what they need together takes most of a second. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  demo: async () => (await import("./demo.js")).demoCommand(),
  train: async () => (await import("./train.js")).trainCommand(),
  compare: async () => (await import("./compare.js")).compareCommand(),
  methods: async () => (await import("./methods.js")).methodsCommand(),
  settings: async () => (await import("./listSettings.js")).settingsCommand(),
  evaluate: async () => (await import("./evaluate.js")).evaluateCommand(),
  diagnose: async () => (await import("./diagnose.js")).diagnoseCommand(),
  report: async () => (await import("./report.js")).reportCommand(),
  predict: async () => (await import("./predict.js")).predictCommand(),
  runs: async () => (await import("./runs.js")).runsCommand(),
  serve: async () => (await import("./serve.js")).serveCommand(),
  worker: async () => (await import("./worker.js")).workerCommand(),
  jobs: async () => (await import("./jobs.js")).jobsCommand(),
  encode: async () => (await import("./encode.js")).encodeCommand(),
  encoder: async () => (await import("./encoder.js")).encoderCommand(),
  export: async () => (await import("./export.js")).exportCommand(),
  data: async () => (await import("./data.js")).dataCommand(),
};

/** Names of the commands to load: the one that is named first, or all for help and for what is no command. */
function namesFor([first = ""]: readonly string[]): string[] {
  if (first === "--version" || first === "-V") return [];
  return Object.hasOwn(COMMANDS, first) ? [first] : Object.keys(COMMANDS);
}

/** Errors of subcommands are thrown too, so that all exits go through one place. */
function overrideExits(command: Command): void {
  const writeErr = (text: string): void => {
    process.stderr.write(printable(text));
  };
  command.configureOutput({ writeErr });
  command.exitOverride().showHelpAfterError("(add --help for the options)");
  command.commands.forEach(overrideExits);
}

/**
 * The program with some of its commands; nothing runs before it parses arguments.
 *
 * @param names - The commands; default: all.
 */
export async function programWith(
  names: readonly string[] = Object.keys(COMMANDS),
): Promise<Command> {
  const program = new Command("balgrad")
    .description("Image+text classifiers that keep working when the image or the text is missing.")
    .version(VERSION)
    .showSuggestionAfterError()
    .addHelpText("after", HELP);
  for (const name of names) program.addCommand(await COMMANDS[name]!());
  overrideExits(program);
  return program;
}

/** How what was stopped continues, as a command. */
const hintOf = (continuation: Continuation): string =>
  continuation.by === "resume"
    ? `Continue with: balgrad train --resume ${continuation.folder}`
    : "Continue with the same command.";

async function run(names: readonly string[]): Promise<void> {
  const program = await programWith(names);
  // Nothing is stopped or told about where no command runs.
  if (names.length > 0) (await import("./interrupt.js")).listenForSignals();
  await program.parseAsync();
}

/** Runs the command that the process was started with, and sets the exit code. */
export async function runProgram(): Promise<void> {
  try {
    await run(namesFor(process.argv.slice(2)));
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    } else if (error instanceof Interrupted) {
      const { stoppedCode } = await import("./interrupt.js");
      const { complain } = await import("./print.js");
      complain(`${error.message}\n${hintOf(error.continuation)}`);
      process.exitCode = stoppedCode();
    } else {
      const { reportError } = await import("./reportError.js");
      process.exitCode = reportError(error, process.argv.includes("--json"));
    }
  }
}
