/** @module Tensors with values, as graphs are fed with and files hold. */

import type { DType, TensorData } from "./dtype.js";

/** A tensor's values on the host. */
export interface HostTensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: TensorData;
}
