/** @module What training has taken. */

/** What training has taken, validation not counted. */
export interface Elapsed {
  readonly seconds: number;
  /** Processor seconds of the same, over all threads; absent where the platform has no such clock. */
  readonly cpuSeconds?: number;
}

/**
 * Starts a stopwatch, which says what has been taken since then and before.
 *
 * @param before - What had been taken before a stop.
 * @param cpuClock - Processor seconds of the process, where the platform knows them.
 */
export function stopwatch(
  { seconds, cpuSeconds = 0 }: Elapsed,
  cpuClock?: () => number,
): () => Elapsed {
  const [start, cpuStart] = [performance.now(), cpuClock?.() ?? 0];
  return () => ({
    seconds: seconds + (performance.now() - start) / 1000,
    ...(cpuClock && { cpuSeconds: cpuSeconds + cpuClock() - cpuStart }),
  });
}
