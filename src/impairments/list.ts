/** @module All impairments, in the order of the tables. */

import { missing } from "./missing.js";
import { noisy } from "./noisy.js";
import { wrong } from "./wrong.js";

/** Impairments of either modality, which every evaluation measures. */
export const IMPAIRMENTS = [missing, noisy, wrong] as const;
