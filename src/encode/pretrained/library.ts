/** @module Transformers.js, loaded when a pretrained encoder is: it takes most of a second. */

type Library = typeof import("@huggingface/transformers");

/**
 * Calls the library without its advice for developers on the console; our own messages say what
 * matters, and where.
 */
export async function withLibrary<T>(use: (library: Library) => Promise<T>): Promise<T> {
  const library = await import("@huggingface/transformers");
  const { env, LogLevel } = library;
  const level = env.logLevel;
  env.logLevel = LogLevel.NONE;
  try {
    return await use(library);
  } finally {
    env.logLevel = level;
  }
}
