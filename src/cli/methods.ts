/** @module `balgrad methods`: what there is, with sources and options. */

import { Command } from "commander";
import { z } from "zod";

import type { MethodDescription } from "../balance/method.js";
import { fusionsOf } from "../balance/supports.js";
import { findRunMethod, RUN_METHODS } from "../run/methods.js";
import { print } from "./print.js";

/** An option of a method, as far as its schema tells. */
interface OptionEntry {
  readonly name: string;
  readonly default: unknown;
  readonly description: string;
}

function optionsOf({ options }: MethodDescription): OptionEntry[] {
  const schema = z.toJSONSchema(options, { io: "input" }) as {
    readonly properties?: Record<string, { default?: unknown; description?: string }>;
  };
  return Object.entries(schema.properties ?? {}).map(([name, property]) => ({
    name,
    default: property.default,
    description: property.description ?? "",
  }));
}

function describe(method: MethodDescription): string {
  const options = optionsOf(method).map(
    (option) => `      ${option.name} = ${JSON.stringify(option.default)}  ${option.description}`,
  );
  const model = method.model ? [`      made for: ${JSON.stringify(method.model)}`] : [];
  const { supports } = method;
  const fusions = supports?.fusions?.length
    ? [`      fusions: ${supports.fusions.join(", ")}`]
    : [];
  const labels = supports?.labels ? [`      labels: ${supports.labels.join(", ")}`] : [];
  const about = [method.name, `    ${method.summary}`, `    ${method.source}`];
  return [...about, ...options, ...model, ...fusions, ...labels].join("\n");
}

function listMethods(name: string | undefined, { json }: { readonly json?: boolean }): void {
  const methods = name === undefined ? RUN_METHODS : [findRunMethod(name)];
  if (json) {
    const entries = methods.map((method) => ({
      name: method.name,
      summary: method.summary,
      source: method.source,
      model: method.model ?? {},
      fusions: fusionsOf(method),
      labels: method.supports?.labels ?? ["single-label", "multi-label"],
      options: optionsOf(method),
    }));
    print(JSON.stringify(entries, null, 2));
    return;
  }
  print(methods.map(describe).join("\n"));
}

const EXAMPLES = `
Examples:
  $ balgrad methods                all methods
  $ balgrad methods robust         one
  $ balgrad train --method cagrad --set method.options.c=0.2`;

/** The `methods` command. */
export function methodsCommand(): Command {
  return new Command("methods")
    .description("list the balance methods with their sources, options and defaults")
    .argument("[name]", "one method")
    .option("--json", "print JSON")
    .addHelpText("after", EXAMPLES)
    .action(listMethods);
}
