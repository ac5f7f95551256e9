/** @module Which epoch is the best. */

import { isLowestBest, type TrainConfig } from "./config.js";

/** Epochs over which log-losses are averaged: one lucky epoch of few validation samples is not the best. */
const SMOOTHED = 3;

/** The figure that selects, after the last of some epochs. */
export function selecting(
  { selectBy }: TrainConfig,
  epochs: readonly Readonly<Record<string, number>>[],
): number {
  const recent = epochs.slice(selectBy === "experts" ? -SMOOTHED : -1);
  const figures = recent.map((figuresOf) => figuresOf[selectBy]);
  if (figures.includes(undefined)) throw new Error(`internal: validation lacks "${selectBy}".`);
  return figures.reduce<number>((sum, figure) => sum + figure!, 0) / figures.length;
}

/** Whether one validation figure is better than another. */
export function improves(config: TrainConfig, figure: number, best: number | null): boolean {
  if (best === null) return true;
  return isLowestBest(config.selectBy) ? figure < best : figure > best;
}
