/** @module Which gradients of a compiled step stay rows: those of tables of which a batch looks up a small part. */

import { cast } from "../graph/functions/elementwise.js";
import { type ScatteredRows, scatteredRows } from "../graph/scatteredRows.js";
import type { NamedTensors } from "../graph/onnx/write.js";
import { divDims, nominalSize, type Shape } from "../graph/shape.js";
import { BATCH } from "../model/inputs.js";
import type { CompiledStep, TrainedParameter } from "./step.js";

/** A table's gradient, by names of outputs. */
export interface CompiledTable {
  readonly rows: string;
  /** Of the table, int32. */
  readonly indices: string;
  /** Shape of the indices, one axis. */
  readonly shape: Shape;
}

/** Outputs of a step for an optimizer that takes rows. */
export interface StepWithTables {
  readonly outputs: NamedTensors;
  /** By parameter. */
  readonly tables: ReadonlyMap<string, CompiledTable>;
}

/** A table has at least so many times more rows than a batch looks up: two passes over the rows cost less then. */
const LEAST_RATIO = 2;

/** Whether the number of rows is known once that of the samples is. */
const isKnown = ({ indices }: ScatteredRows): boolean =>
  typeof divDims(indices.shape[0]!, BATCH) === "number";

function rowsOf(
  { shape, gradient }: TrainedParameter,
  { outputs, nominal }: CompiledStep,
): ScatteredRows | null {
  const found = scatteredRows(outputs[gradient]!);
  if (!found || !isKnown(found)) return null;
  return LEAST_RATIO * nominalSize(found.indices.shape, nominal) <= shape[0]! ? found : null;
}

/** The outputs of a step, with rows in place of gradients that are zero in most rows. */
export function withTables(compiled: CompiledStep): StepWithTables {
  const outputs = new Map(Object.entries(compiled.outputs));
  const tables = new Map<string, CompiledTable>();
  for (const parameter of compiled.trained) {
    const found = rowsOf(parameter, compiled);
    if (!found) continue;
    const { name, gradient } = parameter;
    const table = { rows: `rows.${name}`, indices: `indices.${name}`, shape: found.indices.shape };
    outputs.set(table.rows, found.rows).set(table.indices, cast(found.indices, "int32"));
    outputs.delete(gradient);
    tables.set(name, table);
  }
  return { outputs: Object.fromEntries(outputs), tables };
}
