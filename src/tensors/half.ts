/** @module 16-bit floats, which this JavaScript has no arrays of. */

const MANTISSA = 10;

/** Value of one IEEE 754 half-precision number. */
function halfValue(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> MANTISSA) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0x1f) return fraction ? NaN : sign * Infinity;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  return sign * (1024 + fraction) * 2 ** (exponent - 25);
}

let table: Float32Array | undefined;

/** Widens half-precision numbers, given as their bits. */
export function fromHalf(bits: Uint16Array): Float32Array {
  // All 65,536 values in a table: features come by the million.
  table ??= Float32Array.from({ length: 0x10000 }, (_, at) => halfValue(at));
  const known = table;
  return Float32Array.from(bits, (one) => known[one]!);
}

/** Widens `bfloat16` numbers, given as their bits: the upper half of a 32-bit float. */
export function fromBrain(bits: Uint16Array): Float32Array {
  const wide = Uint32Array.from(bits, (one) => one << 16);
  return new Float32Array(wide.buffer);
}

/** Rounds to half precision, to the nearest and ties to even; too large values become infinite. */
export function toHalf(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  return Uint16Array.from(bits, (one) => {
    const sign = (one >>> 16) & 0x8000;
    const exponent = (one >>> 23) & 0xff;
    const fraction = one & 0x7fffff;
    if (exponent === 0xff) return sign | 0x7c00 | (fraction ? 0x200 : 0);
    const whole = exponent === 0 ? fraction : fraction | 0x800000;
    // Below the normal range of halves the step stays 2^-24.
    const shift = Math.max(13, 126 - exponent);
    if (shift > 24) return sign;
    const step = 2 ** shift;
    const floor = Math.floor(whole / step);
    const rest = whole - floor * step;
    const up = rest > step / 2 || (rest === step / 2 && floor % 2 === 1) ? 1 : 0;
    const base = shift > 13 ? 0 : (exponent - 113) * 1024;
    return sign | Math.min(0x7c00, base + floor + up);
  });
}
