/** @module The README of an exported folder: inputs, outputs, and an example that runs. */

import { ofInputs } from "../inputs/cards.js";
import type { ModelCard } from "../predict/card.js";

/** What the inputs' kinds say about a model's inputs. */
const partsOf = (card: ModelCard) => ofInputs(card, (input, about) => input.example(about));

/** The example: a module that prints the classes' probabilities as JSON. */
function example(card: ModelCard): string {
  const parts = partsOf(card);
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
  const parts = partsOf(card);
  const caveats = parts.map(({ caveat }) => (caveat ? `; ${caveat}` : "")).join("");
  const isMulti = labelKind === "multi-label";
  const size = `\`[batch, ${classes.length}]\``;
  const decisions = isMulti
    ? `
- \`decisions\`, float32 ${size}: 1 for each label that is decided for, by thresholds that are often not 0.5.`
    : "";
  return `# An exported model

A ${labelKind} classifier of images and texts with ${classes.length} classes, trained by balgrad.

## Inputs of \`onnx/model.onnx\`

${parts.map(({ input }) => `- ${input}`).join("\n")}
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
and run \`node predict.mjs <this folder> "picture.png" "a text"\`. It prints the answer of \`balgrad predict\`${caveats}.

\`\`\`js
${example(card)}\`\`\`
`;
}
