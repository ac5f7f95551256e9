/** @module The version of this package. */

import { readFileSync } from "node:fs";

/** Version of this package, such as `0.1.0`. */
export const VERSION = (
  JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as {
    version: string;
  }
).version;
