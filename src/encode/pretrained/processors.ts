/** @module Image processors by their names: what each does where its settings file says nothing. */

import type { Resampling } from "./resample.js";

/** Values per channel, RGB. */
export type PerChannel = readonly [number, number, number];

/** A size as settings state it; edges that are not stated are absent. */
export interface StatedSize {
  readonly height?: number;
  readonly width?: number;
  readonly shortest_edge?: number;
  readonly longest_edge?: number;
}

/** What a processor does where its file leaves it open; what is absent must be stated. */
export interface ProcessorDefaults {
  readonly size?: StatedSize;
  /** Whether a single number is height and width rather than the shorter edge. */
  readonly square?: boolean;
  readonly resample?: Resampling;
  readonly crops?: boolean;
  readonly crop?: number;
  /** Share of the scaled picture that is kept. */
  readonly cropShare?: number;
  readonly normalises?: boolean;
  readonly mean?: PerChannel;
  readonly deviation?: PerChannel;
  readonly flips?: boolean;
  /**
   * Steps that only this processor has: `edge-share` scales the shorter edge by 256/224, `share-below-384` crops
   * a share of small pictures and warps others, `twice-normalised` divides by the deviation twice.
   */
  readonly manner?: "edge-share" | "share-below-384" | "share" | "twice-normalised";
}

const HALVES = { mean: [0.5, 0.5, 0.5], deviation: [0.5, 0.5, 0.5] } as const;
const IMAGENET = { mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] } as const;
const CLIP = {
  mean: [0.48145466, 0.4578275, 0.40821073],
  deviation: [0.26862954, 0.26130258, 0.27577711],
} as const;

const square = (side: number): Pick<ProcessorDefaults, "size" | "square"> => ({
  size: { height: side, width: side },
  square: true,
});
const shortest = (edge: number): Pick<ProcessorDefaults, "size" | "square"> => ({
  size: { shortest_edge: edge },
  square: false,
});
const cropped = (side: number) => ({ crops: true, crop: side }) as const;

/** Processors whose work is known, by their names without `Fast` and `Pil`. */
const PROCESSORS: Readonly<Record<string, ProcessorDefaults>> = {
  ViT: { ...square(224), resample: "bilinear", ...HALVES },
  DeiT: { ...square(256), resample: "bicubic", ...cropped(224), ...HALVES },
  // Its two implementations have different sizes where none is stated.
  Beit: { square: true, resample: "bicubic", ...HALVES },
  CLIP: { ...shortest(224), resample: "bicubic", ...cropped(224), ...CLIP },
  ChineseCLIP: { ...shortest(224), resample: "bicubic", ...cropped(224), ...CLIP },
  Siglip: { ...square(224), resample: "bicubic", ...HALVES },
  Blip: { ...square(384), resample: "bicubic", ...CLIP },
  Bit: { ...shortest(224), resample: "bicubic", ...cropped(224), ...CLIP },
  ConvNext: {
    ...{ ...shortest(384), resample: "bilinear", ...HALVES },
    ...{ cropShare: 224 / 256, manner: "share-below-384" },
  },
  EfficientNet: {
    ...{ ...square(346), resample: "nearest", crop: 289, ...HALVES },
    manner: "twice-normalised",
  },
  MobileNetV1: { ...shortest(256), resample: "bilinear", ...cropped(224), ...HALVES },
  MobileNetV2: { ...shortest(256), resample: "bilinear", ...cropped(224), ...HALVES },
  MobileViT: {
    ...{ ...shortest(224), resample: "bilinear", ...cropped(256) },
    ...{ normalises: false, flips: true },
  },
  Levit: {
    ...{ ...shortest(224), resample: "bicubic", ...cropped(224), ...IMAGENET },
    manner: "edge-share",
  },
  PoolFormer: {
    ...{ ...shortest(224), resample: "bicubic", ...cropped(224), ...IMAGENET },
    ...{ cropShare: 0.9, manner: "share" },
  },
  Pvt: { ...square(224), resample: "bilinear", ...IMAGENET },
  DINOv3ViT: { ...square(224), resample: "bilinear", ...IMAGENET },
  DPT: { ...square(384), resample: "bicubic", ...HALVES },
  Segformer: { ...square(512), resample: "bilinear", ...IMAGENET },
};

/** Processors that the architectures use whose files name none, by the start of `model_type`. */
const OF_ARCHITECTURES: Readonly<Record<string, string>> = {
  vit: "ViT",
  vit_mae: "ViT",
  vit_msn: "ViT",
  swin: "ViT",
  swinv2: "ViT",
  deit: "DeiT",
  beit: "Beit",
  "data2vec-vision": "Beit",
  clip: "CLIP",
  clip_vision_model: "CLIP",
  chinese_clip: "ChineseCLIP",
  siglip: "Siglip",
  siglip_vision_model: "Siglip",
  blip: "Blip",
  bit: "Bit",
  dinov2: "Bit",
  convnext: "ConvNext",
  convnextv2: "ConvNext",
  cvt: "ConvNext",
  regnet: "ConvNext",
  resnet: "ConvNext",
  efficientnet: "EfficientNet",
  mobilenet_v1: "MobileNetV1",
  mobilenet_v2: "MobileNetV2",
  mobilevit: "MobileViT",
  mobilevitv2: "MobileViT",
  levit: "Levit",
  poolformer: "PoolFormer",
  pvt: "Pvt",
  dinov3_vit: "DINOv3ViT",
  dpt: "DPT",
  segformer: "Segformer",
};

const own = <T>(table: Readonly<Record<string, T>>, key: string): T | undefined =>
  Object.hasOwn(table, key) ? table[key] : undefined;

/**
 * What a processor does where its file leaves it open.
 *
 * @param type - `image_processor_type`, or `feature_extractor_type` of older files; where there is none, the
 *   architecture's processor counts.
 * @returns `null` for a processor that is not known; no defaults at all where nothing names one.
 */
export function processorDefaults(
  type: string | undefined,
  architecture: string | undefined,
): ProcessorDefaults | null {
  if (type === undefined) {
    const name = architecture === undefined ? undefined : own(OF_ARCHITECTURES, architecture);
    return name === undefined ? {} : PROCESSORS[name]!;
  }
  const name = /^(.*?)(?:ImageProcessor(?:Fast|Pil)?|FeatureExtractor)$/.exec(type)?.[1];
  if (name === "" || name === "Base") return {};
  return (name === undefined ? undefined : own(PROCESSORS, name)) ?? null;
}

/** Names of the processors that are known. */
export const processorNames = (): string =>
  Object.keys(PROCESSORS)
    .map((name) => `${name}ImageProcessor`)
    .join(", ");
