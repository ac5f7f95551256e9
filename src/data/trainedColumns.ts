/** @module Columns that the tables of a training had, for tables that its model is asked about. */

/** Columns that a training was told. */
export type TrainedColumns = Readonly<Partial<Record<"id" | "image" | "text", string | undefined>>>;
