/** @module Arithmetic on shapes and masks as exporters write it. */

import { create } from "@bufbuild/protobuf";

import { int, ints } from "../../src/graph/attributes.js";
import { tensorProto } from "../../src/graph/onnx/nodes.js";
import {
  type AttributeProto,
  AttributeProto_AttributeType,
  AttributeProtoSchema,
  FunctionProtoSchema,
  GraphProtoSchema,
  type NodeProto,
  OperatorSetIdProtoSchema,
  ValueInfoProtoSchema,
} from "../../src/graph/onnx/onnx_pb.js";
import { batchSize, type FileCase, X, ZERO } from "./case.js";
import { f32, floatsOf, i64, list, node } from "./made.js";

/** A tensor attribute with one number. */
function filling(dtype: "float32" | "int64", value: number): AttributeProto {
  const data = dtype === "int64" ? BigInt64Array.of(BigInt(value)) : Float32Array.of(value);
  return create(AttributeProtoSchema, {
    ...{ name: "value", type: AttributeProto_AttributeType.TENSOR },
    t: tensorProto("", dtype, [1], data),
  });
}

function branch(name: string, nodes: readonly NodeProto[], output: string): AttributeProto {
  return create(AttributeProtoSchema, {
    ...{ name, type: AttributeProto_AttributeType.GRAPH },
    g: create(GraphProtoSchema, {
      ...{ name, node: [...nodes] },
      output: [create(ValueInfoProtoSchema, { name: output })],
    }),
  });
}

const sizes: readonly FileCase[] = [
  {
    name: "heads split by sizes that are computed",
    feeds: { x: X },
    constants: {
      ...ZERO,
      one: i64([], [1]),
      two: i64([], [2]),
      heads: i64([], [3]),
      axes: list(0),
    },
    nodes: [
      ...batchSize,
      node("Gather", "shape one", "tokens"),
      node("Gather", "shape two", "width"),
      node("Div", "width heads", "each"),
      node("Mul", "each heads", "whole"),
      node("Sub", "whole width", "nothing"),
      node("Add", "tokens nothing", "rows"),
      ...["rows", "heads", "each"].map((name) => node("Unsqueeze", `${name} axes`, `${name}1`)),
      node("Concat", "b rows1 heads1 each1", "to", { axis: int(0) }),
      node("Reshape", "x to", "split"),
      node("Transpose", "split", "y", { perm: ints([0, 2, 1, 3]) }),
    ],
  },
  {
    name: "heads folded into the batch and out again",
    feeds: { x: X },
    constants: { ...ZERO, heads: list(2), inner: list(4, 3), back: list(2, 4, 3), minus: list(-1) },
    nodes: [
      ...batchSize,
      node("Mul", "b heads", "many"),
      node("Concat", "many inner", "to", { axis: int(0) }),
      node("Reshape", "x to", "folded"),
      node("Softmax", "folded", "s"),
      node("Div", "many heads", "again"),
      node("Concat", "again back", "out", { axis: int(0) }),
      node("Reshape", "s out"),
    ],
  },
  {
    name: "the scale of scores from a size",
    feeds: { x: X },
    constants: { last: list(-1), far: list(2147483647), one: floatsOf([], [1]) },
    nodes: [
      node("Shape", "x", "shape"),
      node("Slice", "shape last far", "width"),
      node("Cast", "width", "float", { to: int(1) }),
      node("Sqrt", "float", "root"),
      node("Div", "one root", "scale"),
      node("Sqrt", "scale", "half"),
      node("Mul", "x half"),
    ],
  },
  {
    name: "numbers of elements, remainders and limits",
    feeds: { x: X },
    constants: {
      ...{ start: list(1), far: list(9), five: list(5), two: list(2), ten: i64([], [10]) },
      minus: list(-1),
    },
    nodes: [
      node("Shape", "x", "shape"),
      node("Slice", "shape start far", "inner"),
      node("ReduceProd", "inner", "count", { keepdims: int(1) }),
      node("Mod", "count five", "rest"), // 24 % 5
      node("Max", "rest two", "top"),
      node("Min", "top five", "rows"), // 4
      node("Size", "x", "all"),
      node("Div", "all ten", "ignored"),
      node("Concat", "minus rows two", "to", { axis: int(0) }),
      node("Reshape", "x to"),
    ],
  },
  {
    name: "a shape by opset 15, from the start to the end",
    feeds: { x: X },
    constants: { minus: list(-1) },
    nodes: [
      node("Shape", "x", "lead", { end: int(-1) }),
      node("Concat", "lead minus", "to", { axis: int(0) }),
      node("Reshape", "x to"),
    ],
  },
  {
    name: "sizes that become numbers of the graph",
    feeds: { x: X },
    constants: ZERO,
    nodes: [...batchSize, node("Cast", "b", "count", { to: int(1) }), node("Div", "x count")],
  },
  {
    name: "a condition on a size",
    feeds: { x: f32("batch", 1, 6) },
    constants: { one: i64([], [1]), axis: list(1), shared: floatsOf([], [2]) },
    nodes: [
      node("Shape", "x", "shape"),
      node("Gather", "shape one", "size"),
      node("Equal", "size one", "single"),
      node("If", "single", "y", {}, [
        branch("then_branch", [node("Squeeze", "x axis", "t"), node("Mul", "t shared", "u")], "u"),
        branch("else_branch", [node("Identity", "x", "e")], "e"),
      ]),
    ],
  },
];

const masks: readonly FileCase[] = [
  {
    name: "a causal mask made of ranges",
    feeds: { x: f32("batch", 4, 4) },
    constants: {
      ...{ zero: i64([], [0]), one: i64([], [1]), last: list(-1), first: list(0) },
      ...{ closed: floatsOf([], [-3.4e38]), open: floatsOf([], [0]) },
    },
    nodes: [
      node("Shape", "x", "shape"),
      node("Gather", "shape one", "size"),
      node("Range", "zero size one", "range"),
      node("Unsqueeze", "range last", "rows"),
      node("Unsqueeze", "range first", "columns"),
      node("LessOrEqual", "columns rows", "seen"),
      node("Where", "seen open closed", "mask"),
      node("Add", "x mask", "scores"),
      node("Softmax", "scores"),
    ],
  },
  {
    name: "a causal mask made of a triangle",
    feeds: { x: f32("batch", 4, 4) },
    constants: { start: list(1), far: list(9), one: i64([], [1]) },
    nodes: [
      node("Shape", "x", "shape"),
      node("Slice", "shape start far", "inner"),
      node("ConstantOfShape", "inner", "closed", {}, [filling("float32", -1e9)]),
      node("Trilu", "closed one", "mask", { upper: int(1) }),
      node("Add", "x mask", "scores"),
      node("Softmax", "scores"),
    ],
  },
  {
    name: "a mask of ones where none is given, widened",
    feeds: { x: X },
    constants: {
      ...ZERO,
      four: list(4),
      one: floatsOf([], [1]),
      low: floatsOf([], [-1e4]),
      at: list(2),
    },
    nodes: [
      ...batchSize,
      node("Concat", "b four", "to", { axis: int(0) }),
      node("ConstantOfShape", "to", "ones", {}, [filling("int64", 1)]),
      node("Cast", "ones", "mask", { to: int(1) }),
      node("Sub", "one mask", "closed"),
      node("Mul", "closed low", "added"),
      node("Unsqueeze", "added at", "wide"),
      node("Add", "x wide"),
    ],
  },
  {
    name: "rows without an open position, NaN replaced",
    feeds: { x: f32("batch", 4) },
    constants: { low: floatsOf([1, 4], Array<number>(4).fill(-Infinity)), zero: floatsOf([], [0]) },
    nodes: [
      node("Add", "x low", "scores"),
      node("Softmax", "scores", "s"),
      node("IsNaN", "s", "bad"),
      node("Where", "bad zero s", "t"),
      node("Add", "t x"),
    ],
  },
  {
    name: "positions that count tokens",
    feeds: { ids: i64(["batch", 4], [5, 9, 1, 1, 7, 1, 1, 1, 2, 3, 4, 5]) },
    constants: { padding: i64([], [1]), axis: i64([], [1]), table: f32(8, 3) },
    nodes: [
      node("Equal", "ids padding", "pad"),
      node("Not", "pad", "token"),
      node("Cast", "token", "mask", { to: int(6) }),
      node("CumSum", "mask axis", "counts"),
      node("Mul", "counts mask", "places"),
      node("Cast", "places", "wide", { to: int(7) }),
      node("Add", "wide padding", "at"),
      node("Gather", "table at"),
    ],
  },
  {
    name: "known numbers through every function of them",
    feeds: { x: X },
    constants: {
      ...{ v: i64([2, 3], [1, -3, 5, 2, -4, 6]), n: i64([2, 1], [1, 2]) },
      ...{ axes: list(0), rest: list(6), counts: list(2, 1), pick: list(-1, 0), at: i64([], [1]) },
      ...{
        to: list(4, 6),
        start: list(1),
        end: list(3),
        step: list(1),
        ...{ k: i64([], [0]), half: floatsOf([], [0.5]) },
      },
    },
    nodes: [
      node("Cast", "v", "whole", { to: int(1) }),
      node("Mul", "whole half", "real"),
      ...["Neg", "Abs", "Exp", "Sin", "Cos", "Tanh", "Sigmoid"].map((op) => node(op, "real", op)),
      ...["Floor", "Ceil", "Round", "Sign", "Reciprocal"].map((op) => node(op, "real", op)),
      ...[node("Sqrt", "Abs", "Sqrt"), node("Log", "Abs", "Log"), node("Pow", "Abs real", "Pow")],
      node(
        "Sum",
        "Neg Abs Exp Sin Cos Tanh Sigmoid Floor Ceil Round Sign Reciprocal Sqrt Log Pow",
        "sum",
      ),
      node("Greater", "real sum", "p"),
      node("GreaterOrEqual", "real real", "q"),
      node("Less", "real sum", "r"),
      ...[node("And", "p q", "pq"), node("Or", "pq r", "o"), node("Xor", "o p", "e")],
      node("Where", "e sum real", "w"),
      node("Cast", "n", "nf", { to: int(1) }),
      node("Mul", "w nf", "m"),
      node("Transpose", "m", "t"),
      node("Tile", "t counts", "tiled"), // [6, 2]
      node("Gather", "tiled pick", "g", { axis: int(1) }),
      node("CumSum", "g at", "c"),
      node("Slice", "c start end axes step", "part"), // [2, 2]
      node("ReduceSum", "part", "total", { keepdims: int(0) }),
      node("ReduceMax", "part", "most", { keepdims: int(0) }),
      node("ReduceMin", "part", "least", { keepdims: int(0) }),
      ...[node("Max", "total most", "a"), node("Min", "a least", "b"), node("Add", "total b", "d")],
      node("Flatten", "c", "f", { axis: int(0) }), // [1, 12]
      node("Split", "f", "f1 f2", { axis: int(1) }),
      node("Concat", "f1 f2", "h", { axis: int(0) }), // [2, 6]
      node("Trilu", "h k", "u", { upper: int(0) }),
      node("Concat", "u u", "uu", { axis: int(0) }),
      node("Expand", "uu to", "wide"),
      node("Mul", "x wide", "scaled"),
      node("Add", "scaled d"),
    ],
  },
];

const local: readonly FileCase[] = [
  {
    name: "functions that the file defines",
    feeds: { x: X },
    constants: { w: f32(6) },
    nodes: [node("local:Twice", "x w", "a"), node("local:Twice", "a w")],
    functions: [
      create(FunctionProtoSchema, {
        ...{ name: "Twice", domain: "local", input: ["p", "q"], output: ["r"] },
        node: [node("Mul", "p q", "inner"), node("Add", "inner inner", "r")],
        opsetImport: [create(OperatorSetIdProtoSchema, { domain: "", version: 17n })],
      }),
    ],
  },
];

/** Files about shapes. */
export const SHAPED: readonly FileCase[] = [...sizes, ...masks, ...local];
