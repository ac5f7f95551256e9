/** @module What a settings file of an image processor may state. */

import { z } from "zod";

import { ConfigError } from "../../errors.js";
import { checkedJson, type JsonKind } from "../../files/json.js";
import { RESAMPLINGS } from "./resample.js";

const flag = z.boolean().nullish();
const pixels = z.int().positive();
const edges = ["height", "width", "shortest_edge", "longest_edge"] as const;
const size = z.union([
  pixels,
  z.strictObject(Object.fromEntries(edges.map((edge) => [edge, pixels.nullish()]))),
]);
const perChannel = z.union([z.number(), z.array(z.number())]);

const schema = z.looseObject({
  image_processor_type: z.string().nullish(),
  feature_extractor_type: z.string().nullish(),
  do_resize: flag,
  size: size.nullish(),
  default_to_square: flag,
  resample: z.union([z.int().min(0).max(5), z.enum(RESAMPLINGS)]).nullish(),
  do_center_crop: flag,
  crop_size: size.nullish(),
  crop_pct: z.number().gt(0).max(1).nullish(),
  do_rescale: flag,
  rescale_factor: z.number().positive().nullish(),
  rescale_offset: flag,
  do_normalize: flag,
  image_mean: perChannel.nullish(),
  image_std: perChannel.nullish(),
  include_top: flag,
  do_pad: flag,
  pad_size: size.nullish(),
  do_flip_channel_order: flag,
  data_format: z.string().nullish(),
});

/** What a file states. */
export type StatedProcessor = z.infer<typeof schema>;

const PROCESSOR_FILE = {
  what: "settings of an image processor",
  hint: "docs/encoders.md says which settings of an image processor are done.",
  schema,
  error: ConfigError,
} as const satisfies JsonKind<StatedProcessor>;

/** Settings that say nothing about pixels, and those that say what is done anyway. */
const WITHOUT_EFFECT = new Set([
  ...["auto_map", "device", "disable_grouping", "do_convert_rgb", "do_reduce_labels"],
  ...["image_processor_class", "input_data_format", "model_input_names", "num_channels"],
  ...["processor_class", "reduce_labels", "return_tensors", "transformers_version"],
  ...["_processor_class", "_valid_processor_keys"],
]);

/** Values of settings that we do not know with which they ask for nothing. */
const asksNothing = (value: unknown): boolean =>
  value === null || value === undefined || value === false || value === "";

/** A setting that cannot be obeyed. */
export const refused = (file: string, field: string, why: string, hint?: string): ConfigError =>
  new ConfigError(`${file}: ${field}: ${why}.`, hint ?? PROCESSOR_FILE.hint);

/**
 * Stops at settings that ask for what is not done.
 *
 * @throws {ConfigError} naming the setting.
 */
export function assertKnown(file: string, stated: StatedProcessor): void {
  for (const [field, value] of Object.entries(stated)) {
    if (Object.hasOwn(schema.shape, field) || WITHOUT_EFFECT.has(field)) continue;
    if (field === "size_divisor" || field === "size_divisibility") {
      if (asksNothing(value) || stated.do_pad !== true) continue;
    }
    if (field === "ensure_multiple_of" && stated["keep_aspect_ratio"] !== true) continue;
    if (!asksNothing(value)) throw refused(file, field, "is not supported");
  }
  const { data_format: format } = stated;
  if (typeof format === "string" && !/^(channels_first|ChannelDimension\.FIRST)$/.test(format)) {
    throw refused(file, "data_format", `"${format}" is not supported, only "channels_first"`);
  }
}

/** JinaCLIP has words of its own. */
function translated(settings: Record<string, unknown>): Record<string, unknown> {
  if (settings["image_processor_type"] !== "JinaCLIPImageProcessor") return settings;
  const { size: side, mean, std, interpolation, resize_mode: mode, ...rest } = settings;
  // The colour of padding, of which there is none.
  delete rest["fill_color"];
  const edge = mode === "squash" ? { height: side, width: side } : { shortest_edge: side };
  return {
    ...{ ...rest, image_processor_type: "CLIPImageProcessor", crop_size: side },
    size: mode === "squash" || mode === "shortest" ? edge : { resize_mode: mode },
    ...{ image_mean: mean, image_std: std, resample: interpolation },
  };
}

/**
 * Reads the settings of an image processor.
 *
 * @param file - Named in errors.
 * @throws {ConfigError} naming the field that is wrong.
 */
export function readProcessor(file: string, settings: unknown): StatedProcessor {
  const isObject = typeof settings === "object" && settings !== null && !Array.isArray(settings);
  return checkedJson(
    isObject ? translated(settings as Record<string, unknown>) : settings,
    file,
    PROCESSOR_FILE,
  );
}
