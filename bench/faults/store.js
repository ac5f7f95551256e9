/** @module An S3 server on this machine: `node store.js FOLDER PORT`, with one bucket. */

import process from "node:process";

import S3rver from "s3rver";

const [directory, port] = process.argv.slice(2);
const server = new S3rver({
  ...{ directory, port: Number(port), address: "127.0.0.1", silent: true },
  configureBuckets: [{ name: "balgrad" }],
});
await server.run();
process.on("SIGTERM", () => process.exit(0));
