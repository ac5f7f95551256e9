/** @module What an image processor does, as steps; what cannot be done is refused. */

import { ConfigError } from "../../errors.js";
import type { Normalisation } from "../../prepare/normalisation.js";
import {
  type PerChannel,
  type ProcessorDefaults,
  processorDefaults,
  processorNames,
  type StatedSize,
} from "./processors.js";
import { assertKnown, readProcessor, refused, type StatedProcessor } from "./processorFile.js";
import { type Resampling, RESAMPLINGS } from "./resample.js";

/** How pictures are scaled. */
export type Scaling =
  | { readonly kind: "exact"; readonly width: number; readonly height: number }
  | { readonly kind: "shortest" | "longest"; readonly edge: number };

/** All that is done to a picture, in this order; normalisation is left to whoever makes batches. */
export interface PreprocessorPlan {
  readonly scaling: Scaling | null;
  readonly resampling: Resampling;
  /** Width and height of the middle that is cut out. */
  readonly crop: readonly [number, number] | null;
  /** Whether channels come as BGR. */
  readonly flips: boolean;
  readonly normalisation: Normalisation;
}

/** Reads settings of one file, and says where they are wrong. */
class Reader {
  constructor(
    readonly file: string,
    readonly stated: StatedProcessor,
    readonly defaults: ProcessorDefaults,
  ) {}

  refuse(field: string, why: string, hint?: string): ConfigError {
    return refused(this.file, field, why, hint);
  }

  /** A size without what is open, a single number in the form that it stands for. */
  #sizeOf(field: "size" | "crop_size", isSquare: boolean | undefined): StatedSize | undefined {
    const value = this.stated[field];
    if (value === null || value === undefined) return undefined;
    if (typeof value === "object") {
      const known = Object.entries(value).filter(([, edge]) => typeof edge === "number");
      return Object.fromEntries(known);
    }
    if (isSquare === undefined) {
      throw this.refuse(
        field,
        `${value} may be a square or the shorter edge`,
        `Give {"height": ${value}, "width": ${value}} or {"shortest_edge": ${value}}.`,
      );
    }
    return isSquare ? { height: value, width: value } : { shortest_edge: value };
  }

  #scaling(): Scaling | null {
    const { stated, defaults } = this;
    const { size: usual, square } = defaults;
    const given = this.#sizeOf("size", stated.default_to_square ?? square) ?? usual;
    if (!(stated.do_resize ?? given !== undefined)) return null;
    if (!given) throw this.refuse("size", "is missing, and do_resize is true");
    const { height, width, shortest_edge: shortest, longest_edge: longest } = given;
    const form = Object.keys(given).sort().join("+");
    switch (form) {
      case "height+width":
        return { kind: "exact", height: height!, width: width! };
      case "shortest_edge":
        return { kind: "shortest", edge: shortest! };
      case "longest_edge":
        return { kind: "longest", edge: longest! };
      default:
        throw this.refuse(
          "size",
          `${JSON.stringify(given)} is not supported`,
          `Supported are a number, "height" with "width", "shortest_edge", and "longest_edge".`,
        );
    }
  }

  #crop(): readonly [number, number] | null {
    const { stated, defaults } = this;
    if (!(stated.do_center_crop ?? defaults.crops ?? false)) return null;
    const usual =
      defaults.crop === undefined ? undefined : { height: defaults.crop, width: defaults.crop };
    const { height, width } = this.#sizeOf("crop_size", true) ?? usual ?? {};
    if (height === undefined || width === undefined) {
      throw this.refuse("crop_size", `needs "height" and "width", because do_center_crop is true`);
    }
    return [width, height];
  }

  /** Scaling and cropping, with what single processors do their own way. */
  geometry(): Pick<PreprocessorPlan, "scaling" | "crop"> {
    const { stated, defaults } = this;
    const [scaling, crop] = [this.#scaling(), this.#crop()];
    const share = stated.crop_pct ?? defaults.cropShare;
    if (typeof stated.crop_pct === "number" && !defaults.manner?.startsWith("share")) {
      throw this.refuse(
        "crop_pct",
        "is known of ConvNextImageProcessor and PoolFormerImageProcessor only",
      );
    }
    this.#checkPadding(scaling);
    if (!scaling) return { scaling, crop };
    switch (defaults.manner) {
      case "edge-share": {
        if (scaling.kind === "exact") return { scaling, crop };
        return { scaling: { ...scaling, edge: Math.trunc((256 / 224) * scaling.edge) }, crop };
      }
      case "share-below-384":
        return this.#cropBelow384(scaling, crop, share!);
      case "share": {
        const edge = scaling.kind === "exact" ? scaling.height : scaling.edge;
        if (scaling.kind === "exact" && scaling.width !== edge) {
          throw this.refuse("size", "must be a square here, because crop_pct is stated");
        }
        return { scaling: { kind: "shortest", edge: Math.trunc(edge / share!) }, crop };
      }
      default:
        return { scaling, crop };
    }
  }

  /** ConvNeXt: small pictures lose their rim, large ones are warped. */
  #cropBelow384(scaling: Scaling, crop: PreprocessorPlan["crop"], share: number) {
    if (scaling.kind !== "shortest") throw this.refuse("size", `needs "shortest_edge" here`);
    if (crop) throw this.refuse("do_center_crop", "is not supported here: crop_pct decides");
    const { edge } = scaling;
    const whole = { kind: "exact", width: edge, height: edge } as const;
    if (edge >= 384) return { scaling: whole, crop: null };
    const wider = { kind: "shortest", edge: Math.trunc(edge / share) } as const;
    return { scaling: wider, crop: [edge, edge] as const };
  }

  /** Padding is done where there is nothing to pad. */
  #checkPadding(scaling: Scaling | null): void {
    const { do_pad: pads, pad_size: padded } = this.stated;
    if (!pads) return;
    const isWhole =
      scaling?.kind === "exact" &&
      (!padded ||
        (typeof padded === "object" &&
          padded["height"] === scaling.height &&
          padded["width"] === scaling.width));
    if (!isWhole) throw this.refuse("do_pad", "is not supported");
  }

  #channels(field: "image_mean" | "image_std", usual: PerChannel | undefined): PerChannel {
    const value = this.stated[field] ?? usual;
    if (value === undefined) {
      throw this.refuse(
        field,
        "is missing, and do_normalize is true",
        "State it, one number or one per channel.",
      );
    }
    const values = typeof value === "number" ? [value] : value;
    if (values.length === 1) return [values[0]!, values[0]!, values[0]!];
    if (values.length !== 3) {
      throw this.refuse(field, `has ${values.length} numbers; pictures have 3 channels`);
    }
    return values as unknown as PerChannel;
  }

  /** Rescaling and normalisation as `(value / 255 - mean) / deviation`. */
  normalisation(): Normalisation {
    const { stated, defaults } = this;
    const scale = (stated.do_rescale ?? true) ? 255 * (stated.rescale_factor ?? 1 / 255) : 255;
    const offset = stated.rescale_offset && (stated.do_rescale ?? true) ? 1 : 0;
    const usual = defaults.normalises ?? (defaults.mean !== undefined || !!stated.image_mean);
    const normalises = stated.do_normalize ?? usual;
    const mean = normalises ? this.#channels("image_mean", defaults.mean) : [0, 0, 0];
    const deviation = normalises ? this.#channels("image_std", defaults.deviation) : [1, 1, 1];
    if (deviation.includes(0)) throw this.refuse("image_std", "has a zero");
    const isTwice = defaults.manner === "twice-normalised" && (stated.include_top ?? true);
    const again = isTwice ? this.#channels("image_std", defaults.deviation) : [1, 1, 1];
    const flips = this.flips();
    const perChannel = (of: (channel: number) => number): PerChannel => {
      const values = [0, 1, 2].map(of);
      return (flips ? values.reverse() : values) as unknown as PerChannel;
    };
    return {
      mean: perChannel((channel) => (mean[channel]! + offset) / scale),
      deviation: perChannel((channel) => (deviation[channel]! * again[channel]!) / scale),
    };
  }

  flips(): boolean {
    return this.stated.do_flip_channel_order ?? this.defaults.flips ?? false;
  }

  resampling(): Resampling {
    const { resample } = this.stated;
    if (typeof resample === "string") return resample;
    if (typeof resample === "number") return RESAMPLINGS[resample]!;
    return this.defaults.resample ?? "bilinear";
  }
}

/**
 * Works out what the settings of an image processor ask for.
 *
 * Null means what the processor does of itself, as its Python class has it.
 *
 * @param file - Named in errors.
 * @param architecture - `model_type` of `config.json`, for files that name no processor.
 * @throws {ConfigError} naming the field that is wrong or asks for what is not done.
 */
export function planPreprocessing(
  file: string,
  settings: unknown,
  architecture: string | undefined,
): PreprocessorPlan {
  const stated = readProcessor(file, settings);
  const type = stated.image_processor_type ?? stated.feature_extractor_type ?? undefined;
  const defaults = processorDefaults(type, architecture);
  if (!defaults) {
    throw new ConfigError(
      `${file}: image_processor_type: "${type}" is not supported.`,
      `Supported are ${processorNames()}. Where one of them does the same, name that.`,
    );
  }
  const reader = new Reader(file, stated, defaults);
  assertKnown(file, stated);
  return {
    ...reader.geometry(),
    resampling: reader.resampling(),
    flips: reader.flips(),
    normalisation: reader.normalisation(),
  };
}
