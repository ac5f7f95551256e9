/** @module What runs cost. */

/** Processor seconds of this process; other processes on the machine do not lengthen them. */
export function cpuClock(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
