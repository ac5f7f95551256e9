/** @module All corruptions, in the order of the tables. */

import { darkness } from "./darkness.js";
import { gaussianBlur } from "./gaussianBlur.js";
import { jpegCompression } from "./jpegCompression.js";
import { occlusion } from "./occlusion.js";
import { ocr } from "./ocr.js";
import { typos } from "./typos.js";
import { wordSwap } from "./wordSwap.js";

/** Corruptions of one modality, which are measured on request; those of pictures first. */
export const CORRUPTIONS = [
  ...[gaussianBlur, jpegCompression, occlusion, darkness],
  ...[typos, wordSwap, ocr],
] as const;
