/** @module Schemas of settings as JSON Schema: defaults, ranges and choices as data. */

import { z } from "zod";

import { type SettingNotes, settingNotes } from "./notes.js";

/** JSON Schema of settings; see {@link jsonSchemaOf}. */
export interface JsonSchema {
  readonly $schema?: string;
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly exclusiveMinimum?: number;
  readonly exclusiveMaximum?: number;
  readonly items?: JsonSchema;
  readonly minItems?: number;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: boolean | JsonSchema;
  readonly oneOf?: readonly JsonSchema[];
  readonly anyOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly if?: JsonSchema;
  readonly then?: JsonSchema;
  /** What the type does not say. */
  readonly notes?: SettingNotes;
}

/** Whole numbers that a schema does not bound have these bounds in JSON Schema. */
const UNBOUNDED = Number.MAX_SAFE_INTEGER;

/** A schema of settings as JSON Schema, with the notes of each setting. */
export function jsonSchemaOf(schema: z.ZodType): JsonSchema {
  return z.toJSONSchema(schema, {
    io: "input",
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema }) => {
      if (jsonSchema.minimum === -UNBOUNDED) delete jsonSchema.minimum;
      if (jsonSchema.maximum === UNBOUNDED) delete jsonSchema.maximum;
      const notes = settingNotes.get(zodSchema as unknown as z.ZodType);
      if (notes) Object.assign(jsonSchema, notes.json, { notes });
    },
  }) as JsonSchema;
}

/** What has a setting, as a part of its description. */
function withOwners(schema: JsonSchema): JsonSchema {
  const { notes, description } = schema;
  if (notes?.of === undefined) return schema;
  return { ...schema, description: `${description ?? ""} (of ${notes.of})` };
}

/** JSON Schema without notes, which editors do not know: what has a setting becomes a part of its description. */
export function withoutNotes(schema: JsonSchema): JsonSchema {
  return JSON.parse(
    JSON.stringify(schema, (key, value: unknown) => {
      if (key === "notes") return undefined;
      return typeof value === "object" && value !== null ? withOwners(value) : value;
    }),
  ) as JsonSchema;
}
