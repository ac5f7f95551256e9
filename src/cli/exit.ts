/** @module Exit codes. */

/** What the command line returns to the shell. */
export const EXIT = {
  ok: 0,
  /** A defect of ours; the stack trace is printed. */
  defect: 1,
  /** Wrong usage: flags, settings, files of a run. */
  usage: 2,
  /** Data that cannot be used. */
  data: 3,
  /** Training diverged. */
  diverged: 4,
  /** Some runs of a comparison failed; its tables show the others. */
  incomplete: 5,
  /** The system refuses to read or write a file: no room, no permission. */
  system: 6,
  /** A condition of `diagnose --fail-if` holds. */
  condition: 7,
  /** Stopped by Ctrl-C; the run can be resumed. */
  interrupted: 130,
  /** Whoever read the output has gone. */
  pipe: 141,
} as const;
