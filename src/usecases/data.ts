/** @module The data of a use case: read, checked and encoded, with what was wrong on the way. */

import type { Dataset } from "../data/dataset.js";
import type { Text } from "../message.js";
import { featureFolder } from "../prepare/cache.js";
import type { RunConfig } from "../run/config.js";
import { loadRunData, type RunData, type RunDataOptions } from "../run/data.js";
import { makesFeatures, type OpenInputs } from "../inputs/open.js";
import { type CompareEvent, type DataEvent, type Listener, silent, type Watch } from "./events.js";
import { stoppable } from "./interrupted.js";

/** Data as a use case is given them. */
export interface GivenData extends Pick<RunDataOptions, "cache" | "known"> {
  /** Data that are opened already; default: those that the settings name. */
  readonly dataset?: Dataset;
}

/** How data are loaded. */
export interface LoadOptions
  extends Watch<DataEvent>, GivenData, Pick<RunDataOptions, "evaluated" | "given" | "features"> {}

/** What had to be decided about pretrained encoders because their folders do not state it. */
export const noticesOf = ({ image, text }: OpenInputs): Text[] =>
  [image, text].flatMap(({ encoder }) => encoder?.notices ?? []);

/** Tells how far reading is; stops it at the signal. */
export const reading =
  ({ events = silent, signal }: Watch<DataEvent>) =>
  (done: number, total: number): void => {
    signal?.throwIfAborted();
    events({ kind: "reading", done, total });
  };

/** A listener that hears how far work is, and nothing else of the data. */
export const progressOnly =
  (events: Listener<DataEvent> = silent): Listener<CompareEvent> =>
  (event) => {
    if (event.kind === "reading" || event.kind === "extracting") events(event);
  };

/** Where features of encoders are kept; `null` where there are no encoders. */
export const keptOf = ({ model }: RunConfig): string | null =>
  makesFeatures(model) ? featureFolder() : null;

/**
 * Reads the data of a run, and makes features where encoders are frozen.
 *
 * @throws {DataError} when they cannot be used.
 * @throws {Interrupted} after the signal; features that are made stay.
 */
export function loadData(
  config: RunConfig,
  { events = silent, signal, ...options }: LoadOptions = {},
): Promise<RunData> {
  return stoppable(signal, keptOf(config), async () => {
    const data = await loadRunData(config, {
      ...options,
      ...(signal && { signal }),
      onOpen: (dataset) => {
        events({ kind: "opened", dataset });
      },
      onProgress: reading({ events, signal }),
      onFeatures: (done, total) => {
        events({ kind: "extracting", done, total });
      },
    });
    const { issues, prepared } = data;
    events({ kind: "prepared", issues, notices: noticesOf(prepared.inputs) });
    return data;
  });
}
