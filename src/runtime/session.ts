/** @module What the project needs of ONNX Runtime, so that Node and the browser can each provide it. */

import type { HostTensor } from "../graph/hostTensor.js";
import type { OnnxModel } from "../graph/onnx/write.js";

/** Tensors by the names of a model's inputs or outputs. */
export type NamedValues = Readonly<Record<string, HostTensor>>;

/** A loaded model. */
export interface Session {
  /** Runs the model; inputs that the model does not use may be given and are ignored. */
  run(feeds: NamedValues): Promise<Record<string, HostTensor>>;
  /** Frees what the runtime holds. */
  release(): Promise<void>;
}

/** A loaded model whose outputs go where its caller wants them. */
export interface WritingSession {
  /**
   * Runs the model and writes its outputs into tensors of the caller, of their types and shapes. A tensor that is the
   * same object at every run costs less than a new one.
   */
  run(feeds: NamedValues, outputs: NamedValues): Promise<void>;
  /** Frees what the runtime holds. */
  release(): Promise<void>;
}

/** A provider of sessions. */
export interface Runtime {
  createSession(model: OnnxModel): Promise<Session>;
  /** A session for models that are run again and again, with state in the caller's memory. */
  createWritingSession(model: OnnxModel): Promise<WritingSession>;
}
