/** @module Work on many things, some of them at a time. */

/**
 * Maps items, `atATime` of them at once; the results are in the order of the items. After an error
 * no further one begins, and those under way end before it is thrown.
 *
 * @throws what `map` throws.
 */
export async function mapBounded<T, R>(
  items: readonly T[],
  atATime: number,
  map: (item: T, at: number) => Promise<R>,
): Promise<R[]> {
  const results = new Array<R>(items.length);
  let [next, isFailed] = [0, false];
  const worker = async (): Promise<void> => {
    while (next < items.length && !isFailed) {
      const at = next++;
      try {
        results[at] = await map(items[at]!, at);
      } catch (error) {
        isFailed = true;
        throw error;
      }
    }
  };
  const workers = Array.from({ length: Math.min(atATime, items.length) }, worker);
  await Promise.allSettled(workers);
  await Promise.all(workers);
  return results;
}
