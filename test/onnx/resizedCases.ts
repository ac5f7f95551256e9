/** @module Files that resize pictures, maps and position embeddings. */

import { float, int, ints, string } from "../../src/graph/attributes.js";
import type { Attributes, FileCase } from "./case.js";
import { f32, floatsOf, list, node } from "./made.js";

const MAPS = f32("batch", 3, 4, 5);

const toldOf = (attributes: Attributes): string =>
  Object.values(attributes)
    .map((value) => String(Object.values(value)[0]))
    .join(", ");

/** Sizes as exporters compute them: those of batch and channels, then given ones. */
const toSize = (height: number, width: number, attributes: Attributes = {}): FileCase => ({
  name: `Resize to ${height} x ${width} ${toldOf(attributes)}`,
  feeds: { x: MAPS },
  constants: { from: list(0), to: list(2), size: list(height, width) },
  nodes: [
    node("Shape", "x", "shape"),
    node("Slice", "shape from to", "lead"),
    node("Concat", "lead size", "sizes", { axis: int(0) }),
    node("Resize", "x _ _ sizes", "y", attributes),
  ],
});

const COORDINATES = ["half_pixel", "pytorch_half_pixel", "align_corners", "asymmetric"];
const MODES = ["nearest", "linear", "cubic"];
const SIZES = [
  [8, 7],
  [3, 2],
  [1, 9],
] as const;

const bySizes: readonly FileCase[] = [
  toSize(4, 5),
  ...COORDINATES.flatMap((coordinates) =>
    MODES.flatMap((mode) =>
      SIZES.map(([height, width]) =>
        toSize(height, width, {
          ...{ mode: string(mode), coordinate_transformation_mode: string(coordinates) },
        }),
      ),
    ),
  ),
  ...["round_prefer_floor", "round_prefer_ceil", "floor", "ceil"].map((rounding) =>
    toSize(6, 10, { mode: string("nearest"), nearest_mode: string(rounding) }),
  ),
  toSize(8, 7, { mode: string("cubic"), cubic_coeff_a: float(-0.5) }),
  toSize(8, 7, { mode: string("cubic"), exclude_outside: int(1) }),
];

const byScales: readonly FileCase[] = [
  {
    name: "Resize by scales, the regions empty",
    feeds: { x: f32("batch", 2, 10, 7) },
    constants: { roi: floatsOf([0], []), scales: floatsOf([4], [1, 1, 0.7, 1.5]) },
    opset: 11,
    nodes: [node("Resize", "x roi scales", "y", { mode: string("linear") })],
  },
  {
    name: "Resize of some axes",
    feeds: { x: MAPS },
    constants: { scales: floatsOf([2], [1.3, 0.6]) },
    opset: 19,
    nodes: [
      node("Resize", "x _ scales", "y", {
        ...{ axes: ints([3, 2]), mode: string("linear") },
        coordinate_transformation_mode: string("half_pixel_symmetric"),
      }),
    ],
  },
  {
    name: "position embeddings resized to the patches of the picture",
    feeds: { x: f32("batch", 3, 28, 42) },
    constants: {
      ...{ places: f32(1, 4, 4, 6), from: list(2), to: list(4), patch: list(14) },
      ...{ extra: floatsOf([], [0.1]), side: floatsOf([], [4]), ones: floatsOf([2], [1, 1]) },
    },
    nodes: [
      node("Shape", "x", "shape"),
      node("Slice", "shape from to", "picture"),
      node("Div", "picture patch", "patches"),
      node("Cast", "patches", "count", { to: int(1) }),
      node("Add", "count extra", "more"),
      node("Div", "more side", "ratios"),
      node("Concat", "ones ratios", "scales", { axis: int(0) }),
      node("Transpose", "places", "maps", { perm: ints([0, 3, 1, 2]) }),
      node("Resize", "maps _ scales", "y", {
        ...{ mode: string("cubic"), coordinate_transformation_mode: string("pytorch_half_pixel") },
      }),
    ],
  },
];

/** Files that resize. */
export const RESIZED: readonly FileCase[] = [...bySizes, ...byScales];
