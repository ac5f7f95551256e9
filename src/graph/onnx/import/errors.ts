/** @module Errors of an import: which node of the file cannot be used, and why. */

import { DataError } from "../../../errors.js";
import { say, type Text, useCase } from "../../../message.js";
import type { OnnxNode } from "../read.js";

/** Prints a node as in messages: `LayerNormalization "/encoder/norm"`. */
export function nodeTitle({ op, domain, name, outputs }: OnnxNode): string {
  const title = domain ? `${domain}.${op}` : op;
  return name ? `${title} "${name}"` : `${title} with output "${outputs[0] ?? ""}"`;
}

/** A node of an ONNX file cannot be imported; the message names it. */
export class ImportError extends DataError {
  constructor(node: OnnxNode, problem: string, hint?: Text) {
    super(`The ONNX file's node ${nodeTitle(node)}: ${problem}`, hint);
    this.name = "ImportError";
  }
}

/** Operators on quantized numbers. */
const QUANTIZED =
  /^(Q(uantize)?Linear|Dequantize|DynamicQuantize|MatMulInteger|ConvInteger|QAttention|QGemm|QEmbed|DynamicQuantizeMatMul|MatMulNBits|GatherBlockQuantized|QOrdered|QMoE|MatMulBnb4|MatMulFpQ4)/;

/** An operator of an ONNX file has no counterpart here. */
export class UnsupportedOperatorError extends ImportError {
  readonly operator: string;
  /** Operator set; `""` is ONNX's own. */
  readonly domain: string;
  /** Name of the node, possibly empty. */
  readonly node: string;

  /** @param readers - Nodes that read its outputs. */
  constructor(node: OnnxNode, readers: readonly OnnxNode[]) {
    const shown = readers.slice(0, 3).map(nodeTitle).join(", ");
    const usedBy = shown ? `It is read by ${shown}.` : "It is an output of the file.";
    const domain = node.domain || "ai.onnx";
    super(
      node,
      `operator ${node.op} of domain ${domain} is not supported. ${usedBy}`,
      QUANTIZED.test(node.op)
        ? say`The model is quantized; convert it with ${useCase("convert", "<folder>", "<new folder>")}.`
        : "Export the model again with standard operators, or choose another file of it.",
    );
    this.name = "UnsupportedOperatorError";
    this.operator = node.op;
    this.domain = node.domain;
    this.node = node.name;
  }
}
