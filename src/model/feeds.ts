/** @module Names of compiled graphs' inputs: who declares one and who feeds it take its name from here. */

import type { HostTensor } from "../graph/hostTensor.js";

/** Inputs of one batch: those of the model, and what training knows beyond them. */
export const FEEDS = {
  image: "image",
  text: "text",
  imagePresent: "image_present",
  textPresent: "text_present",
  targets: "targets",
} as const;

/** A batch's tensors by {@link FEEDS}. */
export type BatchFeeds = Readonly<Record<(typeof FEEDS)[keyof typeof FEEDS], HostTensor>>;

/** Names of the model's own inputs. */
export const MODEL_FEEDS: readonly string[] = [FEEDS.image, FEEDS.text];

/** Name of an input for random numbers. */
export const noiseFeed = (name: string): string => `noise.${name}`;

/** Whether an input is for random numbers. */
export const isNoiseFeed = (input: string): boolean => input.startsWith(noiseFeed(""));

/** Name of the input of a balance method's control. */
export const controlFeed = (name: string): string => `control.${name}`;

/** Input of exported models for ids of hashed words: other libraries have no tokenizer for them. */
export const HASHED = "hashed_words";
