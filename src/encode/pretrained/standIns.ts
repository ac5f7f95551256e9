/** @module Encoders whose files lie elsewhere on this machine than where a run's settings name them. */

import type { Modality } from "../../data/dataset.js";

const folders = new Map<string, string>();

const keyOf = (name: string, modality: Modality): string => `${modality} ${name}`;

/**
 * Lets a folder stand for an encoder in this process: a run keeps the name that it was planned with, on whatever
 * machine it is trained.
 */
export function standIn(name: string, modality: Modality, folder: string): void {
  folders.set(keyOf(name, modality), folder);
}

/** The folder that stands for an encoder, where there is one. */
export const standInOf = (name: string, modality: Modality): string | undefined =>
  folders.get(keyOf(name, modality));
