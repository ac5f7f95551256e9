/** @module Names of an encoder's files, weights and inputs, as Hugging Face and Transformers.js have them. */

/** Weights to load, by the names that Transformers.js has for them, the first preferred. */
export const WEIGHT_CHOICES = [
  "fp32",
  "fp16",
  "q8",
  "int8",
  "uint8",
  "q4",
  "q4f16",
  "bnb4",
] as const;

/** One of {@link WEIGHT_CHOICES}. */
export type WeightChoice = (typeof WEIGHT_CHOICES)[number];

/** What the names of models end in, by their weights. */
export const WEIGHT_SUFFIX: Readonly<Record<WeightChoice, string>> = {
  fp32: "",
  fp16: "_fp16",
  q8: "_quantized",
  int8: "_int8",
  uint8: "_uint8",
  q4: "_q4",
  q4f16: "_q4f16",
  bnb4: "_bnb4",
};

/** Files that state an image processor, the first that there is counts. */
export const PREPROCESSOR_FILES = ["preprocessor_config.json", "processor_config.json"] as const;

/** Files in which sentence-transformers states limits and prompts. */
export const SENTENCE_FILES = [
  "sentence_bert_config.json",
  "config_sentence_transformers.json",
] as const;

/** Inputs of ONNX encoders. */
export const ENCODER_INPUTS = {
  pixels: "pixel_values",
  ids: "input_ids",
  mask: "attention_mask",
  types: "token_type_ids",
  positions: "position_ids",
} as const;
