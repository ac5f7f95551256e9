/** @module What the project needs of ONNX Runtime, so that Node and the browser can each provide it. */

import type { HostTensor } from "../graph/hostTensor.js";
import type { NamedTensors, OnnxModel } from "../graph/onnx/write.js";

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

/** A float32 tensor that stays on a device between runs. */
export interface ResidentVariable {
  /** The input that it is. */
  readonly name: string;
  readonly shape: readonly number[];
  /** The output with its next values; absent: it does not change. */
  readonly next?: string;
}

/** A loaded model whose state stays on the device: a run leaves its next values beside the present ones. */
export interface ResidentSession {
  /** Gives variables new values. All need values before the first run. */
  write(values: NamedValues): Promise<void>;
  /** Present values of the variables that change, in the caller's memory. */
  read(): Promise<Record<string, HostTensor>>;
  /** Runs the model; gives the outputs that are no variable's next values. */
  run(feeds: NamedValues): Promise<Record<string, HostTensor>>;
  /** Makes the next values of the last run the present ones; without it they are forgotten. */
  advance(): void;
  /** Frees what the runtime and the device hold. */
  release(): Promise<void>;
}

/** A provider of sessions. */
export interface Runtime {
  createSession(model: OnnxModel): Promise<Session>;
  /** A session for models that are run again and again, with state in the caller's memory. */
  createWritingSession(model: OnnxModel): Promise<WritingSession>;
  /**
   * A session on a device with a memory of its own; absent where there is none.
   *
   * @param outputs - The model; variables are inputs or states of its graph.
   */
  readonly createResidentSession?: (
    outputs: NamedTensors,
    variables: readonly ResidentVariable[],
  ) => Promise<ResidentSession>;
}
