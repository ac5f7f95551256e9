import type { PreparedDataset } from "../../src/prepare/prepared.js";
import type { ImageEncoder, TextEncoder } from "../../src/encode/pretrained/encoder.js";

export function imageEncoder(changes?: Partial<ImageEncoder>): ImageEncoder;
export function textEncoder(changes?: Partial<TextEncoder>): TextEncoder;
export function dataset(train?: number): PreparedDataset;
