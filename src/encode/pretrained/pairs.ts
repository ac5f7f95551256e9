/** @module Names for pairs of encoders that are often used together. */

/** Hub names of the two encoders of a pair. */
export interface EncoderPair {
  readonly image: string;
  readonly text: string;
}

/**
 * The pairs of the BalGrad paper that the hub holds as ONNX exports, ready for Transformers.js.
 *
 * Several of these exports are whole classifiers; the layers before the classifier are used, see
 * `headless.ts`.
 */
export const ENCODER_PAIRS: Readonly<Record<string, EncoderPair>> = {
  "vit-bert": {
    image: "Xenova/vit-base-patch16-224-in21k",
    text: "Xenova/bert-base-uncased",
  },
  "resnet50-distilbert": {
    image: "Xenova/resnet-50",
    text: "Xenova/distilbert-base-uncased",
  },
  "clip-vit-b32": {
    image: "Xenova/clip-vit-base-patch32",
    text: "Xenova/clip-vit-base-patch32",
  },
};

/** Pairs that no hub repository holds in this layout, with what to do instead. */
export const UNPUBLISHED_PAIRS: Readonly<Record<string, string>> = {
  blip: "The hub has no export of BLIP in this layout. Export its two towers to onnx/vision_model.onnx and onnx/text_model.onnx of one folder (docs/encoders.md shows how) and give that folder.",
};
