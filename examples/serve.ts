/** Answers texts over HTTP with a saved model: `serve models/squares`, `curl localhost:8080 -d "something blue"`. */

import { createServer } from "node:http";
import { text } from "node:stream/consumers";

import { Classifier, nodeRuntime } from "balgrad";

const model = await Classifier.load(process.argv[2] ?? "models/squares", nodeRuntime());
const server = createServer((request, response) => {
  void text(request)
    .then((body) => model.answer({ text: body }, "aware"))
    .then((answer) => response.end(JSON.stringify(answer)));
});
server.listen(Number(process.env.PORT ?? 8080), "127.0.0.1", () => {
  console.log(server.address());
});
