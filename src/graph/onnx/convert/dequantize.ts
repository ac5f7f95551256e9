/** @module Replaces quantized operators of an ONNX graph by floating-point ones, in place. */

import { create } from "@bufbuild/protobuf";

import { DataError } from "../../../errors.js";
import { type OnnxTensor, readTensor } from "../elements.js";
import { tensorProto } from "../nodes.js";
import { type GraphProto, type NodeProto, NodeProtoSchema, type TensorProto } from "../onnx_pb.js";

const isQuantized = ({ opType }: NodeProto): boolean =>
  /quantize|Integer|NBits$|Bnb4$|FpQ4$/i.test(opType) || /^Q[A-Z]/.test(opType);

/** Integers that an element type holds, by its name. */
const RANGES: Readonly<Record<string, readonly [number, number]>> = {
  uint8: [0, 255],
  int8: [-128, 127],
  uint16: [0, 65535],
  int16: [-32768, 32767],
};

const numbersOf = ({ data }: OnnxTensor): number[] =>
  Array.from(data as ArrayLike<number | bigint>, Number);

/** A graph's constants, and the nodes that make and read each value. */
class Dequantizer {
  readonly #graph: GraphProto;
  readonly #constants = new Map<string, TensorProto>();
  readonly #producers = new Map<string, NodeProto>();
  readonly #readers = new Map<string, NodeProto[]>();
  /** What is read in place of a value. */
  readonly #aliases = new Map<string, string>();
  readonly #gone = new Set<NodeProto>();
  readonly #added = new Map<NodeProto, NodeProto[]>();
  weights = 0;

  constructor(graph: GraphProto) {
    this.#graph = graph;
    for (const proto of graph.initializer) this.#constants.set(proto.name, proto);
    for (const node of graph.node) {
      const value = node.opType === "Constant" ? node.attribute.find(({ t }) => t)?.t : undefined;
      if (value) this.#constants.set(node.output[0]!, value);
      for (const name of node.output) this.#producers.set(name, node);
      for (const name of node.input) {
        this.#readers.set(name, [...(this.#readers.get(name) ?? []), node]);
      }
    }
  }

  run(): void {
    for (const node of this.#graph.node) if (isQuantized(node)) this.#replace(node);
    this.#graph.node = this.#graph.node.flatMap((node) => {
      const added = this.#added.get(node) ?? [];
      return this.#gone.has(node) ? added : [node, ...added];
    });
    for (const node of this.#graph.node) {
      node.input = node.input.map((name) => this.#resolve(name));
    }
    for (const { name } of this.#graph.output) {
      const source = this.#resolve(name);
      if (source !== name) this.#graph.node.push(newNode("Identity", [source], [name]));
    }
    removeUnused(this.#graph);
  }

  #replace(node: NodeProto): void {
    switch (node.opType) {
      case "DequantizeLinear":
        this.#dequantize(node);
        return;
      case "QuantizeLinear":
      case "DynamicQuantizeLinear":
        // Goes with the node that reads it.
        return;
      case "MatMulInteger":
      case "ConvInteger":
        this.#integerProduct(node);
        return;
      default:
        throw this.#unknown(node);
    }
  }

  #unknown({ opType, name }: NodeProto, why = "has no floating-point counterpart here"): DataError {
    return new DataError(
      `The quantized operator ${opType} (node "${name}") ${why}.`,
      "Convert the original float32 model instead, for example onnx/model.onnx of the same repository.",
    );
  }

  #resolve(name: string): string {
    const alias = this.#aliases.get(name);
    return alias === undefined ? name : this.#resolve(alias);
  }

  #values(name: string | undefined): OnnxTensor | undefined {
    const proto = name ? this.#constants.get(name) : undefined;
    return proto && readTensor(proto);
  }

  #addWeight(source: string, shape: readonly number[], data: Float32Array): string {
    const name = `${source.replace(/(_quantized|_quant)$/i, "")}_float32`;
    if (!this.#constants.has(name)) {
      const proto = tensorProto(name, "float32", shape, data);
      this.#graph.initializer.push(proto);
      this.#constants.set(name, proto);
      this.weights++;
    }
    return name;
  }

  /** `(q - zero) * scale` of a constant, with one scale or one per index of an axis. */
  #weight(
    node: NodeProto,
    name: string,
    scale: OnnxTensor,
    zero: string | undefined,
    axis: number,
  ): string | undefined {
    const q = this.#values(name);
    if (!q) return undefined;
    const [scales, zeros] = [numbersOf(scale), zero ? numbersOf(this.#values(zero)!) : [0]];
    const along = axis < 0 ? axis + q.shape.length : axis;
    const count = q.shape[along] ?? 1;
    if (scales.length > 1 && scales.length !== count) {
      throw this.#unknown(node, `has ${scales.length} scales for ${count} channels`);
    }
    const inner = q.shape.slice(along + 1).reduce((product, size) => product * size, 1);
    const data = Float32Array.from(numbersOf(q), (value, at) => {
      const channel = Math.floor(at / inner) % count;
      return (
        (value - zeros[zeros.length > 1 ? channel : 0]!) * scales[scales.length > 1 ? channel : 0]!
      );
    });
    return this.#addWeight(name, q.shape, data);
  }

  #dequantize(node: NodeProto): void {
    const [x, scaleName, zero] = node.input as [string, string, string?];
    const scale = this.#values(scaleName);
    if (!scale) throw this.#unknown(node, "has a scale that is no constant");
    const axis = Number(node.attribute.find(({ name }) => name === "axis")?.i ?? 1);
    const weight = this.#weight(node, x, scale, zero, axis);
    const source = weight ?? this.#activation(node, x, scale, zero);
    this.#gone.add(node);
    this.#aliases.set(node.output[0]!, source);
  }

  /** The floating-point value that a quantized one came from. */
  #activation(node: NodeProto, x: string, scale: OnnxTensor, zero: string | undefined): string {
    const producer = this.#producers.get(x);
    if (producer?.opType === "QuantizeLinear") return this.#clamped(node, producer, scale, zero);
    if (producer?.opType === "Gather") {
      const table = this.#weight(node, producer.input[0]!, scale, zero, 0);
      if (table !== undefined) {
        producer.input[0] = table;
        return producer.output[0]!;
      }
    }
    throw this.#unknown(node, "reads a value that is neither a constant nor quantized before");
  }

  /** A value within what its integers can hold: quantizers leave work of a Relu to that range. */
  #clamped(
    node: NodeProto,
    { input }: NodeProto,
    scale: OnnxTensor,
    zero: string | undefined,
  ): string {
    const stored = this.#values(zero)?.stored ?? "uint8";
    const range = RANGES[stored];
    const size = numbersOf(scale);
    if (!range || size.length > 1) throw this.#unknown(node, "has scales per channel");
    const offset = zero ? numbersOf(this.#values(zero)!)[0]! : 0;
    const output = `${node.output[0]!}_clamped`;
    const limits = range.map((limit, at) => {
      const name = `${output}_${at === 0 ? "low" : "high"}`;
      const value = Float32Array.of((limit - offset) * size[0]!);
      this.#graph.initializer.push(tensorProto(name, "float32", [], value));
      return name;
    });
    this.#add(node, newNode("Clip", [input[0]!, ...limits], [output], node.name));
    return output;
  }

  /** `Cast(MatMulInteger(q, w)) * (scale_q * scale_w)` as a product with the weight's floats. */
  #integerProduct(node: NodeProto): void {
    const [q, w, , zero] = node.input as [string, string, string?, string?];
    const dynamic = this.#producers.get(q);
    const cast = this.#only(node.output[0]!, "Cast");
    const scaling = cast && this.#only(cast.output[0]!, "Mul");
    const scales = scaling?.input.find((name) => name !== cast!.output[0]);
    const combined = scales === undefined ? undefined : this.#producers.get(scales);
    const weightScale = combined?.input.map((name) => this.#values(name)).find((value) => value);
    if (dynamic?.opType !== "DynamicQuantizeLinear" || !scaling || !weightScale) {
      throw this.#unknown(node, "is not followed by the scaling of dynamic quantization");
    }
    const isMatrix = node.opType === "MatMulInteger";
    const weight = this.#weight(node, w, weightScale, zero, isMatrix ? -1 : 0);
    if (weight === undefined) throw this.#unknown(node, "multiplies by what is no constant");
    const opType = isMatrix ? "MatMul" : "Conv";
    const name = node.name.replace(/_quant$/, "");
    const product = newNode(opType, [dynamic.input[0]!, weight], [scaling.output[0]!], name);
    product.attribute = node.attribute;
    this.#add(scaling, product);
    for (const old of [node, cast, scaling]) this.#gone.add(old);
  }

  #only(name: string, opType: string): NodeProto | undefined {
    const readers = this.#readers.get(name) ?? [];
    return readers.length === 1 && readers[0]!.opType === opType ? readers[0] : undefined;
  }

  #add(after: NodeProto, node: NodeProto): void {
    this.#added.set(after, [...(this.#added.get(after) ?? []), node]);
  }
}

const newNode = (opType: string, input: string[], output: string[], name = ""): NodeProto =>
  create(NodeProtoSchema, { opType, input, output, name });

/** Removes nodes and initializers that no output needs. */
function removeUnused(graph: GraphProto): void {
  const needed = new Set(graph.output.map(({ name }) => name));
  const kept: NodeProto[] = [];
  for (const node of graph.node.toReversed()) {
    if (!node.output.some((name) => needed.has(name))) continue;
    kept.push(node);
    for (const name of node.input) needed.add(name);
  }
  graph.node = kept.reverse();
  graph.initializer = graph.initializer.filter(({ name }) => needed.has(name));
}

/**
 * Replaces quantized operators by floating-point ones: constants by the numbers that they stand for,
 * quantized activations by the activations, limited to what their integers can hold, and the integer
 * products of dynamic quantization by products.
 *
 * @returns Number of weights that were dequantized.
 * @throws {DataError} naming an operator without a counterpart, and its node.
 */
export function dequantizeGraph(graph: GraphProto): number {
  const dequantizer = new Dequantizer(graph);
  dequantizer.run();
  return dequantizer.weights;
}
