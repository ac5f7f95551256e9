/** @module What goes wrong, and when. */

import { randomStream } from "../../dist/random.js";

const HOUR = 3600;

/** Seconds until the next of events that come at random, this many hours apart on average. */
const wait = (random, hours) => -Math.log(1 - random.uniform()) * hours * HOUR;

/** Puts one kind of fault of the whole cluster, or of each worker, among the events; each follows the one before. */
function repeat(events, random, hours, times, strike) {
  if (!Number.isFinite(hours)) return;
  const next = (now, at) => {
    events.at(now + wait(random, hours), (time) => {
      strike(time, at);
      next(time, at);
    });
  };
  for (let at = 0; at < times; at++) next(0, at);
}

/**
 * Lets everything go wrong that the settings say.
 *
 * @param cluster - What it happens to: `crash`, `pause` and `cut` of a worker, `queueDown`, `storeDown`.
 */
export function plan(events, settings, cluster) {
  const { seed, workers } = settings;
  const stream = (name) => randomStream(seed, "faults", name);
  for (const kind of ["crash", "pause", "network"]) {
    repeat(events, stream(kind), settings[`${kind}Hours`], workers, (time, worker) => {
      cluster.strike(kind, worker, time, settings[`${kind}Seconds`]);
    });
  }
  repeat(events, stream("queue"), settings.queueHours, 1, (time) => cluster.queueDown(time));
  repeat(events, stream("store"), settings.storeHours, 1, (time) => cluster.storeDown(time));
}
