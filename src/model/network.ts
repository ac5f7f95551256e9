/** @module The parts of the classifier as functions: embed, fuse, and the unimodal heads. */

import { add, mul, relu, sub } from "../graph/functions/elementwise.js";
import { unsqueeze } from "../graph/functions/layout.js";
import type { Tensor } from "../graph/tensor.js";
import { zeros } from "../nn/initializers.js";
import { dropout, linear, linearParameters } from "../nn/layers.js";
import type { ParameterScope } from "../nn/parameters.js";
import type { ModelConfig, LabelSpace } from "./config.js";
import { classifierRows, type Fusion, fuse, fusionShares } from "./fusion.js";
import { BATCH, type ModelInputs } from "./inputs.js";
import type { NoiseSource } from "./noise.js";
import { byPresence, hasInput } from "./presence.js";
import { type Quality, qualityOf } from "./quality.js";
import type { Modality } from "../data/dataset.js";

/** One tensor per modality: embeddings `[batch, embed]`, logits `[batch, classes]`. */
export type Sides = Readonly<Record<Modality, Tensor>>;

const OTHER: Readonly<Record<Modality, Modality>> = { image: "text", text: "image" };

/** The same for both modalities, given each and the other. */
export const bySide = <T>(make: (side: Modality, other: Modality) => T): Record<Modality, T> => ({
  image: make("image", OTHER.image),
  text: make("text", OTHER.text),
});

/** The classifier's parts. Calling a part twice uses the same parameters. */
export interface Network {
  /** How the embeddings are joined. */
  readonly fusion: Fusion;
  /** `z_v` and `z_l`, with dropout where there is noise. */
  readonly embed: (inputs: ModelInputs) => Sides;
  /** What a missing modality is embedded as, `[1, embed]` each, without dropout. */
  readonly blanks: () => Sides;
  /**
   * The joint classifier's answer for a batch: its logits, or, with `blank = "head"`, the head of the
   * modality that is there where the other one is blank.
   */
  readonly answer: (inputs: ModelInputs, logits: Tensor, heads: Sides) => Tensor;
  /**
   * Joint logits of two embeddings.
   *
   * @param there - Whether each sample has the modality, `[batch, 1]` each, 0 or 1, for fusions that ask;
   *   default: as in the inputs that the network was built with.
   */
  readonly fuse: (embeddings: Sides, there?: Sides) => Tensor;
  /**
   * Each modality's share of the joint logits, biases shared equally: their sum is the joint
   * logits. `null` where the fusion is not additive.
   */
  readonly shares: (embeddings: Sides) => Sides | null;
  /** Estimated quality of two embeddings; `null` where the fusion is not weighed by it. */
  readonly quality: (embeddings: Sides) => Quality | null;
  /** Weights `[embed, classes]` of the unimodal heads, and the joint classifier's for each embedding. */
  readonly weights: () => { readonly heads: Sides; readonly classifier: Sides };
  /** Logits of the unimodal heads. */
  readonly heads: (embeddings: Sides) => Sides;
  /** The encoders' outputs of all passes so far, `[batch, features]` each. */
  readonly representations: () => readonly Tensor[];
  /** The encoder's output of the first pass of each side that was embedded. */
  readonly features: () => Readonly<Partial<Sides>>;
}

/** A blank input of one sample. */
function blankInput(like: Tensor): Tensor {
  const shape = like.shape.map((dim) => (typeof dim === "number" ? dim : 1));
  const size = shape.reduce((product, dim) => product * dim, 1);
  return like.graph.constant(like.dtype, shape, new Array<number>(size).fill(0));
}

/**
 * The parts of a classifier. Parameters are tagged by modality and part: `encoder`, `embedding`,
 * `fusion` (with the joint classifier) and `head` (the unimodal heads).
 *
 * @param noise - Given in training only: without it there is no dropout.
 */
export function buildNetwork(
  scope: ParameterScope,
  inputs: ModelInputs,
  config: ModelConfig,
  { classes }: LabelSpace,
  noise?: NoiseSource,
): Network {
  const scopeOf = (side: Modality, part: "embedding" | "head" | "encoder") =>
    scope.child(`${side}.${part}`, { modality: side, part });
  const representations = new Set<Tensor>();
  const first: Partial<Record<Modality, Tensor>> = {};
  const droppedFeatures = (side: Modality, features: Tensor): Tensor => {
    const { fixed } = config[side];
    if (!noise || fixed === undefined || config.inputDropout === 0) return features;
    const uniform = noise(`${side}.features`, [BATCH, fixed]);
    return dropout(features, uniform, config.inputDropout);
  };
  const embedding = (side: Modality, input: Tensor): Tensor => {
    const whole = config[side].encode(scopeOf(side, "encoder"), input, noise);
    const features = droppedFeatures(side, whole);
    representations.add(features);
    first[side] ??= features;
    return relu(linear(scopeOf(side, "embedding"), features, config.embed, { rectified: true }));
  };
  const learnedBlank = (side: Modality): Tensor =>
    unsqueeze(scopeOf(side, "embedding").parameter("blank", [config.embed], zeros), [0]);
  const embedInput = (side: Modality, input: Tensor): Tensor => {
    const whole = embedding(side, input);
    const drops = noise && config.dropout > 0;
    const z = drops
      ? dropout(whole, noise(`${side}.embedding`, [BATCH, config.embed]), config.dropout)
      : whole;
    if (config.blank !== "learned") return z;
    const there = hasInput(input);
    return add(mul(z, there), mul(learnedBlank(side), sub(1, there)));
  };
  const sees = (side: Modality): boolean =>
    config.modalities === "both" || config.modalities === side;
  const onSeen = (side: Modality, make: (side: Modality) => Tensor): Tensor =>
    sees(side) ? make(side) : mul(make(OTHER[side]), 0);
  const head = (side: Modality, z: Tensor): Tensor => linear(scopeOf(side, "head"), z, classes);
  const blank = (side: Modality): Tensor =>
    config.blank === "learned" ? learnedBlank(side) : embedding(side, blankInput(inputs[side]));
  const fusion = scope.child("joint", { modality: "joint", part: "fusion" });
  const isIn = (given: ModelInputs): Sides => bySide((side) => hasInput(given[side]));
  return {
    fusion: config.fusion,
    answer: (given, logits, heads) =>
      config.blank === "head" ? byPresence(isIn(given), logits, heads) : logits,
    embed: (given) => bySide((side) => onSeen(side, (seen) => embedInput(seen, given[seen]))),
    blanks: () => bySide((side) => onSeen(side, blank)),
    fuse: (z, there) => fuse(fusion, config.fusion, z, () => there ?? isIn(inputs), classes),
    shares: ({ image, text }) => fusionShares(fusion, config.fusion, image, text, classes),
    quality: (z) => (config.fusion === "quality" ? qualityOf(fusion, z) : null),
    weights: () => ({
      heads: bySide(
        (side) => linearParameters(scopeOf(side, "head"), config.embed, classes).weight,
      ),
      classifier: classifierRows(fusion, config.fusion, config.embed, classes),
    }),
    heads: (z) => bySide((side) => head(side, z[side])),
    representations: () => [...representations],
    features: () => first,
  };
}
