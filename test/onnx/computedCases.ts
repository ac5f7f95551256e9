/** @module Files of one operator that computes: elementwise, activations, products, reductions. */

import { float, int, ints, string } from "../../src/graph/attributes.js";
import { type FileCase, MAPS, one, X } from "./case.js";
import { above, f32, floatsOf, i32, i64, list, MICROSOFT, node } from "./made.js";

const HALVES = floatsOf(["batch", 3], [0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 0.4, -0.6, 3]);
const SIGNED = [7, -7, 5, -5, 3, -9];
const toFloat = [node("Cast", "r", "y", { to: int(1) })];

const smooth = ["Identity", "Neg", "Abs", "Exp", "Sin", "Cos", "Erf", "Tanh", "Sigmoid"];
const stepped = ["Relu", "LeakyRelu", "Elu", "Softplus", "Floor", "Ceil", "Round", "Sign"];
const activations = ["HardSigmoid", "HardSwish", "Selu", "Celu", "Softsign", "Mish"];

const unary: readonly FileCase[] = [
  ...[...smooth, ...stepped, ...activations].map((op) => one(op, { x: X }, { opset: 18 })),
  ...["Log", "Sqrt", "Reciprocal"].map((op) => one(op, { x: above("batch", 4) })),
  one("Round", { x: HALVES }),
  one("LeakyRelu", { x: X }, { attributes: { alpha: float(0.3) } }),
  one("HardSigmoid", { x: X }, { attributes: { alpha: float(0.3), beta: float(0.4) } }),
  one("Selu", { x: X }, { attributes: { alpha: float(1.2), gamma: float(0.9) } }),
  one("Celu", { x: X }, { attributes: { alpha: float(0.7) } }),
  one("IsNaN", { x: floatsOf(["batch"], [1, NaN, Infinity]) }, { after: toFloat }),
  one("IsInf", { x: floatsOf(["batch"], [1, NaN, -Infinity]) }, { after: toFloat }),
  ...["detect_negative", "detect_positive"].map((which) =>
    one(
      "IsInf",
      { x: floatsOf(["batch"], [1, Infinity, -Infinity]) },
      { attributes: { [which]: int(0) }, after: toFloat },
    ),
  ),
  one("Cast", { x: X }, { attributes: { to: int(7) } }),
  one("Cast", { x: X }, { attributes: { to: int(11) }, after: toFloat }),
  one("CastLike", { x: X }, { constants: { like: list(1) } }),
];

const binary: readonly FileCase[] = [
  ...["Add", "Sub", "Mul"].map((op) => one(op, { x: X, b: f32(4, 1) })),
  one("Div", { x: X, b: above("batch", 1, 6) }),
  ...[1, 2, 3, 0.5, -0.5, 1.7].map((power) =>
    one("Pow", { x: above("batch", 4) }, { constants: { p: floatsOf([], [power]) } }),
  ),
  one("Pow", { x: above("batch", 4), p: f32(4) }),
  one("Pow", { x: X }, { constants: { p: list(4) } }),
  one("Mod", { x: i64(["batch", 2], SIGNED) }, { constants: { m: list(3) } }),
  one("Mod", { x: i64(["batch", 2], SIGNED) }, { constants: { m: list(-4) } }),
  one("Mod", { x: X }, { constants: { m: floatsOf([], [0.3]) }, attributes: { fmod: int(1) } }),
  ...["Max", "Min", "Sum", "Mean"].map((op) => one(op, { x: X, b: f32("batch", 1, 6), c: f32(6) })),
  ...["Greater", "GreaterOrEqual", "Less", "LessOrEqual"].map((op) =>
    one(op, { x: X, b: f32(6) }, { after: toFloat }),
  ),
  one("Equal", { x: i64(["batch", 2], SIGNED) }, { constants: { b: list(-5) }, after: toFloat }),
  {
    name: "And, Or, Xor and Not of comparisons, Where",
    feeds: { x: X, b: X },
    constants: { zero: floatsOf([], [0]) },
    nodes: [
      ...[node("Greater", "x zero", "p"), node("Less", "b zero", "q")],
      ...[node("And", "p q", "both"), node("Or", "p q", "any"), node("Xor", "p q", "odd")],
      ...[node("Not", "both", "not"), node("And", "any not", "s"), node("Xor", "s odd", "t")],
      ...[node("Where", "odd x b", "u"), node("Where", "t zero u", "v")],
      node("Where", "any v zero", "y"),
    ],
  },
  one("Clip", { x: X }),
  one("Clip", { x: X }, { constants: { low: floatsOf([], [-0.5]), high: floatsOf([], [0.7]) } }),
  { ...one("Clip", { x: X, high: floatsOf([], [0.4]) }), nodes: [node("Clip", "x _ high")] },
  one("Clip", { x: i64(["batch", 2], SIGNED) }, { constants: { low: i64([], [-4]) } }),
  one("PRelu", { x: X }, { constants: { slope: f32(4, 1) } }),
];

const softmaxes: readonly FileCase[] = ["Softmax", "LogSoftmax"].flatMap((op) => [
  one(op, { x: X }, { opset: 11 }),
  one(op, { x: X }, { opset: 12, attributes: { axis: int(2) } }),
  one(op, { x: X }, { opset: 11, attributes: { axis: int(0) } }),
  one(op, { x: X }),
  one(op, { x: X }, { attributes: { axis: int(1) } }),
]);

const dropouts: readonly FileCase[] = [
  one("Dropout", { x: X }, { opset: 11, attributes: { ratio: float(0.4) } }),
  one("Dropout", { x: X }, { constants: { ratio: floatsOf([], [0.4]) } }),
];

const products: readonly FileCase[] = [
  one("MatMul", { x: X }, { constants: { w: f32(6, 5) } }),
  one("MatMul", { x: X, b: f32("batch", 6, 2) }),
  one("MatMul", { x: f32("batch", 6) }, { constants: { w: f32(6) } }),
  one("MatMul", { x: f32(6), b: f32("batch", 6, 2) }),
  one("MatMul", { x: f32(6), b: f32(6) }),
  {
    name: "MatMul with a transposed weight and a bias",
    feeds: { x: X },
    constants: { w: f32(5, 6), b: f32(5) },
    nodes: [
      node("Transpose", "w", "t", { perm: ints([1, 0]) }),
      ...[node("MatMul", "x t", "p"), node("Add", "b p", "y")],
    ],
  },
  ...[0, 1].flatMap((transA) =>
    [0, 1].map((transB) =>
      one(
        "Gemm",
        { x: transA ? f32(6, "batch") : f32("batch", 6) },
        {
          constants: { w: transB ? f32(5, 6) : f32(6, 5), b: f32(5) },
          attributes: {
            ...{ transA: int(transA), transB: int(transB) },
            ...{ alpha: float(0.5), beta: float(2) },
          },
        },
      ),
    ),
  ),
  one("Gemm", { x: f32("batch", 6) }, { constants: { w: f32(6, 5) } }),
  ...["FusedMatMul", "TransposeMatMul"].map((op) =>
    one(
      `${MICROSOFT}:${op}`,
      { x: f32("batch", 6, 4), b: f32("batch", 5, 6) },
      { attributes: { transA: int(1), transB: int(1), alpha: float(0.25) } },
    ),
  ),
  ...(
    [
      ["bij,bkj->bik", X, f32("batch", 5, 6)],
      ["bhid,bhjd->bhij", f32("batch", 2, 4, 3), f32("batch", 2, 5, 3)],
      ["bhij,bhjd->bihd", f32("batch", 2, 4, 3), f32("batch", 2, 3, 5)],
      ["b...c,cd->b...d", X, f32(6, 5)],
      ["...ij,...jk->...ik", X, f32("batch", 6, 2)],
      ["bi,bj->bij", f32("batch", 4), f32("batch", 5)],
      ["bij,bjk", X, f32("batch", 6, 2)],
    ] as const
  ).map(([equation, x, b]) =>
    one("Einsum", { x, b }, { attributes: { equation: string(equation) } }),
  ),
  ...["bij->bji", "bij->bi", "bij->j"].map((equation) =>
    one("Einsum", { x: X }, { attributes: { equation: string(equation) } }),
  ),
];

const REDUCTIONS = [
  ...["ReduceSum", "ReduceMean", "ReduceMax", "ReduceMin", "ReduceProd", "ReduceSumSquare"],
  ...["ReduceL1", "ReduceL2", "ReduceLogSum", "ReduceLogSumExp"],
];

const reductions: readonly FileCase[] = [
  ...REDUCTIONS.flatMap((op) => {
    const x = op === "ReduceLogSum" ? above("batch", 4, 6) : X;
    return [
      one(op, { x }, { opset: 11, attributes: { axes: ints([-1]) } }),
      one(op, { x }, { opset: 12, attributes: { axes: ints([1, 2]), keepdims: int(0) } }),
      one(op, { x }, { opset: 18, constants: { axes: list(1) } }),
    ];
  }),
  one("ReduceSum", { x: X }, { attributes: { keepdims: int(0) } }),
  one("ReduceSum", { x: X }, { attributes: { noop_with_empty_axes: int(1) } }),
  ...["ArgMax", "ArgMin"].flatMap((op) => [
    one(op, { x: X }, { attributes: { axis: int(-1), keepdims: int(0) } }),
    one(
      op,
      { x: i32(["batch", 4], [3, 1, 3, 1, 2, 2, 2, 2, 0, 5, 5, 0]) },
      { attributes: { axis: int(1), select_last_index: int(1) } },
    ),
  ]),
  ...[0, 1].flatMap((exclusive) =>
    [0, 1].map((reverse) =>
      one(
        "CumSum",
        { x: X },
        {
          constants: { axis: i64([], [1]) },
          attributes: { exclusive: int(exclusive), reverse: int(reverse) },
        },
      ),
    ),
  ),
  one("LpNormalization", { x: X }),
  one("LpNormalization", { x: X }, { attributes: { axis: int(1), p: int(1) } }),
  one("GlobalMaxPool", { x: MAPS }),
  one("GlobalAveragePool", { x: MAPS }),
];

const runtimeActivations: readonly FileCase[] = [
  one("Gelu", { x: X }, { opset: 20 }),
  one("Gelu", { x: X }, { opset: 20, attributes: { approximate: string("tanh") } }),
  one(`${MICROSOFT}:Gelu`, { x: X }),
  one(`${MICROSOFT}:BiasGelu`, { x: X }, { constants: { b: f32(6) } }),
  one(`${MICROSOFT}:FastGelu`, { x: X }),
  one(`${MICROSOFT}:FastGelu`, { x: X }, { constants: { b: f32(6) } }),
  one(`${MICROSOFT}:QuickGelu`, { x: X }),
  one(`${MICROSOFT}:QuickGelu`, { x: X }, { attributes: { alpha: float(1) } }),
  {
    ...one(
      `${MICROSOFT}:BiasSoftmax`,
      { x: f32("batch", 2, 4, 6), b: f32("batch", 1, 1, 6) },
      { attributes: { axis: int(3), is_inner_broadcast: int(1) } },
    ),
    standard: [node("Add", "x b", "s"), node("Softmax", "s", "y")],
  },
  {
    ...one("Swish", { x: X }, { attributes: { alpha: float(0.6) } }),
    standard: [node(`${MICROSOFT}:QuickGelu`, "x", "y", { alpha: float(0.6) })],
  },
];

/** Files of one operator. */
export const COMPUTED: readonly FileCase[] = [
  ...unary,
  ...binary,
  ...softmaxes,
  ...dropouts,
  ...products,
  ...reductions,
  ...runtimeActivations,
];
