/** @module How pictures of a from-scratch model are prepared, as a file for other programs. */

import { DEFAULT_NORMALISATION } from "../../prepare/normalisation.js";

/** Resampling by windowed sinc functions in the numbering of Pillow, which the known layout uses. */
const LANCZOS = 1;

/**
 * A picture's preparation in the layout of `preprocessor_config.json`; what that layout cannot say stands
 * under `balgrad`.
 *
 * @param side - Height and width of the square, pixels.
 */
export function preprocessorConfig(side: number): object {
  const { mean, deviation } = DEFAULT_NORMALISATION;
  return {
    image_processor_type: "BalGradImageProcessor",
    do_convert_rgb: true,
    do_resize: true,
    size: { longest_edge: side },
    resample: LANCZOS,
    do_pad: true,
    pad_size: { height: side, width: side },
    do_rescale: true,
    rescale_factor: 1 / 255,
    do_normalize: true,
    image_mean: mean,
    image_std: deviation,
    balgrad: {
      orientation: "turned upright by the EXIF orientation",
      resize:
        "the longer side becomes longest_edge, the other keeps the proportion, rounded; smaller pictures are enlarged",
      pad: "in the middle; an odd row or column more at the bottom and the right",
      background: [255, 255, 255],
      transparent: "shown on the background",
      layout: "channels first: red, green, blue",
      missing: "a missing picture is all zeros",
    },
  };
}
