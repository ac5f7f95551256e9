/** @module What `measure.js` and `memory.js` gave with Redis 7.0.15 and BullMQ 6.7, for machines without a server. */

/** Costs of each: seconds, commands (those in scripts, too), bytes, seconds of the server's processor, bytes it keeps. */
export const MEASURED = {
  connections: 3.05,
  /** Handing in a job. */
  add: {
    seconds: 0.00012,
    commands: 16,
    bytesIn: 1460,
    bytesOut: 70.2,
    cpu: 0.0000321,
    memory: 1650,
    log: 1460,
  },
  /** Taking a job and ending it. */
  work: {
    seconds: 0.000251,
    commands: 31.1,
    bytesIn: 1510,
    bytesOut: 753,
    cpu: 0.000082,
    memory: 201,
    log: 1700,
  },
  /** A note of how far a job is. */
  note: { commands: 4.77, bytesIn: 245, bytesOut: 4.39, cpu: 0.0000112, memory: 156, log: 322 },
  /** A second of a worker that has two jobs: locks, looks for cancelled jobs, tidying. */
  held: { commands: 11, bytesIn: 785, bytesOut: 45, cpu: 0.000355, log: 328 },
  /** A second of a worker that waits. */
  idle: { commands: 2.09, bytesIn: 190, bytesOut: 47.1, cpu: 0.000283, log: 1.95 },
  /** Reading the state of one of many jobs. */
  list: { seconds: 0.0000529, commands: 1.05, bytesIn: 375, bytesOut: 637, cpu: 0.00000552 },
  /** A look at a job that waits for others, for each of them. */
  look: { seconds: 3.83e-7, bytesOut: 45.2, cpu: 8.7e-8 },
};
