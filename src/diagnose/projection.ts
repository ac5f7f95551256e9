/** @module Embeddings in two dimensions, for the eye: samples that the model sees alike lie together. */

import { UMAP } from "umap-js";

import { randomStream } from "../random.js";

/** A place in the plane. */
export type Place = readonly [x: number, y: number];

/** Samples that are looked at for each sample's surroundings. */
const NEIGHBOURS = 15;

/** Fewer samples have no surroundings to speak of. */
const FEWEST = 8;

/**
 * Places samples in the plane so that neighbours stay neighbours; distances between groups say little.
 *
 * Source: McInnes, Healy and Melville, "UMAP: Uniform Manifold Approximation and Projection", arXiv 1802.03426.
 *
 * @param rows - `[samples][dimensions]`.
 * @param seed - Of the places: the same rows and seed give the same places.
 * @returns `[samples]`; `null` for fewer than eight samples, or where all are the same.
 */
export function projected(rows: readonly Float32Array[], seed: number): Place[] | null {
  const first = rows[0];
  if (rows.length < FEWEST || !first) return null;
  if (rows.every((row) => row.every((value, at) => value === first[at]))) return null;
  const random = randomStream(seed, "projection");
  const umap = new UMAP({
    nNeighbors: Math.min(NEIGHBOURS, rows.length - 1),
    random: () => random.uniform(),
  });
  const placed = umap.fit(rows.map((row) => [...row]));
  return placed.map(([x, y]): Place => [x!, y!]);
}
