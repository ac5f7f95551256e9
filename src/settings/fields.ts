/** @module All settings of a schema, one by one: path, help, default, what is accepted, flag. */

import type { z } from "zod";

import { accepted } from "./accepted.js";
import { type JsonSchema, jsonSchemaOf } from "./jsonSchema.js";
import type { SettingNotes } from "./notes.js";

/** A value of another setting that a setting depends on. */
export interface Condition {
  readonly path: string;
  readonly value: string;
}

/** One setting. */
export interface Field {
  /** Dotted path, such as `model.image.side`. */
  readonly path: string;
  /** What it does. */
  readonly help: string;
  /** Default value; `undefined` if there is none, or if the help says what it depends on. */
  readonly default: unknown;
  /** What it accepts, as after "expected": `a whole number of at least 1`. */
  readonly accepts: string;
  /** Its type; {@link SettingNotes} has what a type does not say. */
  readonly schema: JsonSchema;
  readonly notes: SettingNotes;
  /** When it exists; default: always. */
  readonly within?: Condition;
}

const joined = (path: string, name: string): string => (path === "" ? name : `${path}.${name}`);

/** The setting that chooses one of several groups; each group names its value. */
function alternatives(schema: JsonSchema, path: string, groups: readonly JsonSchema[]): Field[] {
  const nameOf = ({ properties = {} }: JsonSchema): string =>
    Object.keys(properties).find((name) => properties[name]?.const !== undefined)!;
  const chooser = nameOf(groups[0]!);
  const values = groups.map(({ properties }) => properties![chooser]!.const as string);
  const first = schema.default as Readonly<Record<string, unknown>> | undefined;
  const choosing = { enum: values, default: first?.[chooser] };
  return [
    fieldOf({ ...choosing, description: schema.description ?? "" }, joined(path, chooser)),
    ...groups.flatMap(({ properties = {} }, at) => {
      const within = { path: joined(path, chooser), value: values[at]! };
      const own = Object.entries(properties).filter(([name]) => name !== chooser);
      return own.flatMap(([name, property]) =>
        fieldsIn(property, joined(path, name)).map((field) => ({ within, ...field })),
      );
    }),
  ];
}

const fieldOf = (schema: JsonSchema, path: string): Field => ({
  path,
  help: schema.description ?? "",
  default: schema.default,
  accepts: accepted(schema),
  schema,
  notes: schema.notes ?? {},
});

function fieldsIn(schema: JsonSchema, path: string): Field[] {
  const { properties, oneOf } = schema;
  if (oneOf?.every((group) => group.properties)) return alternatives(schema, path, oneOf);
  if (!properties) return [fieldOf(schema, path)];
  return Object.entries(properties).flatMap(([name, property]) =>
    fieldsIn(property, joined(path, name)),
  );
}

/**
 * All settings of a schema in its order.
 *
 * @param path - Of the group that the schema describes; default: the top.
 */
export const fieldsOf = (schema: z.ZodType, path = ""): readonly Field[] =>
  fieldsIn(jsonSchemaOf(schema), path);
