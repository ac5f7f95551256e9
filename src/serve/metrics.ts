/** @module Counts of the prediction service in Prometheus' text format. */

/** Values of labels by their names, in the order in which they are written. */
type Labels = Readonly<Record<string, string | number>>;

interface Metric {
  readonly name: string;
  readonly help: string;
}

const labelled = (name: string, labels: Labels): string => {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${value}"`);
  return pairs.length === 0 ? name : `${name}{${pairs.join(",")}}`;
};

const head = ({ name, help }: Metric, type: string): string =>
  `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;

/** A number that only grows. */
class Counter {
  readonly #values = new Map<string, number>();

  constructor(readonly metric: Metric) {}

  add(labels: Labels = {}, amount = 1): void {
    const key = labelled(this.metric.name, labels);
    this.#values.set(key, (this.#values.get(key) ?? 0) + amount);
  }

  toString(): string {
    const lines = [...this.#values].map(([key, value]) => `${key} ${value}\n`);
    return head(this.metric, "counter") + lines.join("");
  }
}

/** Values by how large they are. */
class Histogram {
  readonly #counts: number[];
  #sum = 0;

  /** @param bounds - Upper bounds of the buckets, rising. */
  constructor(
    readonly metric: Metric,
    readonly bounds: readonly number[],
  ) {
    this.#counts = [...bounds, Infinity].map(() => 0);
  }

  observe(value: number): void {
    const bucket = this.bounds.findIndex((bound) => value <= bound);
    this.#counts[bucket < 0 ? this.bounds.length : bucket]! += 1;
    this.#sum += value;
  }

  toString(): string {
    const { name } = this.metric;
    let total = 0;
    const lines = this.#counts.map((count, at) => {
      total += count;
      return `${labelled(`${name}_bucket`, { le: this.bounds[at] ?? "+Inf" })} ${total}\n`;
    });
    const ends = `${name}_sum ${this.#sum}\n${name}_count ${total}\n`;
    return head(this.metric, "histogram") + lines.join("") + ends;
  }
}

const gauge = (name: string, help: string, value: number): string =>
  `${head({ name, help }, "gauge")}${name} ${value}\n`;

const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const SIZES = [1, 2, 4, 8, 16, 32, 64, 128, 256];

/** Media type of Prometheus' text format. */
export const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/** What the service counts. */
export class Metrics {
  readonly requests = new Counter({
    name: "balgrad_requests_total",
    help: "Requests by route, method and status.",
  });
  readonly seconds = new Histogram(
    { name: "balgrad_predict_seconds", help: "Time from request to answer of /v1/predict." },
    SECONDS,
  );
  readonly inputs = new Counter({
    name: "balgrad_inputs_total",
    help: "Inputs by outcome: answered, refused (cannot be used) or failed (thread ended).",
  });
  readonly batches = new Histogram(
    { name: "balgrad_batch_inputs", help: "Inputs that the model answers at once." },
    SIZES,
  );
  readonly batchSeconds = new Histogram(
    { name: "balgrad_batch_seconds", help: "Time that a batch takes, decoding included." },
    SECONDS,
  );
  readonly restarts = new Counter({
    name: "balgrad_thread_restarts_total",
    help: "How often the thread that runs the model was started again.",
  });

  /** All values, in Prometheus' text format. */
  text(waiting: number, ready: boolean): string {
    return [
      this.requests,
      this.seconds,
      this.inputs,
      this.batches,
      this.batchSeconds,
      this.restarts,
      gauge("balgrad_queue_inputs", "Inputs that wait for the model.", waiting),
      gauge("balgrad_ready", "1 when predictions are answered.", Number(ready)),
      gauge("process_resident_memory_bytes", "Memory of the process.", process.memoryUsage.rss()),
    ].join("");
  }
}
