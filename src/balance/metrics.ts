/** @module What the metrics of a training step mean. */

import type { MethodDescription } from "./method.js";

/** Metrics that mean the same whatever the method is. */
export const COMMON_METRICS: Readonly<Record<string, string>> = {
  "loss.task": "loss of the joint classifier",
  "loss.image": "loss of the image head",
  "loss.text": "loss of the text head",
  "norm.update": "length of the combined gradient, before clipping",
};

/** What a metric of a method means, as a phrase; `undefined` where neither the method nor all methods say it. */
export function meaningOf(
  { metrics = {} }: Pick<MethodDescription, "metrics">,
  metric: string,
): string | undefined {
  const [group = ""] = metric.split(".", 1);
  return metrics[metric] ?? metrics[`${group}.*`] ?? COMMON_METRICS[metric];
}
