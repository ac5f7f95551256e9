/** @module Dark pictures. */

import { levelAt, type Levels, ofPictures } from "./pictures.js";

/** What values are multiplied by. */
const DIMMED: Levels = [0.7, 0.5, 0.35, 0.2, 0.1];

/** All values times a factor, which lowers the brightness and leaves hue and saturation. */
export const darkness = ofPictures("darkness", "darkness", (planes, _, { strength }) =>
  planes.map((value) => Math.round(value * levelAt(DIMMED, strength))),
);
