/** @module libjpeg-turbo as WebAssembly: decodes a JPEG at a fraction of its size. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

import { ROOM } from "../kernel.js";
import { type Heap, Scaler, type Size } from "./scale.js";

/** Interleaved RGB. */
export interface RgbPixels {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
}

/** What the module offers of the TurboJPEG interface; numbers are addresses and sizes. */
interface TurboJpeg extends Heap {
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

/** A decoder that has been set up. */
interface OpenDecoder {
  readonly turbo: TurboJpeg;
  readonly handle: number;
  readonly scaler: Scaler;
}

function openDecoder(module: WebAssembly.Module): OpenDecoder {
  const { exports } = new WebAssembly.Instance(module, IMPORTS);
  const turbo = exports as unknown as TurboJpeg;
  return { turbo, handle: turbo.tjInitDecompress(), scaler: new Scaler(turbo) };
}

/** Decodes to an address; whether all of it could be. */
function decompress(
  { turbo, handle }: OpenDecoder,
  jpeg: Uint8Array,
  pixels: number,
  { width, height }: Size,
): boolean {
  const input = turbo.malloc(jpeg.length);
  if (input === 0 || pixels === 0) stop();
  new Uint8Array(turbo.memory.buffer).set(jpeg, input);
  const file = [handle, input, jpeg.length] as const;
  const failed = turbo.tjDecompress2(...file, pixels, width, 0, height, RGB, 0) !== 0;
  turbo.free(input);
  return !failed;
}

/**
 * A decoder with a memory of its own. Whatever a hostile file does to it stays in there; after an error
 * it starts afresh.
 */
export class JpegDecoder {
  readonly #module = compile();
  #open: OpenDecoder | null = null;

  /**
   * Decodes at `eighths / 8` of the size, which takes less time the smaller it is: high frequencies are
   * left out before they become pixels. Then scales to the wanted size.
   *
   * @param to - At most as wide and as high as what is decoded.
   * @returns `null` where anything is wrong with the file, even what a decoder could pass over.
   */
  decode(jpeg: Uint8Array, size: Size, eighths: number, to: Size): RgbPixels | null {
    const decoded = {
      width: Math.ceil((size.width * eighths) / EIGHTHS),
      height: Math.ceil((size.height * eighths) / EIGHTHS),
    };
    try {
      this.#open ??= openDecoder(this.#module);
      const { turbo, scaler } = this.#open;
      const pixels = turbo.malloc(3 * decoded.width * decoded.height + ROOM);
      const isWhole = decompress(this.#open, jpeg, pixels, decoded);
      const data = isWhole ? scaler.scale(pixels, decoded, to) : null;
      turbo.free(pixels);
      return data && { data, ...to };
    } catch {
      this.#open = null;
      return null;
    }
  }
}
