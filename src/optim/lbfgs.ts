/** @module L-BFGS: minimises a smooth function of many variables from its gradients. */

/** A function's value and gradient at a point. */
export interface Evaluation {
  readonly value: number;
  readonly gradient: Float64Array;
}

/** How {@link minimise} works. */
export interface LbfgsOptions {
  readonly iterations: number;
  /** Stops where an iteration lowers the value by less than this share of it. */
  readonly tolerance: number;
  /** About the inverse of the curvature in each variable, positive, for variables of very different scales; default: 1. */
  readonly scales?: Float64Array;
}

/** A point and the function's value there. */
export interface Minimum {
  readonly point: Float64Array;
  readonly value: number;
}

const MEMORY = 10;
// Armijo's condition: a step must lower the value by this share of what the slope promises.
const SUFFICIENT = 1e-4;
const HALVINGS = 20;

const dot = (a: Float64Array, b: Float64Array): number => {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += a[at]! * b[at]!;
  return sum;
};

/** `sum(scales * a^2)`. */
function squared(a: Float64Array, scales: Float64Array | undefined): number {
  if (!scales) return dot(a, a);
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += scales[at]! * a[at]! ** 2;
  return sum;
}

/** Adds `factor * b` to `a`, in place. */
function addTo(a: Float64Array, b: Float64Array, factor: number): void {
  for (let at = 0; at < a.length; at++) a[at]! += factor * b[at]!;
}

/** `a + factor * b`. */
function moved(a: Float64Array, b: Float64Array, factor: number): Float64Array {
  const result = a.slice();
  addTo(result, b, factor);
  return result;
}

/** A step taken and the change of the gradient over it. */
interface Pair {
  readonly step: Float64Array;
  readonly change: Float64Array;
  readonly curvature: number;
}

/** The two-loop recursion: minus the inverse Hessian's estimate times the gradient. */
function directionOf(
  gradient: Float64Array,
  pairs: readonly Pair[],
  scales: Float64Array | undefined,
): Float64Array {
  const q = gradient.slice();
  const shares = new Array<number>(pairs.length).fill(0);
  for (let at = pairs.length - 1; at >= 0; at--) {
    const { step, change, curvature } = pairs[at]!;
    shares[at] = dot(step, q) / curvature;
    addTo(q, change, -shares[at]!);
  }
  const last = pairs.at(-1);
  const length = last
    ? last.curvature / squared(last.change, scales)
    : 1 / Math.max(1e-12, Math.sqrt(squared(gradient, scales)));
  for (let at = 0; at < q.length; at++) q[at]! *= scales ? length * scales[at]! : length;
  pairs.forEach(({ step, change, curvature }, at) => {
    addTo(q, step, shares[at]! - dot(change, q) / curvature);
  });
  for (let at = 0; at < q.length; at++) q[at] = -q[at]!;
  return q;
}

/**
 * Minimises a smooth function by L-BFGS with backtracking. For convex functions this finds the minimum;
 * the value never rises.
 *
 * Source: Liu and Nocedal, "On the limited memory BFGS method for large scale optimization", 1989.
 *
 * @param evaluate - Value and gradient at a point.
 * @param start - Where to begin; is not changed.
 */
export async function minimise(
  evaluate: (point: Float64Array) => Promise<Evaluation>,
  start: Float64Array,
  { iterations, tolerance, scales }: LbfgsOptions,
): Promise<Minimum> {
  let point: Float64Array = start.slice();
  let here = await evaluate(point);
  const pairs: Pair[] = [];
  for (let iteration = 0; iteration < iterations; iteration++) {
    const direction = directionOf(here.gradient, pairs, scales);
    const next = await lineSearch(evaluate, point, here, direction);
    if (!next) break;
    const step = moved(next.point, point, -1);
    const change = moved(next.gradient, here.gradient, -1);
    const curvature = dot(step, change);
    // Rounding may spoil the curvature near the minimum; such a pair would turn the direction round.
    if (curvature > 1e-12 * dot(change, change)) pairs.push({ step, change, curvature });
    if (pairs.length > MEMORY) pairs.shift();
    const gain = here.value - next.value;
    [point, here] = [next.point, next];
    if (gain <= tolerance * Math.abs(here.value)) break;
  }
  return { point, value: here.value };
}

/** The first point along a direction that is low enough; `null` where there is none. */
async function lineSearch(
  evaluate: (point: Float64Array) => Promise<Evaluation>,
  point: Float64Array,
  { value, gradient }: Evaluation,
  direction: Float64Array,
): Promise<(Evaluation & Pick<Minimum, "point">) | null> {
  const slope = dot(gradient, direction);
  if (!(slope < 0)) return null;
  let length = 1;
  for (let halving = 0; halving < HALVINGS; halving++) {
    const candidate = moved(point, direction, length);
    const found = await evaluate(candidate);
    if (found.value <= value + SUFFICIENT * length * slope) return { ...found, point: candidate };
    length /= 2;
  }
  return null;
}
