/** @module libjpeg-turbo as WebAssembly: decodes a JPEG at a fraction of its size. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

/** Interleaved RGB. */
export interface RgbPixels {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** What the module offers of the TurboJPEG interface; numbers are addresses and sizes. */
interface TurboJpeg {
  readonly memory: WebAssembly.Memory;
  readonly malloc: (size: number) => number;
  readonly free: (address: number) => void;
  readonly tjInitDecompress: () => number;
  /** 0, or -1 after an error or a warning. */
  readonly tjDecompress2: (
    ...call: [
      ...[decoder: number, jpeg: number, size: number, pixels: number],
      ...[width: number, pitch: number, height: number, format: number, flags: number],
    ]
  ) => number;
}

const RGB = 0;
const EIGHTHS = 8;

/** The module calls this where it cannot go on; there is nowhere to jump to. */
function stop(): never {
  throw new Error("the decoder gave up");
}

/** The system as the module sees it: nothing is there. */
const IMPORTS = {
  env: { setjmp: () => 0, longjmp: stop },
  wasi_snapshot_preview1: {
    environ_sizes_get: () => 0,
    ...{ environ_get: stop, proc_exit: stop, fd_close: stop, fd_seek: stop, fd_write: stop },
  },
};

function compile(): WebAssembly.Module {
  const path = createRequire(import.meta.url).resolve("@cwasm/jpeg-turbo/jpeg-turbo.wasm");
  return new WebAssembly.Module(readFileSync(path));
}

/**
 * A decoder with a memory of its own. Whatever a hostile file does to it stays in there; after an error
 * it starts afresh.
 */
export class JpegDecoder {
  readonly #module = compile();
  #turbo: TurboJpeg | null = null;
  #handle = 0;
  /** Address of the last picture's pixels. */
  #output = 0;

  /**
   * Decodes at `eighths / 8` of the size, which takes less time the smaller it is: high frequencies are
   * left out before they become pixels.
   *
   * @returns Pixels that lie in the decoder's memory until its next call; `null` where anything is wrong
   *   with the file, even what a decoder could pass over.
   */
  decode(
    jpeg: Uint8Array,
    size: { readonly width: number; readonly height: number },
    eighths: number,
  ): RgbPixels | null {
    const width = Math.ceil((size.width * eighths) / EIGHTHS);
    const height = Math.ceil((size.height * eighths) / EIGHTHS);
    try {
      const data = this.#decompress(jpeg, width, height);
      return data && { data, width, height };
    } catch {
      this.#turbo = null;
      return null;
    }
  }

  #decompress(jpeg: Uint8Array, width: number, height: number): Uint8Array | null {
    const turbo = this.#open();
    turbo.free(this.#output);
    this.#output = turbo.malloc(3 * width * height);
    const input = turbo.malloc(jpeg.length);
    if (input === 0 || this.#output === 0) stop();
    new Uint8Array(turbo.memory.buffer).set(jpeg, input);
    const call = [
      this.#handle,
      input,
      jpeg.length,
      this.#output,
      width,
      0,
      height,
      RGB,
      0,
    ] as const;
    const failed = turbo.tjDecompress2(...call) !== 0;
    turbo.free(input);
    // Taken anew: where the memory grew, it lies elsewhere now.
    return failed ? null : new Uint8Array(turbo.memory.buffer, this.#output, 3 * width * height);
  }

  #open(): TurboJpeg {
    if (!this.#turbo) {
      const { exports } = new WebAssembly.Instance(this.#module, IMPORTS);
      this.#turbo = exports as unknown as TurboJpeg;
      this.#handle = this.#turbo.tjInitDecompress();
      this.#output = 0;
    }
    return this.#turbo;
  }
}
