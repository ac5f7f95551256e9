/** @module Files of one layer: windows, normalisations, embeddings and attention. */

import { float, int, ints, string } from "../../src/graph/attributes.js";
import { type Attributes, type FileCase, MAPS, one, X } from "./case.js";
import { above, f32, type Given, i32, MICROSOFT, node } from "./made.js";

const window = (size: number, stride: number, more: Attributes = {}): Attributes => ({
  kernel_shape: ints([size, size]),
  strides: ints([stride, stride]),
  ...more,
});

const POOLS: readonly Attributes[] = [
  window(3, 2),
  window(3, 2, { pads: ints([1, 1, 1, 1]) }),
  window(2, 2, { ceil_mode: int(1) }),
  window(3, 2, { pads: ints([0, 1, 1, 0]), ceil_mode: int(1) }),
  window(2, 2, { auto_pad: string("SAME_UPPER") }),
  window(2, 2, { auto_pad: string("SAME_LOWER") }),
  window(3, 2, { auto_pad: string("VALID") }),
];

const convWindows: readonly Attributes[] = [
  window(3, 1, { pads: ints([1, 1, 1, 1]) }),
  window(3, 2, { auto_pad: string("SAME_UPPER") }),
  window(3, 2, { auto_pad: string("SAME_LOWER") }),
  window(3, 1, { auto_pad: string("VALID") }),
];

const fusedActivations: readonly Attributes[] = [
  {},
  { activation: string("Relu") },
  { activation: string("Tanh") },
  { activation: string("Sigmoid") },
];

const spatial: readonly FileCase[] = [
  ...POOLS.flatMap((attributes) => [
    one("MaxPool", { x: MAPS }, { attributes }),
    one("AveragePool", { x: MAPS }, { attributes }),
  ]),
  one("MaxPool", { x: MAPS }, { attributes: window(2, 2, { dilations: ints([2, 2]) }) }),
  one(
    "AveragePool",
    { x: MAPS },
    { attributes: window(3, 2, { pads: ints([1, 1, 1, 1]), count_include_pad: int(1) }) },
  ),
  one("MaxPool", { x: f32("batch", 2, 9) }, { attributes: { kernel_shape: ints([3]) } }),
  ...convWindows.map((attributes) =>
    one("Conv", { x: MAPS }, { attributes, constants: { w: f32(6, 4, 3, 3), b: f32(6) } }),
  ),
  {
    ...one(
      "Conv",
      { x: MAPS },
      {
        constants: { w: f32(6, 4, 3, 3) },
        attributes: window(3, 1, { dilations: ints([2, 2]), auto_pad: string("SAME_UPPER") }),
      },
    ),
    standard: [
      node("Conv", "x w", "y", window(3, 1, { dilations: ints([2, 2]), pads: ints([2, 2, 2, 2]) })),
    ],
  },
  one("Conv", { x: MAPS }, { constants: { w: f32(8, 1, 3, 3) }, attributes: { group: int(4) } }),
  one("Conv", { x: f32("batch", 3, 9) }, { constants: { w: f32(2, 3, 4) } }),
  one(
    "ConvTranspose",
    { x: MAPS },
    {
      constants: { w: f32(4, 2, 3, 3), b: f32(2) },
      attributes: window(3, 2, { pads: ints([1, 1, 1, 1]), output_padding: ints([1, 1]) }),
    },
  ),
  ...fusedActivations.map((attributes) =>
    one(
      `${MICROSOFT}:FusedConv`,
      { x: MAPS },
      { attributes, constants: { w: f32(6, 4, 3, 3), b: f32(6) } },
    ),
  ),
  {
    name: "FusedConv with a sum before its activation",
    feeds: { x: MAPS, skip: MAPS },
    constants: { w: f32(4, 4, 1, 1), b: f32(4) },
    nodes: [node(`${MICROSOFT}:FusedConv`, "x w b skip", "y", { activation: string("Relu") })],
  },
  one("SpaceToDepth", { x: f32("batch", 2, 4, 6) }, { attributes: { blocksize: int(2) } }),
];

const normalisations: readonly FileCase[] = [
  one(
    "BatchNormalization",
    { x: MAPS },
    { constants: { s: f32(4), b: f32(4), m: f32(4), v: above(4) } },
  ),
  one(
    "BatchNormalization",
    { x: f32("batch", 4) },
    {
      constants: { s: f32(4), b: f32(4), m: f32(4), v: above(4) },
      attributes: { epsilon: float(0.1) },
    },
  ),
  one("InstanceNormalization", { x: MAPS }, { constants: { s: f32(4), b: f32(4) } }),
  one(
    "GroupNormalization",
    { x: MAPS },
    { opset: 18, constants: { s: f32(2), b: f32(2) }, attributes: { num_groups: int(2) } },
  ),
  one(
    "GroupNormalization",
    { x: MAPS },
    { opset: 21, constants: { s: f32(4), b: f32(4) }, attributes: { num_groups: int(2) } },
  ),
  one("LayerNormalization", { x: X }, { constants: { s: f32(6), b: f32(6) } }),
  one(
    "LayerNormalization",
    { x: X },
    {
      constants: { s: f32(4, 6) },
      attributes: { axis: int(1), epsilon: float(0.01) },
      outputs: ["y", "mean", "deviation"],
    },
  ),
  one("SimplifiedLayerNormalization", { x: X }, { constants: { s: f32(6) } }),
  {
    ...one(`${MICROSOFT}:LayerNormalization`, { x: X }, { constants: { s: f32(6), b: f32(6) } }),
    standard: [node("LayerNormalization", "x s b")],
  },
  ...["RMSNormalization", `${MICROSOFT}:SimplifiedLayerNormalization`].map((op) => ({
    ...one(op, { x: X }, { constants: { s: f32(6) } }),
    standard: [node("SimplifiedLayerNormalization", "x s")],
  })),
  one(
    `${MICROSOFT}:SkipLayerNormalization`,
    { x: X, skip: X },
    {
      constants: { s: f32(6), beta: f32(6), b: f32(6) },
      attributes: { epsilon: float(1e-5) },
    },
  ),
  {
    name: "SkipLayerNormalization with the sum as output",
    feeds: { x: X, skip: X },
    constants: { s: f32(6), beta: f32(6) },
    outputs: ["y", "sum"],
    nodes: [
      node(`${MICROSOFT}:SkipLayerNormalization`, "x skip s beta", "y _ _ sum", {
        epsilon: float(1e-5),
      }),
    ],
  },
  one(
    `${MICROSOFT}:SkipSimplifiedLayerNormalization`,
    { x: X, skip: X },
    { constants: { s: f32(6), b: f32(6) }, attributes: { epsilon: float(1e-5) } },
  ),
];

const IDS = i32(["batch", 4], [1, 4, 2, 0, 3, 3, 1, 0, 2, 0, 0, 0]);
const MASK = i32(["batch", 4], [1, 1, 1, 0, 1, 1, 1, 1, 1, 0, 0, 0]);
const TYPES = i32(["batch", 4], [0, 0, 1, 1, 0, 1, 1, 1, 0, 0, 0, 1]);
const TABLES = { words: f32(5, 6), places: f32(8, 6), kinds: f32(2, 6), s: f32(6), beta: f32(6) };

const embeddings: readonly FileCase[] = [
  {
    name: "EmbedLayerNormalization with types and mask",
    feeds: { ids: IDS, types: TYPES, mask: MASK },
    constants: TABLES,
    outputs: ["y", "count"],
    nodes: [
      node(
        `${MICROSOFT}:EmbedLayerNormalization`,
        "ids types words places kinds s beta mask",
        "y count",
      ),
    ],
  },
  {
    name: "EmbedLayerNormalization without types",
    feeds: { ids: IDS },
    constants: TABLES,
    nodes: [
      node(`${MICROSOFT}:EmbedLayerNormalization`, "ids _ words places _ s beta", "y count", {
        epsilon: float(1e-5),
      }),
    ],
  },
];

const heads = { num_heads: int(2) };
const TOKENS = f32("batch", 4, 8);
const qkv = { w: f32(8, 24), b: f32(24) };
const attention = (
  name: string,
  mask: Given | undefined,
  attributes: Attributes = {},
): FileCase => ({
  name,
  feeds: { x: TOKENS, ...(mask && { mask }) },
  constants: qkv,
  nodes: [
    node(`${MICROSOFT}:Attention`, `x w b ${mask ? "mask" : ""}`, "y", { ...heads, ...attributes }),
  ],
});

const attentions: readonly FileCase[] = [
  attention("Attention", undefined),
  attention("Attention with open positions", MASK),
  attention("Attention with lengths", i32(["batch"], [4, 2, 1])),
  attention("Attention to the past only", undefined, { unidirectional: int(1) }),
  attention("Attention with a scale and a mask value", MASK, {
    scale: float(0.7),
    mask_filter_value: float(-50),
  }),
  {
    name: "Attention with positions added to the scores",
    feeds: { x: TOKENS, bias: f32("batch", 2, 4, 4) },
    constants: qkv,
    nodes: [node(`${MICROSOFT}:Attention`, "x w b _ _ bias", "y", heads)],
  },
  {
    name: "MultiHeadAttention with biases, open positions and added scores",
    feeds: { q: TOKENS, k: f32("batch", 5, 8), v: f32("batch", 5, 8), bias: f32(1, 2, 4, 5) },
    constants: { b: f32(24) },
    nodes: [node(`${MICROSOFT}:MultiHeadAttention`, "q k v b _ bias", "y", heads)],
  },
  {
    name: "MultiHeadAttention",
    feeds: { q: TOKENS, k: TOKENS, v: TOKENS, mask: MASK },
    nodes: [node(`${MICROSOFT}:MultiHeadAttention`, "q k v _ mask", "y", heads)],
  },
];

/** Files of one layer. */
export const LAYERS: readonly FileCase[] = [
  ...spatial,
  ...normalisations,
  ...embeddings,
  ...attentions,
];
