/** @module The `balgrad` command line: its commands, and how it ends. */

import { readFileSync } from "node:fs";

import { Command, CommanderError } from "commander";

import { printable } from "../text.js";
import { type Continuation, Interrupted } from "../usecases/interrupted.js";
import { compareCommand } from "./compare.js";
import { dataCommand } from "./data.js";
import { demoCommand } from "./demo.js";
import { encodeCommand } from "./encode.js";
import { encoderCommand } from "./encoder.js";
import { evaluateCommand } from "./evaluate.js";
import { EXIT, reportError } from "./exit.js";
import { exportCommand } from "./export.js";
import { listenForSignals, stoppedCode } from "./interrupt.js";
import { settingsCommand } from "./listSettings.js";
import { methodsCommand } from "./methods.js";
import { predictCommand } from "./predict.js";
import { trainCommand } from "./train.js";
import { complain } from "./print.js";

const { version } = JSON.parse(
  readFileSync(new URL("../../package.json", import.meta.url), "utf8"),
) as { version: string };

const HELP = `
Examples:
  $ balgrad demo                         joint training against BalGrad, about a minute
  $ balgrad data check data.csv          is it fit to train?
  $ balgrad train data.csv --seeds 3     train, select, evaluate
  $ balgrad compare data.csv --methods joint,balgrad,agm --seeds 5
  $ balgrad predict runs/robust-seed1 --text "a slice of bread"

Exit codes: 0 done, 2 wrong usage, 3 unusable data, 4 training diverged, 5 some runs of a comparison
failed, 6 a file cannot be read or written (no room, no permission), 130 stopped by Ctrl-C, 143 by SIGTERM,
129 by SIGHUP, 141 when the reader of the output has gone.`;

const program = new Command("balgrad")
  .description("Image+text classifiers that keep working when the image or the text is missing.")
  .version(version)
  .showSuggestionAfterError()
  .addHelpText("after", HELP)
  .exitOverride();
for (const command of [
  demoCommand(),
  trainCommand(),
  compareCommand(),
  methodsCommand(),
  settingsCommand(),
  evaluateCommand(),
  predictCommand(),
  encodeCommand(),
  encoderCommand(),
  exportCommand(),
  dataCommand(),
]) {
  program.addCommand(command);
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
overrideExits(program);

/** How what was stopped continues, as a command. */
const hintOf = (continuation: Continuation): string =>
  continuation.by === "resume"
    ? `Continue with: balgrad train --resume ${continuation.folder}`
    : "Continue with the same command.";

/** Runs the command that the process was started with, and sets the exit code. */
export async function runProgram(): Promise<void> {
  listenForSignals();
  try {
    await program.parseAsync();
  } catch (error) {
    if (error instanceof CommanderError) {
      process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    } else if (error instanceof Interrupted) {
      complain(`${error.message}\n${hintOf(error.continuation)}`);
      process.exitCode = stoppedCode();
    } else {
      process.exitCode = reportError(error, process.argv.includes("--json"));
    }
  }
}
