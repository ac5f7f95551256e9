/** @module Clients that each send the next request when the last one is answered. */

import { Agent, request } from "node:http";
import { URL } from "node:url";

/** Sends one request; gives its status. */
function ask(url, agent, body) {
  const headers = { "content-type": "application/json", "content-length": Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const sending = request(new URL("/v1/predict", url), { method: "POST", agent, headers });
    sending.on("response", (response) => {
      response.resume().on("end", () => {
        resolve(response.statusCode);
      });
    });
    sending.on("error", reject);
    sending.end(body);
  });
}

/**
 * Lets clients ask for some seconds.
 *
 * @returns Requests answered a second, how often each status came, and how many seconds each request took.
 */
export async function load(url, bodies, clients, seconds) {
  const agent = new Agent({ keepAlive: true, maxSockets: clients });
  const statuses = {};
  const durations = [];
  const begin = performance.now();
  const client = async (_, number) => {
    for (let at = number; performance.now() - begin < 1000 * seconds; at++) {
      const start = performance.now();
      const status = await ask(url, agent, bodies[at % bodies.length]).catch(({ code }) => code);
      durations.push((performance.now() - start) / 1000);
      statuses[status] = (statuses[status] ?? 0) + 1;
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  const elapsed = (performance.now() - begin) / 1000;
  agent.destroy();
  return { pace: (statuses[200] ?? 0) / elapsed, statuses, durations };
}
