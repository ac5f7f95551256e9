/** @module Exports a trained run in the layout of Transformers.js: one ONNX file, tokenizer, preprocessing. */

import { makeBatch } from "../prepare/batch.js";
import type { ModelData } from "../inputs/data.js";
import { UserError } from "../errors.js";
import { say, setting } from "../message.js";
import { answeringModel } from "../evaluate/answeringModel.js";
import { takesSignals } from "../evaluate/gate.js";
import { EXPERTS, OUTPUTS, type Predictor } from "../evaluate/predictor.js";
import type { OnnxModel } from "../graph/onnx/write.js";
import type { Runtime } from "../runtime/session.js";
import { batchInputs } from "../train/feeds.js";
import type { TrainingState } from "../train/step.js";
import { CARD, CARD_FILE, type ModelCard, modelFile } from "../predict/card.js";
import { sealed } from "../files/sealed.js";
import type { RunData } from "./data.js";
import { digestsOf, filesAt, MODEL_FOLDER } from "./save.js";
import { fittedBeside } from "./fitted.js";
import { jsonBytes } from "../files/json.js";
import { isFitted } from "./methods.js";
import { ofInputs } from "../inputs/cards.js";
import { type CompleteModel, completeModel } from "../inputs/model.js";
import { publicFeeds, publicInputs } from "../inputs/publicInputs.js";
import { loadPredictor, labelSpaceOf } from "./predictor.js";
import { exportReadme } from "./readme.js";
import { readSealedFrom, type Run } from "./run.js";
import type { RunStore } from "./store.js";

/** Samples that the exported model is tried on. */
const CHECKED = 32;

/** Largest difference of logits that rounding explains, relative to the largest logit. */
const TOLERANCE = 1e-5;

async function largestDifference(
  exported: OnnxModel,
  card: ModelCard,
  { prepared, complete }: RunData,
  predictor: Predictor,
  state: TrainingState,
  runtime: Runtime,
): Promise<number> {
  const session = await runtime.createSession(exported);
  try {
    const rows = [...Array(Math.min(CHECKED, prepared.validation.size)).keys()];
    const expected = await predictor.run(makeBatch(prepared.validation, rows), state);
    const batch = batchInputs(makeBatch(complete.validation, rows));
    const found = await session.run(publicFeeds(batch, card));
    return Math.max(
      ...EXPERTS.flatMap((expert) => {
        const wanted = expected[expert];
        if (!wanted) return [];
        const logits = found[OUTPUTS[expert]]!.data as Float32Array;
        const scale = wanted.reduce((most, x) => Math.max(most, Math.abs(x)), 1);
        return logits.reduce((most, x, at) => Math.max(most, Math.abs(x - wanted[at]!) / scale), 0);
      }),
    );
  } finally {
    await session.release();
    await predictor.release();
  }
}

function publicConfig(data: ModelData, card: ModelCard): object {
  const labels = data.classes.map((name, at) => [String(at), name] as const);
  return {
    model_type: "balgrad",
    architectures: ["BalGradForImageTextClassification"],
    problem_type: `${data.labelKind.replace("-", "_")}_classification`,
    id2label: Object.fromEntries(labels),
    label2id: Object.fromEntries(labels.map(([at, name]) => [name, Number(at)])),
    ...Object.assign({}, ...ofInputs(card, (input, about) => input.config?.(about) ?? {})),
  };
}

/** The card of the exported model: the run's own, with inputs as the complete model takes them. */
async function publicCard(run: Run, { cards }: CompleteModel): Promise<ModelCard> {
  const own = await readSealedFrom(run.store, `${MODEL_FOLDER}/${CARD}`, CARD_FILE);
  const { labelKind, modalities, classes, aware } = own;
  return {
    layout: "transformers",
    labelKind,
    ...(modalities && { modalities }),
    classes,
    ...cards,
    aware,
  };
}

/** What {@link exportModel} made. */
export interface ExportResult {
  /** Name of the store that it is in: the path of its folder. */
  readonly folder: string;
  readonly bytes: number;
  /** Samples of the validation split that it was tried on. */
  readonly checked: number;
  /** Largest difference to the run's own logits, relative to the largest logit. */
  readonly difference: number;
}

/**
 * Exports a run's best model: `onnx/model.onnx` with `pixel_values`, `input_ids` and `attention_mask` (texts
 * padded to `max_position_embeddings` of `config.json`) as inputs, with the encoders built in, and as
 * outputs the modality-aware `probabilities` for every presence of the modalities, `decisions` for labels, flags
 * for unusual inputs, and the logits of all who answer, beside their tokenizer and preprocessing. A missing
 * picture is all zeros, a missing text has a mask of zeros. From-scratch sides come with files that state their
 * preparation; a README has an example that runs, and `model.json` is for {@link Classifier}.
 *
 * @throws {UserError} when `out` holds a model already, or when the exported model's logits differ
 *   from the run's by more than rounding explains.
 */
export async function exportModel(
  run: Run,
  data: RunData,
  out: RunStore,
  runtime: Runtime,
): Promise<ExportResult> {
  const name = modelFile({ layout: "transformers" });
  if (await out.has(name)) {
    throw new UserError(
      `${out.locate(name)}: there is a model already.`,
      say`Give another folder with ${setting("out")}.`,
    );
  }
  const best = await run.load("best");
  const fitted = await fittedBeside(run, data.prepared, best, runtime);
  const { companions } = fitted;
  const state = new Map([...best.state, ...(companions ?? [])]);
  const complete = await completeModel(run.config.model, data.prepared);
  const card = await publicCard(run, complete);
  const exported = answeringModel(
    (graph) => publicInputs(graph, complete.cards, complete.model),
    complete.model,
    labelSpaceOf(data.prepared),
    card.aware,
    {
      state,
      companions: companions !== null,
      regressions: isFitted(run.config.method),
      novelty: takesSignals(card.aware.gate) ? fitted.novelty : null,
    },
  );
  const predictor = await loadPredictor(run.config, data.prepared, runtime, fitted);
  const difference = await largestDifference(exported, card, data, predictor, state, runtime);
  if (difference > TOLERANCE) {
    throw new UserError(
      `The exported model's logits differ from the run's by ${difference.toExponential(1)}, more than rounding.`,
      "Encoders of half precision compute other numbers once they are converted.",
    );
  }
  const { image, text } = data.prepared.inputs;
  const parts = new Map([
    [name, exported.bytes],
    ...(await filesAt(text.files)),
    ...(await filesAt(image.files)),
    ...ofInputs(card, (input, about) => Object.entries(input.files?.(about) ?? {})).flatMap(
      (files) => files.map(([file, contents]) => [file, jsonBytes(contents)] as const),
    ),
  ]);
  // The labels' file is for others, who may change it; it replaces those of the encoders.
  parts.delete("config.json");
  const files = new Map<string, string | Uint8Array>([
    ...parts,
    ["config.json", jsonBytes(publicConfig(data.prepared, card))],
    ["README.md", exportReadme(card)],
    [CARD, sealed({ ...card, files: digestsOf(parts) }, CARD_FILE)],
  ]);
  for (const [name, contents] of files) await out.write(name, contents);
  const checked = Math.min(CHECKED, data.prepared.validation.size);
  return { folder: out.name, bytes: exported.bytes.length, checked, difference };
}
