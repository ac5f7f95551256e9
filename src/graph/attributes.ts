/** @module Typed operator attributes, as ONNX has them. */

/** One attribute; the type tag decides how it is serialised. */
export type Attribute =
  | { readonly int: number }
  | { readonly ints: readonly number[] }
  | { readonly float: number }
  | { readonly string: string };

/** Attributes of a node by name. */
export type Attributes = Readonly<Record<string, Attribute>>;

/** Integer attribute. */
export const int = (value: number): Attribute => ({ int: value });
/** Integer list attribute. */
export const ints = (value: readonly number[]): Attribute => ({ ints: value });
/** Float attribute. */
export const float = (value: number): Attribute => ({ float: value });
/** String attribute. */
export const string = (value: string): Attribute => ({ string: value });

/** Reads an integer attribute or its default. */
export function intOf(attributes: Attributes, name: string, fallback: number): number {
  const attribute = attributes[name];
  return attribute && "int" in attribute ? attribute.int : fallback;
}

/** Reads an integer list attribute or its default. */
export function intsOf(
  attributes: Attributes,
  name: string,
  fallback: readonly number[],
): readonly number[] {
  const attribute = attributes[name];
  return attribute && "ints" in attribute ? attribute.ints : fallback;
}

/** Reads a float attribute or its default. */
export function floatOf(attributes: Attributes, name: string, fallback: number): number {
  const attribute = attributes[name];
  return attribute && "float" in attribute ? attribute.float : fallback;
}

/** Reads a string attribute or its default. */
export function stringOf(attributes: Attributes, name: string, fallback: string): string {
  const attribute = attributes[name];
  return attribute && "string" in attribute ? attribute.string : fallback;
}
