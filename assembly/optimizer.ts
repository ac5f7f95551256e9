/**
 * The optimizer's kernel, in AssemblyScript: whole parameters in one pass over memory.
 *
 * All addresses are byte offsets of float32 values in the imported memory, all counts are multiples of 16: the memory is
 * laid out so, with zeros at the end, which none of the functions changes. `npm run kernel` compiles this file.
 */

/** Bytes of 16 floats, the values of one round of a loop. */
const ROUND: usize = 64;
/** Bytes over which squares are summed in float32: short, so that sums over millions of values keep their digits. */
const STRETCH: usize = 16384;

function sumOfLanes(x: v128): f64 {
  return (
    f64(f32x4.extract_lane(x, 0)) +
    f64(f32x4.extract_lane(x, 1)) +
    f64(f32x4.extract_lane(x, 2)) +
    f64(f32x4.extract_lane(x, 3))
  );
}

/** Sum of the squares of `count` values. */
export function sumOfSquares(values: usize, count: u32): f64 {
  const end = values + (usize(count) << 2);
  let total: f64 = 0;
  let at = values;
  while (at < end) {
    const stop = min(at + STRETCH, end);
    let a = f32x4.splat(0);
    let b = f32x4.splat(0);
    let c = f32x4.splat(0);
    let d = f32x4.splat(0);
    for (; at < stop; at += ROUND) {
      const w = v128.load(at);
      const x = v128.load(at, 16);
      const y = v128.load(at, 32);
      const z = v128.load(at, 48);
      a = f32x4.add(a, f32x4.mul(w, w));
      b = f32x4.add(b, f32x4.mul(x, x));
      c = f32x4.add(c, f32x4.mul(y, y));
      d = f32x4.add(d, f32x4.mul(z, z));
    }
    total += sumOfLanes(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
  }
  return total;
}

/** `sum += share * values`. */
export function accumulate(sum: usize, values: usize, count: u32, share: f32): void {
  const factor = f32x4.splat(share);
  const end = usize(count) << 2;
  for (let at: usize = 0; at < end; at += 16) {
    const product = f32x4.mul(v128.load(values + at), factor);
    v128.store(sum + at, f32x4.add(v128.load(sum + at), product));
  }
}

/**
 * One step of AdamW in place.
 *
 * `m = b1 m + c1 g`, `v = b2 v + c2 g^2`, `p = shrink p - rate m / (sqrt(v) + epsilon)`, with `g = scale * gradient`.
 */
export function adamw(
  parameter: usize,
  mean: usize,
  variance: usize,
  gradient: usize,
  count: u32,
  scale: f32,
  b1: f32,
  c1: f32,
  b2: f32,
  c2: f32,
  rate: f32,
  epsilon: f32,
  shrink: f32,
): void {
  const s = f32x4.splat(scale);
  const b1s = f32x4.splat(b1);
  const c1s = f32x4.splat(c1);
  const b2s = f32x4.splat(b2);
  const c2s = f32x4.splat(c2);
  const rates = f32x4.splat(rate);
  const epsilons = f32x4.splat(epsilon);
  const shrinks = f32x4.splat(shrink);
  const end = usize(count) << 2;
  for (let at: usize = 0; at < end; at += 16) {
    const g = f32x4.mul(v128.load(gradient + at), s);
    const m = f32x4.add(f32x4.mul(v128.load(mean + at), b1s), f32x4.mul(g, c1s));
    const v = f32x4.add(f32x4.mul(v128.load(variance + at), b2s), f32x4.mul(f32x4.mul(g, g), c2s));
    v128.store(mean + at, m);
    v128.store(variance + at, v);
    const step = f32x4.div(f32x4.mul(m, rates), f32x4.add(f32x4.sqrt(v), epsilons));
    v128.store(parameter + at, f32x4.sub(f32x4.mul(v128.load(parameter + at), shrinks), step));
  }
}
