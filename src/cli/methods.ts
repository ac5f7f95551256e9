/** @module `balgrad methods`: what there is, with sources, options and metrics. */

import { Command } from "commander";

import type { MethodDescription } from "../balance/method.js";
import { optionFields } from "../balance/methods.js";
import { fusionsOf } from "../balance/supports.js";
import { findRunMethod, RUN_METHODS } from "../run/methods.js";
import { methodsPage, methodsText, optionName } from "./methodsPage.js";
import { print } from "./print.js";

interface ListOptions {
  readonly json?: boolean;
  readonly markdown?: boolean;
}

const entryOf = (method: MethodDescription) => ({
  name: method.name,
  summary: method.summary,
  source: method.source,
  differs: method.differs ?? null,
  model: method.model ?? {},
  fusions: fusionsOf(method),
  labels: method.supports?.labels ?? ["single-label", "multi-label"],
  options: optionFields(method).map((field) => ({
    name: optionName(field),
    default: field.default,
    description: field.help,
  })),
  metrics: method.metrics ?? {},
});

function listMethods(name: string | undefined, { json, markdown }: ListOptions): void {
  if (markdown) {
    print(methodsPage().trimEnd());
    return;
  }
  const methods = name === undefined ? RUN_METHODS : [findRunMethod(name)];
  print(json ? JSON.stringify(methods.map(entryOf), null, 2) : methodsText(methods));
}

const EXAMPLES = `
Examples:
  $ balgrad methods                all methods
  $ balgrad methods robust         one
  $ balgrad train --method cagrad --set method.options.c=0.2`;

/** The `methods` command. */
export function methodsCommand(): Command {
  return new Command("methods")
    .description("list the balance methods with their sources, options, defaults and metrics")
    .argument("[name]", "one method")
    .option("--json", "print JSON")
    .option("--markdown", "print docs/methods.md")
    .addHelpText("after", EXAMPLES)
    .action(listMethods);
}
