/** @module The README of an exported folder: inputs, outputs, and an example that runs. */

import type { ModelCard } from "../predict/card.js";
import { PUBLIC } from "../predict/publicInputs.js";
import { HASHING_FILE } from "./preprocessing.js";

/** One modality's part of the example: what it imports, defines, and feeds. */
interface Part {
  readonly imports: readonly string[];
  readonly code: string;
  /** Entries of the object of feeds. */
  readonly feeds: readonly string[];
  /** What the model takes, in words. */
  readonly input: string;
}

const SHARP = 'import sharp from "sharp";';
const TRANSFORMERS =
  'import { AutoProcessor, AutoTokenizer, RawImage } from "@huggingface/transformers";';

const scratchImage: Part = {
  imports: [SHARP],
  code: `async function pixels(file) {
  const { pad_size: { width, height }, image_mean: mean, image_std: std } = json("preprocessor_config.json");
  const values = new Float32Array(3 * width * height); // a missing picture is all zeros
  if (!file) return new ort.Tensor("float32", values, [1, 3, height, width]);
  const rgb = await sharp(file).rotate().resize(width, height, { fit: "contain", background: "#fff" })
    .flatten({ background: "#fff" }).toColourspace("srgb").raw().toBuffer();
  rgb.forEach((value, at) => {
    values[(at % 3) * width * height + Math.floor(at / 3)] = (value / 255 - mean[at % 3]) / std[at % 3];
  });
  return new ort.Tensor("float32", values, [1, 3, height, width]);
}`,
  feeds: [`${PUBLIC.image}: await pixels(image)`],
  input: `\`${PUBLIC.image}\` float32 \`[batch, 3, height, width]\`: see \`preprocessor_config.json\`; a missing picture is all zeros.`,
};

const encoderImage = ({ shape }: { readonly shape: readonly number[] }): Part => ({
  imports: [TRANSFORMERS],
  code: `async function pixels(file) {
  if (!file) return new ort.Tensor("float32", new Float32Array(${shape.join(" * ")}), [1, ${shape.join(", ")}]);
  const processor = await AutoProcessor.from_pretrained(folder, { local_files_only: true });
  const { pixel_values: values } = await processor(await RawImage.read(file));
  return new ort.Tensor("float32", values.data, values.dims);
}`,
  feeds: [`${PUBLIC.image}: await pixels(image)`],
  input: `\`${PUBLIC.image}\` float32 \`[batch, ${shape.join(", ")}]\`: see \`preprocessor_config.json\`; a missing picture is all zeros.`,
});

const hashedText: Part = {
  imports: [],
  code: `function words(text) {
  const { max_characters, ngrams, max_features, buckets } = json("${HASHING_FILE}");
  const normal = text.slice(0, max_characters).normalize("NFKC").toLowerCase();
  const segments = [...new Intl.Segmenter("und", { granularity: "word" }).segment(normal)];
  const words = segments.filter(({ isWordLike, segment }) => isWordLike || /\\p{S}/u.test(segment))
    .map(({ segment }) => Array.from(\`<\${segment}>\`));
  const features = words.map((word) => word.join(""));
  for (const word of words) for (let n = ngrams.shortest; n <= ngrams.longest && n < word.length; n++) {
    for (let at = 0; at + n <= word.length; at++) features.push(word.slice(at, at + n).join(""));
  }
  const hash = (feature) => new TextEncoder().encode(feature)
    .reduce((value, byte) => Math.imul(value ^ byte, 0x01000193), 0x811c9dc5) >>> 0;
  const ids = features.slice(0, max_features).map((feature) => 1 + (hash(feature) % buckets));
  if (ids.length === 0) ids.push(0); // a missing text is padding
  return new ort.Tensor("int32", Int32Array.from(ids), [1, ids.length]);
}`,
  feeds: [`${PUBLIC.hashed}: words(text ?? "")`],
  input: `\`${PUBLIC.hashed}\` int32 \`[batch, longest text]\`, padded with 0: see \`${HASHING_FILE}\`, which has test vectors; a missing text is all padding.`,
};

const encoderText = ({ tokens }: { readonly tokens: number }): Part => ({
  imports: [TRANSFORMERS],
  code: `async function tokens(text) {
  const zeros = () => new ort.Tensor("int64", new BigInt64Array(${tokens}), [1, ${tokens}]);
  if (!text?.trim()) return { ${PUBLIC.ids}: zeros(), ${PUBLIC.mask}: zeros() };
  const tokenizer = await AutoTokenizer.from_pretrained(folder, { local_files_only: true });
  const made = tokenizer(text, { padding: "max_length", truncation: true, max_length: ${tokens} });
  const tensor = ({ data, dims }) => new ort.Tensor("int64", data, dims);
  return { ${PUBLIC.ids}: tensor(made.input_ids), ${PUBLIC.mask}: tensor(made.attention_mask) };
}`,
  feeds: ["...(await tokens(text))"],
  input: `\`${PUBLIC.ids}\` and \`${PUBLIC.mask}\` int64 \`[batch, ${tokens}]\`, padded, by the tokenizer in this folder; a missing text has a mask of zeros.`,
});

/** Vectors that whoever uses the model makes. */
const features = (name: string, size: number): Part => ({
  imports: [],
  code: "",
  feeds: [
    `${name}: new ort.Tensor("float32", new Float32Array(${size}), [1, ${size}]) /* your vector */`,
  ],
  input: `\`${name}\` float32 \`[batch, ${size}]\`: the features that the model was trained on; missing ones are all zeros.`,
});

function imagePart({ image }: ModelCard): Part {
  switch (image.type) {
    case "convolutional":
      return scratchImage;
    case "encoder":
      return encoderImage(image);
    case "features":
      return features(PUBLIC.imageFeatures, image.size);
  }
}

function textPart({ text }: ModelCard): Part {
  switch (text.type) {
    case "bag":
      return hashedText;
    case "encoder":
      return encoderText(text);
    case "features":
      return features(PUBLIC.textFeatures, text.size);
  }
}

/** The example: a module that prints the classes' probabilities as JSON. */
function example(card: ModelCard): string {
  const parts = [imagePart(card), textPart(card)];
  const imports = [...new Set(parts.flatMap((part) => part.imports))];
  const [image, text] = parts.map(({ feeds }) => feeds.join(", "));
  return `import { readFileSync } from "node:fs";
import * as ort from "onnxruntime-node";
${imports.map((line) => `${line}\n`).join("")}
const [folder, image, text] = process.argv.slice(2); // an empty image is a missing one
const json = (name) => JSON.parse(readFileSync(\`\${folder}/\${name}\`, "utf8"));
${parts.map(({ code }) => code && `\n${code}\n`).join("")}
const session = await ort.InferenceSession.create(\`\${folder}/onnx/model.onnx\`);
const { probabilities } = await session.run({ ${image!}, ${text!} });
const { id2label } = json("config.json");
console.log(JSON.stringify(Object.fromEntries(Array.from(probabilities.data, (p, at) => [id2label[at], p]))));
`;
}

/** What to do about the input that a model of one modality does not know. */
function onlyOne({ modalities }: ModelCard): string {
  if (!modalities) return "";
  const unused = modalities === "image" ? "text" : "image";
  return `
It was trained on ${modalities}s alone: always give a missing ${unused}; it would answer without sense to any other.
`;
}

/** The text of an exported folder's `README.md`. */
export function exportReadme(card: ModelCard): string {
  const { labelKind, classes } = card;
  const isMulti = labelKind === "multi-label";
  const size = `\`[batch, ${classes.length}]\``;
  const decisions = isMulti
    ? `
- \`decisions\`, float32 ${size}: 1 for each label that is decided for, by thresholds that are often not 0.5.`
    : "";
  return `# An exported model

A ${labelKind} classifier of images and texts with ${classes.length} classes, trained by balgrad.

## Inputs of \`onnx/model.onnx\`

- ${imagePart(card).input}
- ${textPart(card).input}
${onlyOne(card)}
## Outputs

- \`probabilities\`, float32 ${size}, in the order of \`id2label\` in \`config.json\`: the answer. It knows which input
  is missing, and trusts the joint classifier, the image and the text as far as they deserve it.${decisions}
- \`image_unusual\` and \`text_unusual\`, float32 \`[batch]\`, where there: 1 for an input that is unlike the training data.
- \`logits\`, \`image_logits\` and \`text_logits\`, float32 ${size}: of the joint classifier and of each modality's own head;
  \`linear_logits\`, \`linear_image_logits\` and \`linear_text_logits\`, where there, of logistic regressions beside them.
- \`image_novelty\`, \`text_novelty\`, \`similarity\`, \`image_typical\`, \`text_typical\`, \`image_of_text\` and
  \`text_of_image\`, float32 \`[batch]\`, where there: what the answer's gate looks at.

\`model.json\` is for balgrad: \`balgrad predict <this folder>\` and \`Classifier.load\` give the same answers.

## Example

Save it as \`predict.mjs\` where \`npm install onnxruntime-node sharp @huggingface/transformers\` has put what it imports,
and run \`node predict.mjs <this folder> "picture.png" "a text"\`. It prints the answer of \`balgrad predict\`${
    card.image.type === "convolutional"
      ? `; for JPEG
pictures, which balgrad decodes at a reduced size, about that`
      : ""
  }.

\`\`\`js
${example(card)}\`\`\`
`;
}
