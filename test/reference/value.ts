/** @module Dense float64 arrays and the plain index loops that the reference interpreter is made of. */

/** A tensor's value, row-major; integers and booleans are held as numbers too. */
export interface Value {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

/** Number of elements. */
export function countOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}

/** Row-major place of an index. */
export function placeOf(index: readonly number[], shape: readonly number[]): number {
  let place = 0;
  for (let axis = 0; axis < shape.length; axis++) place = place * shape[axis]! + index[axis]!;
  return place;
}

/** Visits every index in row-major order. The array handed over is reused: copy it to keep it. */
export function eachIndex(
  shape: readonly number[],
  visit: (index: readonly number[], place: number) => void,
): void {
  const index = shape.map(() => 0);
  const count = countOf(shape);
  for (let place = 0; place < count; place++) {
    visit(index, place);
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      if (++index[axis]! < shape[axis]!) break;
      index[axis] = 0;
    }
  }
}

/** A value computed index by index. */
export function tabulate(
  shape: readonly number[],
  element: (index: readonly number[]) => number,
): Value {
  const data = new Float64Array(countOf(shape));
  eachIndex(shape, (index, place) => {
    data[place] = element(index);
  });
  return { shape, data };
}

/** Element at an index. */
export function at({ shape, data }: Value, index: readonly number[]): number {
  return data[placeOf(index, shape)]!;
}

/** Element that broadcasting shows at an index of the broadcast shape. */
export function atBroadcast({ shape, data }: Value, index: readonly number[]): number {
  const extra = index.length - shape.length;
  let place = 0;
  for (let axis = 0; axis < shape.length; axis++) {
    place = place * shape[axis]! + (shape[axis] === 1 ? 0 : index[axis + extra]!);
  }
  return data[place]!;
}

/** Shape after NumPy broadcasting of several shapes. */
export function broadcast(...shapes: readonly (readonly number[])[]): number[] {
  const rank = Math.max(...shapes.map((shape) => shape.length));
  return Array.from({ length: rank }, (_, axis) => {
    const sizes = shapes.map((shape) => shape[axis - rank + shape.length] ?? 1);
    const size = sizes.find((candidate) => candidate !== 1) ?? 1;
    if (sizes.some((other) => other !== 1 && other !== size)) {
      throw new Error(`reference: cannot broadcast [${shapes.join("] and [")}].`);
    }
    return size;
  });
}

/** Non-negative axis or index from one that may count from the end. */
export function fromStart(position: number, size: number): number {
  const result = position < 0 ? position + size : position;
  if (result < 0 || result >= size) {
    throw new Error(`reference: position ${position} lies outside size ${size}.`);
  }
  return result;
}
