/** @module Files that move, cut, join and look up elements. */

import { int, ints } from "../../src/graph/attributes.js";
import { batchSize, type FileCase, X, ZERO } from "./case.js";
import { f32, floatsOf, i32, i64, list, node } from "./made.js";

const moving: readonly FileCase[] = [
  {
    name: "Flatten before axes 0, 2 and -1",
    feeds: { x: X },
    outputs: ["a", "y", "c"],
    nodes: [
      node("Flatten", "x", "a", { axis: int(0) }),
      node("Flatten", "x", "y", { axis: int(2) }),
      node("Flatten", "x", "c", { axis: int(-1) }),
    ],
  },
  {
    name: "Reshape with 0 and -1",
    feeds: { x: X },
    constants: { to: list(0, -1, 3) },
    nodes: [node("Reshape", "x to")],
  },
  {
    name: "Reshape to sizes cast like others",
    feeds: { x: X },
    constants: { ...ZERO, like: i64([], [0]), heads: i32([2], [8, 3]), axis: list(0) },
    nodes: [
      ...batchSize,
      node("CastLike", "heads like", "inner"),
      node("Concat", "b inner", "to", { axis: int(0) }),
      node("Reshape", "x to"),
    ],
  },
  {
    name: "Squeeze and Unsqueeze by attributes",
    feeds: { x: f32("batch", 1, 6, 1) },
    opset: 11,
    outputs: ["y", "all"],
    nodes: [
      node("Squeeze", "x", "s", { axes: ints([1, -1]) }),
      node("Unsqueeze", "s", "y", { axes: ints([0, -1]) }),
      node("Squeeze", "x", "all"),
    ],
  },
  {
    name: "Squeeze and Unsqueeze by inputs",
    feeds: { x: f32("batch", 1, 6, 1) },
    constants: { at: list(1, 3), to: list(-1) },
    nodes: [node("Squeeze", "x at", "s"), node("Unsqueeze", "s to")],
  },
  {
    name: "Transpose, given and reversed",
    feeds: { x: X },
    outputs: ["y", "r"],
    nodes: [node("Transpose", "x", "y", { perm: ints([2, 0, 1]) }), node("Transpose", "x", "r")],
  },
  {
    name: "Concat of tensors and a weight",
    feeds: { x: X, a: f32("batch", 2, 6) },
    constants: {
      w: f32(1, 3, 6),
      ...ZERO,
      rest: list(-1, -1),
      ones: list(1, 1, 1),
      minus: list(-1),
    },
    nodes: [
      ...batchSize,
      node("Concat", "b rest", "to", { axis: int(0) }),
      node("Equal", "to minus", "open"),
      node("Where", "open ones to", "filled"),
      node("Expand", "w filled", "tokens"),
      node("Concat", "tokens x a", "y", { axis: int(1) }),
    ],
  },
  ...(
    [
      ["from the end", [-3], [2147483647], [1], [1]],
      ["backwards", [-1], [-9223372036854775000], [2], [-2]],
      ["backwards to a place", [5], [1], [-1], [-1]],
      ["of the whole batch", [0, 1], [9223372036854775000, 3], [0, 1], [1, 1]],
      ["beyond the end", [1], [100], [1], [2]],
    ] as const
  ).map(([what, starts, ends, axes, steps]): FileCase => ({
    name: `Slice ${what}`,
    feeds: { x: X },
    constants: {
      ...{ starts: list(...starts), ends: list(...ends) },
      ...{ axes: list(...axes), steps: list(...steps) },
    },
    nodes: [node("Slice", "x starts ends axes steps")],
  })),
  {
    name: "Slice without axes",
    feeds: { x: f32(4, 6) },
    constants: { starts: list(1, 2), ends: list(3, -1) },
    nodes: [node("Slice", "x starts ends")],
  },
  {
    name: "Split by attribute",
    feeds: { x: X },
    opset: 11,
    outputs: ["y", "b", "c"],
    nodes: [node("Split", "x", "y b c", { axis: int(-1), split: ints([1, 2, 3]) })],
  },
  {
    name: "Split into equal parts, before opset 13",
    feeds: { x: X },
    opset: 12,
    outputs: ["y", "b"],
    nodes: [node("Split", "x", "y b", { axis: int(1) })],
  },
  {
    name: "Split by input",
    feeds: { x: X },
    constants: { sizes: list(4, 2) },
    outputs: ["y", "b"],
    nodes: [node("Split", "x sizes", "y b", { axis: int(2) })],
  },
  {
    name: "Split into parts of which the last is shorter",
    feeds: { x: f32("batch", 7) },
    opset: 18,
    outputs: ["y", "b", "c"],
    nodes: [node("Split", "x", "y b c", { axis: int(1), num_outputs: int(3) })],
  },
  {
    name: "Pad by opset 11, cropped and filled",
    feeds: { x: X },
    opset: 11,
    constants: { pads: list(0, -1, 2, 0, 1, 0), fill: floatsOf([], [0.5]) },
    nodes: [node("Pad", "x pads fill")],
  },
  {
    name: "Pad of some axes",
    feeds: { x: X },
    opset: 18,
    constants: { pads: list(1, 2), fill: floatsOf([], [0]), axes: list(-1) },
    nodes: [node("Pad", "x pads fill axes")],
  },
  {
    name: "Tile of a tensor",
    feeds: { x: X },
    constants: { counts: list(1, 2, 3) },
    nodes: [node("Tile", "x counts")],
  },
  {
    name: "Tile of a weight over the batch",
    feeds: { x: X },
    constants: { w: f32(1, 2, 6), ...ZERO, ones: list(1, 1) },
    nodes: [
      ...batchSize,
      node("Concat", "b ones", "counts", { axis: int(0) }),
      node("Tile", "w counts"),
    ],
  },
  ...[0, 1].map((upper): FileCase => ({
    name: `Trilu, ${upper ? "upper" : "lower"}`,
    feeds: { x: X },
    constants: { k: i64([], [1]) },
    outputs: ["y", "d"],
    nodes: [
      node("Trilu", "x k", "y", { upper: int(upper) }),
      node("Trilu", "x", "d", { upper: int(upper) }),
    ],
  })),
];

const INDICES = i64(["batch", 2], [0, 3, 1, 1, 2, 0]);

const gathering: readonly FileCase[] = [
  {
    name: "Gather of weights, of one place, of neighbours and of places from the end",
    feeds: { x: X, ids: INDICES },
    constants: { w: f32(4, 5), one: i64([], [-1]), run: list(1, 2), some: list(-1, 0) },
    outputs: ["y", "a", "b", "c"],
    nodes: [
      node("Gather", "w ids", "y"),
      node("Gather", "x one", "a", { axis: int(1) }),
      node("Gather", "x run", "b", { axis: int(2) }),
      node("Gather", "x some", "c", { axis: int(1) }),
    ],
  },
  {
    name: "GatherElements",
    feeds: { x: f32("batch", 4), ids: INDICES },
    nodes: [node("GatherElements", "x ids", "y", { axis: int(1) })],
  },
  {
    name: "GatherElements from the end",
    feeds: { x: f32("batch", 4), ids: i64(["batch", 2], [0, -1, -4, 1, -2, 3]) },
    nodes: [node("GatherElements", "x ids", "y", { axis: int(1) })],
  },
  {
    name: "GatherND of conditions",
    feeds: { x: f32("batch", 4), at: i64(["batch", 2], [0, 3, 1, 0, 2, 2]) },
    constants: { zero: floatsOf([], [0]) },
    nodes: [
      node("Greater", "x zero", "open"),
      node("GatherND", "open at", "some"),
      node("Cast", "some", "y", { to: int(1) }),
    ],
  },
  {
    name: "GatherND by tuples, some from the end",
    feeds: { x: X, at: i64(["batch", 2], [0, -1, 1, 0, 2, 3]) },
    nodes: [node("GatherND", "x at")],
  },
  {
    name: "the end of each text, by ArgMax, Range and GatherND",
    feeds: { x: X, ids: i64(["batch", 4], [5, 9, 1, 2, 9, 0, 0, 0, 1, 2, 3, 9]) },
    constants: { ...ZERO, one: i64([], [1]), last: list(-1) },
    nodes: [
      node("Shape", "x", "shape"),
      node("Gather", "shape zero", "size"),
      node("Range", "zero size one", "rows"),
      node("ArgMax", "ids", "ends", { axis: int(-1), keepdims: int(0) }),
      node("Unsqueeze", "rows last", "r"),
      node("Unsqueeze", "ends last", "e"),
      node("Concat", "r e", "at", { axis: int(-1) }),
      node("GatherND", "x at"),
    ],
  },
];

/** Files that move elements. */
export const MOVED: readonly FileCase[] = [...moving, ...gathering];
