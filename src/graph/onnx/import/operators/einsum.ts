/** @module Einsum of one or two operands, as sums, transpositions and matrix products. */

import { reshape, transpose } from "../../../functions/layout.js";
import { matmul } from "../../../functions/linear.js";
import { sum } from "../../../functions/reduce.js";
import { type Dim, sizeOf } from "../../../shape.js";
import type { Tensor } from "../../../tensor.js";
import type { Operator, OperatorCall } from "../call.js";

/** A tensor whose axes have letters. */
interface Lettered {
  readonly x: Tensor;
  readonly letters: string;
}

interface Equation {
  readonly operands: readonly string[];
  readonly output: string;
}

/** Letters that stand for the axes of an ellipsis, counted from the last. */
const HIDDEN = "ZYXWVUTS";

function hidden(rank: number): string {
  return Array.from(HIDDEN.slice(0, rank)).reverse().join("");
}

function parse(call: OperatorCall, ranks: readonly number[]): Equation {
  const equation = call.string("equation", "").replaceAll(" ", "");
  const [left = "", right] = equation.split("->");
  const terms = left.split(",");
  const widths = terms.map((term, at) => ranks[at]! - term.replace("...", "").length);
  const operands = terms.map((term, at) => term.replace("...", hidden(widths[at]!)));
  const dots = hidden(Math.max(0, ...widths.filter((_, at) => terms[at]!.includes("..."))));
  if (right !== undefined) return { operands, output: right.replace("...", dots) };
  const all = operands.join("");
  const once = [...new Set(all)].filter((letter) => all.split(letter).length === 2).sort();
  const free = once.filter((letter) => !dots.includes(letter));
  return { operands, output: [dots, ...free].join("") };
}

/** Sums over letters that nobody else reads. */
function summed({ x, letters }: Lettered, read: string): Lettered {
  const axes = [...x.shape.keys()].filter((axis) => !read.includes(letters[axis]!));
  if (axes.length === 0) return { x, letters };
  const kept = Array.from(letters)
    .filter((letter) => read.includes(letter))
    .join("");
  return { x: sum(x, { axes }), letters: kept };
}

function ordered({ x, letters }: Lettered, order: string): Tensor {
  return transpose(
    x,
    Array.from(order).map((letter) => letters.indexOf(letter)),
  );
}

const sizesOf = ({ x, letters }: Lettered, some: string): Dim[] =>
  Array.from(some).map((letter) => x.shape[letters.indexOf(letter)]!);

/** Product of two operands: shared letters are batch axes or are summed over. */
function contracted(a: Lettered, b: Lettered, output: string): Lettered {
  const shared = Array.from(a.letters).filter((letter) => b.letters.includes(letter));
  const batch = shared.filter((letter) => output.includes(letter)).join("");
  const inner = shared.filter((letter) => !output.includes(letter)).join("");
  const own = ({ letters }: Lettered): string =>
    Array.from(letters)
      .filter((letter) => !shared.includes(letter))
      .join("");
  const [rows, columns] = [own(a), own(b)];
  const lead = sizesOf(a, batch);
  const depth = sizeOf(sizesOf(a, inner));
  const left = reshape(ordered(a, batch + rows + inner), [
    ...lead,
    sizeOf(sizesOf(a, rows)),
    depth,
  ]);
  const right = reshape(ordered(b, batch + inner + columns), [
    ...lead,
    depth,
    sizeOf(sizesOf(b, columns)),
  ]);
  const x = reshape(matmul(left, right), [...lead, ...sizesOf(a, rows), ...sizesOf(b, columns)]);
  return { x, letters: batch + rows + columns };
}

const einsum: Operator = (call) => {
  const tensors = Array.from({ length: call.count }, (_, at) =>
    call.tensor(at, call.constant(at) ? undefined : "linear"),
  );
  const { operands, output } = parse(
    call,
    tensors.map(({ shape }) => shape.length),
  );
  if (operands.some((letters) => new Set(letters).size !== letters.length)) {
    return call.fail("diagonals are not supported.");
  }
  const lettered = tensors.map((x, at) => ({ x, letters: operands[at]! }));
  const others = (at: number): string => operands.filter((_, other) => other > at).join("");
  const result = lettered
    .slice(1)
    .reduce(
      (total, operand, at) =>
        contracted(
          summed(total, operand.letters + others(at + 1) + output),
          summed(operand, total.letters + others(at + 1) + output),
          others(at + 1) + output,
        ),
      lettered[0]!,
    );
  return ordered(summed(result, output), output);
};

export const einsumOperators: Readonly<Record<string, Operator>> = { Einsum: einsum };
