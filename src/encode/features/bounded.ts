/** @module Work on many things, several at a time. */

/**
 * Works on things as they come, on at most `limit` at a time.
 *
 * @throws {unknown} what the first failing work throws, once it is known; nothing is begun after that.
 */
export async function forEachBounded<T>(
  things: Iterable<T> | AsyncIterable<T>,
  limit: number,
  work: (thing: T) => Promise<void>,
): Promise<void> {
  const running = new Set<Promise<void>>();
  let failure: { readonly error: unknown } | null = null;
  const check = (): void => {
    if (failure) throw failure.error;
  };
  for await (const thing of things) {
    const one: Promise<void> = work(thing)
      .catch((error: unknown) => {
        failure ??= { error };
      })
      .then(() => {
        running.delete(one);
      });
    running.add(one);
    if (running.size >= limit) await Promise.race(running);
    check();
  }
  await Promise.all(running);
  check();
}
