/** @module Two encoders with real weights that lie beside the repository, laid out as folders that state their processing. */

import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const SHARED =
  process.env["BALGRAD_SHARED"] ?? fileURLToPath(new URL("../../../shared", import.meta.url));

/** Folder of an encoder with real weights; `null` where it is absent. */
export function sharedModel(name: string): string | null {
  const folder = join(SHARED, "models", name);
  return existsSync(join(folder, "model.onnx")) ? folder : null;
}

const writeJson = (path: string, value: unknown): void => {
  writeFileSync(path, JSON.stringify(value, null, 2));
};

function start(source: string, target: string): void {
  mkdirSync(join(target, "onnx"), { recursive: true });
  symlinkSync(join(source, "model.onnx"), join(target, "onnx", "model.onnx"));
}

/** MobileNetV2: RGB of 224 x 224 pixels as `(x - 127.5) / 127.5`, features before the classifier. */
export function layOutMobileNet(source: string, target: string): string {
  start(source, target);
  writeJson(join(target, "config.json"), {
    model_type: "mobilenet_v2",
    balgrad: { image: { pooling: { output: "features", kind: "none" } } },
  });
  writeJson(join(target, "preprocessor_config.json"), {
    image_processor_type: "ViTImageProcessor",
    ...{ do_resize: true, size: { height: 224, width: 224 }, resample: 2 },
    ...{ do_rescale: true, rescale_factor: 1 / 255 },
    ...{ do_normalize: true, image_mean: [0.5, 0.5, 0.5], image_std: [0.5, 0.5, 0.5] },
  });
  return target;
}

/** Universal Sentence Encoder Lite: SentencePiece unigrams without special tokens, one vector per text. */
export function layOutSentenceEncoder(source: string, target: string): string {
  start(source, target);
  writeJson(join(target, "config.json"), {
    model_type: "use-lite",
    balgrad: { text: { pooling: { output: "sentence_embedding", kind: "none" } } },
  });
  const vocab = JSON.parse(readFileSync(join(source, "vocab.json"), "utf8")) as unknown;
  const metaspace = { type: "Metaspace", replacement: "▁", prepend_scheme: "always" };
  writeJson(join(target, "tokenizer.json"), {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: [],
    normalizer: { type: "NFKC" },
    pre_tokenizer: { ...metaspace, split: false },
    post_processor: null,
    decoder: metaspace,
    model: { type: "Unigram", unk_id: 0, vocab },
  });
  writeJson(join(target, "tokenizer_config.json"), {
    ...{ tokenizer_class: "PreTrainedTokenizerFast", model_max_length: 128 },
    ...{ unk_token: "�", pad_token: "<s>" },
  });
  return target;
}
