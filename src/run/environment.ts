/** @module What a run was made with: versions, system, processor. */

import { arch, cpus, release, type } from "node:os";

import { usableCores } from "../runtime/cores.js";
import { onnxRuntime } from "../runtime/onnxRuntime.js";
import { VERSION } from "../version.js";

/** What a run was made with. */
export interface Environment {
  /** Version of this package. */
  readonly balgrad: string;
  readonly node: string;
  readonly onnxruntime: string;
  /** Operating system, its release and the processor's architecture. */
  readonly system: string;
  readonly processor: string;
  /** Cores that may be used. */
  readonly cores: number;
}

/** What this process works with. */
export async function environment(): Promise<Environment> {
  const { env } = await onnxRuntime();
  return {
    balgrad: VERSION,
    node: process.versions.node,
    onnxruntime: env.versions.common,
    system: `${type()} ${release()}, ${arch()}`,
    processor: cpus()[0]?.model.trim() ?? "unknown",
    cores: usableCores(),
  };
}
