/** @module What a setting accepts, in words. */

import type { JsonSchema } from "./jsonSchema.js";

/** Choices with commas, the last one after "or". */
const choice = (names: readonly string[]): string =>
  names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} or ${names.at(-1)!}`;

/** A value of a setting as people write it: text without quotation marks, the rest as JSON. */
export const valueText = (value: unknown): string =>
  typeof value === "string" ? value : JSON.stringify(value);

/** The range of a number, after "a number": ` from 0 to 1`, ` above 0`; empty where any is allowed. */
function rangeOf(schema: JsonSchema): string {
  const { minimum, exclusiveMinimum, maximum, exclusiveMaximum } = schema;
  const text = (limit: number): string => String(limit);
  if (minimum !== undefined && maximum !== undefined) {
    return ` from ${text(minimum)} to ${text(maximum)}`;
  }
  const low =
    minimum !== undefined
      ? `of at least ${text(minimum)}`
      : exclusiveMinimum !== undefined
        ? `above ${text(exclusiveMinimum)}`
        : "";
  const high =
    maximum !== undefined
      ? `at most ${text(maximum)}`
      : exclusiveMaximum !== undefined
        ? `below ${text(exclusiveMaximum)}`
        : "";
  const limits = [low, high].filter((limit) => limit !== "").join(" and ");
  return limits === "" ? "" : ` ${limits}`;
}

function byType(schema: JsonSchema): string {
  const { type, items, minItems = 0, notes } = schema;
  const unit = notes?.unit === undefined ? "" : ` of ${notes.unit}`;
  switch (type) {
    case "integer":
      return `a whole number${unit}${rangeOf(schema)}`;
    case "number":
      return `a number${unit}${rangeOf(schema)}`;
    case "boolean":
      return "true or false";
    case "string":
      return "a text";
    case "array": {
      const least = minItems > 0 ? ` of at least ${minItems}` : "";
      return `a list${least}${items?.type === undefined ? "" : `, each ${accepted(items)}`}`;
    }
    case "object":
      return "an object";
    default:
      return "a value";
  }
}

/** What a setting accepts, as after "expected": `a whole number of at least 1`, `one of skip or stop`. */
export function accepted(schema: JsonSchema): string {
  const { notes, enum: values, oneOf, anyOf = oneOf } = schema;
  if (notes?.accepts !== undefined) return notes.accepts;
  if (values) return choice(values.map(valueText));
  if (schema.const !== undefined) return valueText(schema.const);
  if (anyOf) return anyOf.map(accepted).join(", or ");
  return byType(schema);
}
