/**
 * The kernel that scales pictures, in AssemblyScript: weighted sums of lines and of pixels, in whole numbers.
 *
 * All addresses are byte offsets in the imported memory. Pixels are interleaved RGB of 8 bits. Reads go up to 16 bytes
 * beyond what is summed and writes up to 16 beyond what is asked for, so buffers have that much room behind them. `npm run
 * kernel` compiles this file.
 */

/**
 * Sums lines of pixels into one of 32-bit numbers: `line[x] = (rounding + sum of weight * source[x]) >> shift`.
 *
 * @param stride - Bytes from one line to the next.
 * @param length - Bytes of a line.
 * @param pairs - Number of pairs of lines.
 * @param weights - Of each pair, two numbers of 16 bits.
 * @param last - Offset of the last line from the source: the second one of the last pair may lie behind it, with weight 0.
 */
export function sumLines(
  source: usize,
  stride: usize,
  length: usize,
  pairs: u32,
  weights: usize,
  last: usize,
  shift: i32,
  line: usize,
): void {
  const rounding = i32x4.splat(1 << (shift - 1));
  for (let x: usize = 0; x < length; x += 8) {
    let low = rounding;
    let high = rounding;
    let offset: usize = 0;
    for (let pair: u32 = 0; pair < pairs; pair++) {
      const one = v128.load64_zero(source + offset + x);
      const other = v128.load64_zero(source + min(offset + stride, last) + x);
      const both = i8x16.shuffle(
        one,
        other,
        0,
        16,
        1,
        17,
        2,
        18,
        3,
        19,
        4,
        20,
        5,
        21,
        6,
        22,
        7,
        23,
      );
      const weight = v128.load32_splat(weights + (usize(pair) << 2));
      low = i32x4.add(low, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(both), weight));
      high = i32x4.add(high, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(both), weight));
      offset += 2 * stride;
    }
    v128.store(line + (x << 2), i32x4.shr_s(low, shift));
    v128.store(line + (x << 2), i32x4.shr_s(high, shift), 16);
  }
}

/** Writes the first three of four numbers as bytes, limited to 0..255; a fourth byte is written, too. */
function storePixel(to: usize, sum: v128): void {
  const words = i16x8.narrow_i32x4_s(sum, sum);
  v128.store32_lane(to, i8x16.narrow_i16x8_u(words, words), 0);
}

/** Sums pixels of a line of 32-bit numbers into each of `count` pixels, which are written as bytes. */
export function sumPixels(
  line: usize,
  count: u32,
  firsts: usize,
  taps: u32,
  weights: usize,
  shift: i32,
  to: usize,
): void {
  const rounding = i32x4.splat(1 << (shift - 1));
  for (let x: u32 = 0; x < count; x++) {
    let from = line + 12 * usize(load<u32>(firsts + (usize(x) << 2)));
    let sum = rounding;
    for (let tap: u32 = 0; tap < taps; tap++) {
      sum = i32x4.add(sum, i32x4.mul(v128.load(from), v128.load32_splat(weights)));
      from += 12;
      weights += 4;
    }
    storePixel(to, i32x4.shr_s(sum, shift));
    to += 3;
  }
}

/** Sums pixels of a line of bytes into each of `count` pixels. */
export function narrowBytes(
  line: usize,
  count: u32,
  firsts: usize,
  taps: u32,
  weights: usize,
  shift: i32,
  to: usize,
): void {
  const rounding = i32x4.splat(1 << (shift - 1));
  for (let x: u32 = 0; x < count; x++) {
    let from = line + 3 * usize(load<u32>(firsts + (usize(x) << 2)));
    let sum = rounding;
    for (let tap: u32 = 0; tap < taps; tap++) {
      const pixel = i32x4.extend_low_i16x8_u(i16x8.extend_low_i8x16_u(v128.load32_zero(from)));
      sum = i32x4.add(sum, i32x4.mul(pixel, v128.load32_splat(weights)));
      from += 3;
      weights += 4;
    }
    storePixel(to, i32x4.shr_s(sum, shift));
    to += 3;
  }
}

/** Sums `taps` lines of bytes into one of bytes. */
export function sumBytes(
  source: usize,
  stride: usize,
  length: usize,
  taps: u32,
  weights: usize,
  shift: i32,
  to: usize,
): void {
  const rounding = i32x4.splat(1 << (shift - 1));
  for (let x: usize = 0; x < length; x += 8) {
    let low = rounding;
    let high = rounding;
    let from = source + x;
    for (let tap: u32 = 0; tap < taps; tap++) {
      const words = i16x8.extend_low_i8x16_u(v128.load64_zero(from));
      const weight = v128.load32_splat(weights + (usize(tap) << 2));
      low = i32x4.add(low, i32x4.mul(i32x4.extend_low_i16x8_u(words), weight));
      high = i32x4.add(high, i32x4.mul(i32x4.extend_high_i16x8_u(words), weight));
      from += stride;
    }
    const sums = i16x8.narrow_i32x4_s(i32x4.shr_s(low, shift), i32x4.shr_s(high, shift));
    v128.store64_lane(to + x, i8x16.narrow_i16x8_u(sums, sums), 0);
  }
}
