/** @module All settings of a run, the methods' options among them. */

import { optionFields } from "../balance/methods.js";
import type { Field } from "../settings/fields.js";
import { runFields } from "./config.js";
import { RUN_METHODS } from "./methods.js";

/** An option of one or more methods. */
export interface OptionField extends Field {
  /** The methods that have it. */
  readonly methods: readonly string[];
}

/** Options of methods that have a flag, which several methods may share; the first one's describes it. */
export function flaggedOptions(): readonly OptionField[] {
  const found = new Map<string, OptionField>();
  for (const method of RUN_METHODS) {
    for (const field of optionFields(method).filter(({ notes }) => notes.flag !== undefined)) {
      const known = found.get(field.path) ?? { ...field, methods: [] };
      found.set(field.path, { ...known, methods: [...known.methods, method.name] });
    }
  }
  return [...found.values()];
}

/** Settings of a run that have a flag, in the order of the schema. */
export function flaggedFields(): readonly Field[] {
  const options = flaggedOptions().map((field) => ({
    ...field,
    // Defaults may differ between the methods.
    default: undefined,
    help: `${field.help} (of ${field.methods.join(", ")})`,
  }));
  const own = runFields().filter(({ notes }) => notes.flag !== undefined || notes.choices);
  const at = own.findIndex(({ path }) => path === "method.name") + 1;
  return [...own.slice(0, at), ...options, ...own.slice(at)];
}
