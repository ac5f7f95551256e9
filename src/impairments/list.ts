/** @module All impairments, in the order of the tables. */

import { darkness } from "./corruptions/darkness.js";
import { gaussianBlur } from "./corruptions/gaussianBlur.js";
import { jpegCompression } from "./corruptions/jpegCompression.js";
import { occlusion } from "./corruptions/occlusion.js";
import { ocr } from "./corruptions/ocr.js";
import { typos } from "./corruptions/typos.js";
import { wordSwap } from "./corruptions/wordSwap.js";
import { missing } from "./missing.js";
import { noisy } from "./noisy.js";
import { wrong } from "./wrong.js";

/** Impairments of either modality, which every evaluation measures. */
export const IMPAIRMENTS = [missing, noisy, wrong] as const;

/** Corruptions of one modality, which are measured on request; those of pictures first. */
export const CORRUPTIONS = [
  ...[gaussianBlur, jpegCompression, occlusion, darkness],
  ...[typos, wordSwap, ocr],
] as const;
