/** @module balgrad/browser: training, answers and export in the browser, on WebGPU or WebAssembly. */

export { ConfigError, DataError, UserError } from "../errors.js";
export type { Presence } from "../evaluate/presence.js";
export type { WebDevice } from "../runtime/web.js";
export type { EpochRecord, StepRecord } from "../train/trainer.js";
export { METADATA } from "./exported.js";
export { type Drawable, pixelsOf } from "./pictures.js";
export type { Place, PlaceChoice } from "./place.js";
export type { LabelledSample, Question, Samples } from "./samples.js";
export type { TrainingSettings } from "./settings.js";
export { Trainer } from "./trainer.js";
export type { Answer, Probabilities, TrainingEvents, TrainingResult } from "./training.js";
