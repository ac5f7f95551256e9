/** @module What Redis, the store and the coordinator see, by what was simulated and measured. */

/** What is assumed of the data. */
export const DATA = {
  /** Samples of a shard: four chunks of 256. */
  samples: 1024,
  chunks: 4,
  /** Files of features of a chunk: pictures, texts, noisy texts. */
  files: 3,
  /** Of a feature vector of 512 numbers. */
  vectorBytes: 2048,
  pictureBytes: 15_000,
  /** A line of a sample, and how many are in one object. */
  lineBytes: 300,
  lines: 4096,
  packBytes: 8 * 2 ** 20,
  /** A name of a file of features, or the digest of an object, in a list. */
  nameBytes: 79,
  digestBytes: 67,
  /** Notes of progress of a job, each second, at most. */
  notes: 2,
};

/** Longest text of V8. */
const LONGEST_TEXT = 2 ** 29 - 24;

/** Heap of Node on a machine with 16 GB or more, unless it is told otherwise. */
const HEAP = 4 * 2 ** 30;

/** What Redis may hold in `deploy/redis.conf`. */
const REDIS_MEMORY = 3 * 2 ** 30;

/** Jobs of a page of a listing, and bytes of an id that is under way. */
const PAGE = 200;
const ID_BYTES = 48;

const HOUR = 3600;

/** What Redis sees: a second on average, a second at the peak, in all. */
function redisOf(result, { workers, jobs, shards }, measured) {
  const { add, work, note, held, connections } = measured;
  const { seconds, taken, computed, tallies } = result;
  const steady = (name) => workers * (held[name] + jobs * DATA.notes * note[name]);
  const mean = (name) => {
    const all = add[name] * shards + work[name] * taken + note[name] * DATA.notes * computed;
    return all / seconds + workers * held[name];
  };
  const peak = (name) =>
    steady(name) + Math.max(add[name] * tallies.added.peak, work[name] * tallies.ended.peak);
  const of = (name) => ({ mean: mean(name), peak: peak(name) });
  return {
    commands: of("commands"),
    bytesIn: of("bytesIn"),
    bytesOut: of("bytesOut"),
    cpu: of("cpu"),
    log: mean("log") * seconds,
    memory: shards * (add.memory + work.memory),
    connections: workers * connections,
  };
}

/** What the store sees. */
function storeOf({ seconds, tallies }, { shards }) {
  const files = DATA.chunks * DATA.files;
  const header = headerBytes(shards);
  const lines = DATA.samples / DATA.lines + 1;
  const packs = (DATA.samples * DATA.pictureBytes) / DATA.packBytes + 1;
  const read = tallies.read.total;
  const written = tallies.written.total;
  const objects = {
    samples: (shards * DATA.samples) / DATA.lines,
    packs: (shards * DATA.samples * DATA.pictureBytes) / DATA.packBytes,
    features: shards * files,
    lists: shards + 1,
  };
  const bytesRead = read * (header + lines * DATA.lines * DATA.lineBytes + packs * DATA.packBytes);
  const bytesWritten = written * DATA.samples * DATA.files * DATA.vectorBytes;
  const reads = read * (3 + lines + packs);
  const writes = written * (files + 1);
  return {
    reads: { all: reads, mean: reads / seconds, peak: tallies.read.peak * (3 + lines + packs) },
    writes: { all: writes, mean: writes / seconds, peak: tallies.written.peak * (files + 1) },
    bytesRead: { all: bytesRead, mean: bytesRead / seconds },
    bytesWritten: { all: bytesWritten, mean: bytesWritten / seconds },
    objects: Object.values(objects).reduce((sum, count) => sum + count, 0),
    kept:
      shards * DATA.samples * (DATA.pictureBytes + DATA.lineBytes + DATA.files * DATA.vectorBytes),
  };
}

const headerBytes = (shards) => ((shards * DATA.samples) / DATA.lines) * DATA.digestBytes;

const namesBytes = DATA.chunks * DATA.files * DATA.nameBytes;

/** Sizes of what is one piece, however many shards there are. */
function piecesOf({ shards, workers, jobs, listSeconds }, { list, look }, memory) {
  const pages = shards / PAGE;
  return {
    names: shards * DATA.chunks * DATA.files,
    listOfNames: shards * namesBytes,
    header: headerBytes(shards),
    waitingJob: shards * look.bytesOut,
    coordinator: shards * (memory.job + DATA.samples * memory.sample),
    listing: {
      seconds: shards * list.seconds,
      bytes: shards * list.bytesOut + pages * workers * jobs * ID_BYTES,
    },
    gathering: shards * listSeconds,
  };
}

/** What breaks, and at how many shards, the first one first. */
function limitsOf({ workers, jobs, shardSeconds, listSeconds }, measured, memory) {
  const { add, work, note, held, list, look } = measured;
  const worker = held.cpu + jobs * (DATA.notes * note.cpu + work.cpu / shardSeconds);
  const shard =
    (DATA.samples / DATA.lines + 1) * DATA.lines * DATA.lineBytes +
    DATA.samples * DATA.pictureBytes +
    DATA.packBytes;
  const limits = [
    [
      "coordinator",
      HEAP / (memory.job + DATA.samples * memory.sample),
      "4 GiB of heap: all samples of the data set",
    ],
    [
      "progress",
      10 / (list.seconds + (workers * jobs * ID_BYTES) / PAGE / 100e6),
      "10 s to count the jobs that are done",
    ],
    ["gathering", HOUR / listSeconds, "1 h to read the lists of all shards, one after the other"],
    [
      "looking",
      (2 * 10e6) / look.bytesOut,
      "10 MB/s of looks at the job that waits for all shards",
    ],
    ["names", LONGEST_TEXT / namesBytes, "the list of all names is the longest text that V8 has"],
    [
      "header",
      shard / (headerBytes(1000) / 1000),
      "the header of the data is as large as all else that a shard reads",
    ],
    ["memory", REDIS_MEMORY / (add.memory + work.memory), "3 GiB of Redis"],
  ].map(([what, at, why]) => ({ what, shards: Math.floor(at), why }));
  return {
    shards: limits.sort((one, other) => one.shards - other.shards),
    /** Workers that keep one core of Redis busy. */
    workers: Math.floor(1 / worker),
  };
}

/** Everything on paper. */
export function onPaper(result, settings, measured, memory) {
  return {
    redis: redisOf(result, settings, measured),
    store: storeOf(result, settings),
    pieces: piecesOf(settings, measured, memory),
    limits: limitsOf(settings, measured, memory),
  };
}
