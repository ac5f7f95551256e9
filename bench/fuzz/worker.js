/** @module A process that reads damaged files: the parent watches its time and memory. */

import { UserError } from "../../dist/errors.js";
import { READERS } from "./readers.js";

const traceOf = (error) =>
  error instanceof Error ? (error.stack ?? error.message) : String(error);

// Errors that escape a reader belong to the input that is being read, or was read last.
for (const kind of ["uncaughtException", "unhandledRejection"]) {
  process.on(kind, (error) => {
    process.send({ outcome: "defect", trace: `${kind}: ${traceOf(error)}` }, () => process.exit(9));
  });
}

process.on("message", async ({ reader, folder, target, about, cache }) => {
  process.env.BALGRAD_CACHE = cache;
  try {
    const found = await READERS[reader].read(folder, target, about);
    process.send({ outcome: "read", found });
  } catch (error) {
    if (error instanceof UserError) {
      process.send({ outcome: "refused", message: error.message });
    } else {
      process.send({ outcome: "defect", trace: traceOf(error) });
    }
  }
});
process.send({ outcome: "ready" });
