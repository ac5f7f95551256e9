/** @module What the project needs of ONNX Runtime, so that Node and the browser can each provide it. */

import type { HostTensor } from "../graph/hostTensor.js";
import type { OnnxModel } from "../graph/onnx/write.js";

/** A loaded model. */
export interface Session {
  /** Runs the model; inputs that the model does not use may be given and are ignored. */
  run(feeds: Readonly<Record<string, HostTensor>>): Promise<Record<string, HostTensor>>;
  /** Frees what the runtime holds. */
  release(): Promise<void>;
}

/** A provider of sessions. */
export interface Runtime {
  createSession(model: OnnxModel): Promise<Session>;
}
