/** @module Sessions whose outputs come in new memory. */

import type { DType, TensorData } from "../graph/dtype.js";
import type { Loaded } from "./loaded.js";
import type { Session, WritingSession } from "./session.js";

/** Gives the outputs as they come. */
export function reading(loaded: Loaded): Session {
  return {
    run: async (feeds) => {
      const results = await loaded.run(feeds);
      return Object.fromEntries(
        Object.entries(results).map(([name, { type, dims, data }]) => [
          name,
          { dtype: type as DType, shape: dims, data: data as TensorData },
        ]),
      );
    },
    release: () => loaded.release(),
  };
}

/** Copies the outputs. */
export function writingCopies(loaded: Loaded): WritingSession {
  return {
    run: async (feeds, outputs) => {
      const results = await loaded.run(feeds);
      for (const [name, { data }] of Object.entries(outputs)) {
        (data as Float32Array).set(results[name]!.data as Float32Array);
      }
    },
    release: () => loaded.release(),
  };
}
