/** @module The text after a flag as the value of a setting. What cannot be read stays a text, which the check names. */

import type { JsonSchema } from "../settings/jsonSchema.js";
import type { Field } from "../settings/fields.js";
import { names } from "./arguments.js";

const SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600 };

/** A length of time such as `90s`, `10m` or `1.5h` in seconds; `undefined` where it is none. */
export function seconds(text: string): number | undefined {
  const [, amount, unit] = /^(\d+(?:\.\d+)?)([smh])$/.exec(text.trim()) ?? [];
  return unit === undefined ? undefined : Number(amount) * SECONDS[unit]!;
}

const numeric = (text: string): number | undefined =>
  text.trim() === "" || Number.isNaN(Number(text)) ? undefined : Number(text);

/** `name=number,name=number`; a name may hold an equals sign, no comma. */
function pairs(text: string): Record<string, unknown> | undefined {
  const read = text.split(",").map((pair) => {
    const at = pair.lastIndexOf("=");
    const value = pair.slice(at + 1);
    return at < 1 ? undefined : ([pair.slice(0, at).trim(), numeric(value) ?? value] as const);
  });
  return read.every((pair) => pair !== undefined) ? Object.fromEntries(read) : undefined;
}

const isConstant = ({ const: only, enum: values = [only] }: JsonSchema, text: string): boolean =>
  values.includes(text);

function read(text: string, schema: JsonSchema): unknown {
  const { type, anyOf, notes } = schema;
  if (notes?.unit === "seconds") return seconds(text);
  if (anyOf) {
    if (anyOf.some((one) => isConstant(one, text))) return text;
    return anyOf.map((one) => read(text, one)).find((value) => value !== undefined);
  }
  switch (type) {
    case "integer":
    case "number":
      return numeric(text);
    case "boolean":
      return text === "true" ? true : text === "false" ? false : undefined;
    case "array":
      return names(text);
    case "object":
      return pairs(text);
    default:
      return schema.const === undefined && !schema.enum ? text : undefined;
  }
}

/** The text after a setting's flag as its value. */
export const flagValue = (text: string, { schema }: Field): unknown => read(text, schema) ?? text;
