/** @module Seeded random numbers: every stream is named, so that none depends on the order of others. */

import { uniformFloat64 } from "pure-rand/distribution/uniformFloat64";
import { uniformInt } from "pure-rand/distribution/uniformInt";
import { xoroshiro128plus } from "pure-rand/generator/xoroshiro128plus";

/** A stream of random numbers, the same on every machine for the same seed and path. */
export interface Random {
  /** Uniform in `[0, 1)`. */
  uniform(): number;
  /** Standard normal. */
  normal(): number;
  /** Uniform integer in `[0, limit)`. */
  integer(limit: number): number;
  /** The items in random order, as a new array. */
  shuffle<T>(items: Iterable<T>): T[];
}

/**
 * 32-bit FNV-1a hash of the UTF-8 bytes of a string.
 *
 * Source: Fowler, Noll, Vo, "The FNV Non-Cryptographic Hash Algorithm", IETF draft, section 2.
 */
export function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    hash = Math.imul(hash ^ byte, 0x01000193);
  }
  return hash >>> 0;
}

/**
 * Opens the random stream of a seed and a path, e.g. `randomStream(7, "shuffle", epoch)`.
 *
 * Streams of different paths are independent, so adding one never shifts another.
 */
export function randomStream(seed: number, ...path: readonly (string | number)[]): Random {
  const generator = xoroshiro128plus(hash32([seed, ...path].join("/")) | 0);
  const uniform = (): number => uniformFloat64(generator);
  const integer = (limit: number): number => uniformInt(generator, 0, limit - 1);
  // Box-Muller; 1 - u keeps the logarithm's argument above zero.
  const normal = (): number =>
    Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return {
    uniform,
    normal,
    integer,
    shuffle<T>(items: Iterable<T>): T[] {
      const result = [...items];
      for (let last = result.length - 1; last > 0; last--) {
        const other = integer(last + 1);
        [result[last], result[other]] = [result[other]!, result[last]!];
      }
      return result;
    },
  };
}
