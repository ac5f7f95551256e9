/** @module Gradient clipping by global norm. */

/** Keeps the quotient finite where all gradients vanish; far below any norm that matters. */
export const TINY = 1e-12;

/**
 * Factor that brings gradients of a global norm down to at most `limit`.
 *
 * @param limit - 0: no clipping.
 *
 * Source: Pascanu et al., "On the difficulty of training recurrent neural networks", ICML 2013,
 * Algorithm 1.
 */
export const clippingScale = (norm: number, limit: number): number =>
  limit === 0 ? 1 : Math.min(1, limit / (norm + TINY));
