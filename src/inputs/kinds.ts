/** @module All kinds of encoders; the first of each list is the default. */

import { imageFeatures, textFeatures } from "./features.js";
import { convolutional } from "./image/convolutional.js";
import { pretrainedImage } from "./image/pretrained.js";
import { bag } from "./text/bag.js";
import { pretrainedText } from "./text/pretrained.js";

/** Kinds of image encoders. */
export const IMAGE_KINDS = [convolutional, imageFeatures, pretrainedImage] as const;

/** Kinds of text encoders. */
export const TEXT_KINDS = [bag, textFeatures, pretrainedText] as const;
