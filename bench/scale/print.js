/** @module Results of the simulation as tables. */

const number = (value) =>
  value >= 100 ? Math.round(value).toLocaleString("en-US") : String(Number(value.toPrecision(3)));

const UNITS = ["B", "kB", "MB", "GB", "TB", "PB"];

function bytes(value) {
  const at = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log10(value) / 3)));
  return `${number(value / 1000 ** at)} ${UNITS[at]}`;
}

const hours = (seconds) => `${(seconds / 3600).toFixed(2)} h`;

const percent = (share) => `${(100 * Math.max(0, share)).toFixed(2)} %`;

/** A table, a column wide enough for its longest cell. */
function table(rows) {
  const widths = rows[0].map((_, at) => Math.max(...rows.map((row) => row[at].length)));
  const lines = rows.map((row) => row.map((cell, at) => cell.padEnd(widths[at])).join("  "));
  console.log(`\n${lines.map((line) => line.trimEnd()).join("\n")}`);
}

const RESULT_LINES = [
  ["time", ({ result }) => hours(result.seconds)],
  ["against the ideal", ({ result }) => percent(result.seconds / result.ideal - 1)],
  ["computed twice", ({ result }) => percent(result.twice)],
  ["shards done, each once", ({ result }) => number(result.done)],
  ["written again", ({ result }) => number(result.publishedAgain)],
  ["failed for good, handed in again", ({ result }) => number(result.failedForGood)],
  ["crashes of workers", ({ result }) => number(result.crash)],
  ["pauses, cut networks", ({ result }) => `${result.pause}, ${result.network}`],
  ["restarts of Redis", ({ result }) => number(result.queue)],
  ["outages of the store", ({ result }) => number(result.store)],
];

const rate = ({ mean, peak }, show = number) => `${show(mean)}, ${show(peak)}`;

const PAPER_LINES = [
  ["Redis: commands/s, mean and peak", ({ redis }) => rate(redis.commands)],
  ["Redis: cores, mean and peak", ({ redis }) => rate(redis.cpu)],
  ["Redis: bytes in/s, mean and peak", ({ redis }) => rate(redis.bytesIn, bytes)],
  ["Redis: bytes out/s, mean and peak", ({ redis }) => rate(redis.bytesOut, bytes)],
  ["Redis: memory", ({ redis }) => bytes(redis.memory)],
  ["Redis: log on the disk, never written anew", ({ redis }) => bytes(redis.log)],
  ["Redis: connections", ({ redis }) => number(redis.connections)],
  ["store: reads/s, mean and peak", ({ store }) => rate(store.reads)],
  ["store: writes/s, mean and peak", ({ store }) => rate(store.writes)],
  [
    "store: read, in all and each second",
    ({ store: { bytesRead } }) => `${bytes(bytesRead.all)}, ${bytes(bytesRead.mean)}`,
  ],
  [
    "store: written, in all and each second",
    ({ store: { bytesWritten } }) => `${bytes(bytesWritten.all)}, ${bytes(bytesWritten.mean)}`,
  ],
  ["store: kept", ({ store }) => bytes(store.kept)],
  ["store: objects", ({ store }) => number(store.objects)],
  ["names in the list of all features", ({ pieces }) => number(pieces.names)],
  ["bytes of that list", ({ pieces }) => bytes(pieces.listOfNames)],
  ["header of the data set", ({ pieces }) => bytes(pieces.header)],
  ["job that waits for all shards", ({ pieces }) => bytes(pieces.waitingJob)],
  [
    "counting the jobs once",
    ({ pieces: { listing } }) => `${number(listing.seconds)} s, ${bytes(listing.bytes)}`,
  ],
  ["reading all lists, one after the other", ({ pieces }) => hours(pieces.gathering)],
  ["memory of the coordinator", ({ pieces }) => bytes(pieces.coordinator)],
];

/** Prints what was simulated, and what it means for each part. */
export function printResults(rows) {
  table([
    ["", ...rows.map(({ name }) => name)],
    ...RESULT_LINES.map(([name, of]) => [name, ...rows.map(of)]),
  ]);
  const { paper } = rows[1] ?? rows[0];
  table(PAPER_LINES.map(([name, of]) => [name, of(paper)]));
  table([
    ["breaks first", "shards", ""],
    ...paper.limits.shards.map(({ what, shards, why }) => [what, number(shards), why]),
    ["redis", `${number(paper.limits.workers)} workers`, "one core of Redis is busy"],
  ]);
}
