/** @module What pictures and texts are on their way into a model. */

import type { Modality } from "../data/dataset.js";
import type { ImageEncoder, TextEncoder } from "../encode/pretrained/encoder.js";
import type { ImagePreparation, TextPreparation } from "../prepare/preparation.js";
import type { PreparedImages, PreparedTexts } from "../prepare/prepared.js";

/** What pictures, and what texts are on their way into a model. */
interface Forms {
  readonly image: {
    readonly preparation: ImagePreparation;
    readonly prepared: PreparedImages;
    readonly encoder: ImageEncoder;
  };
  readonly text: {
    readonly preparation: TextPreparation;
    readonly prepared: PreparedTexts;
    readonly encoder: TextEncoder;
  };
}

/** How samples of a modality become arrays. */
export type Preparation<M extends Modality> = Forms[M]["preparation"];

/** One modality of a split, as arrays. */
export type Prepared<M extends Modality> = Forms[M]["prepared"];

/** A pretrained encoder of a modality. */
export type Encoder<M extends Modality> = Forms[M]["encoder"];
