/** @module What the prediction service tells about itself; nothing of what clients sent. */

/** Something that happened. */
export type ServeEvent =
  | {
      readonly event: "listening";
      readonly url: string;
      readonly folder: string;
      /** Whether requests need a token. */
      readonly token: boolean;
    }
  | {
      readonly event: "request";
      readonly method: string;
      /** The route, not the address that was asked for. */
      readonly route: string;
      readonly status: number;
      readonly milliseconds: number;
      /** Number of inputs, where it asked for predictions. */
      readonly inputs?: number | undefined;
    }
  /** A request, a batch or a start of the thread failed by a defect or a lack of memory. */
  | { readonly event: "failed"; readonly message: string }
  /** The thread that runs the model ended and is started again. */
  | { readonly event: "restarting"; readonly message: string }
  /** No request is accepted any more; those that were are answered. */
  | { readonly event: "stopping"; readonly waiting: number }
  | { readonly event: "stopped" };
