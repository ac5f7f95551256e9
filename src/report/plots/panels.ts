/** @module Panels beside one another in a plot. */

/** With more, names and curves would be too small. */
const PANELS = 4;

/** Items in as few groups as fit beside one another, of nearly equal size. */
export function panels<T>(items: readonly T[]): T[][] {
  const size = Math.ceil(items.length / Math.ceil(items.length / PANELS));
  const groups: T[][] = [];
  for (let at = 0; at < items.length; at += size) groups.push(items.slice(at, at + size));
  return groups;
}
