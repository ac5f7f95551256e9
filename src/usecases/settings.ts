/** @module Settings as a use case is given them. */

import type { Origin } from "../settings/origin.js";

/** Settings as they were given, unchecked, and where errors should say that they came from. */
export interface GivenSettings {
  readonly settings: Readonly<Record<string, unknown>>;
  /** Such as a file's path. */
  readonly origin: Origin | string;
}
