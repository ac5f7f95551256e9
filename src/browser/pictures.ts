/** @module Pictures of a page as pixels. */

/** A picture that a canvas can draw. */
export type Drawable = ImageBitmap | HTMLCanvasElement | OffscreenCanvas | HTMLImageElement;

/** Interleaved RGBA as planar RGB. */
function planes(rgba: Uint8ClampedArray, count: number): Uint8Array {
  const pixels = new Uint8Array(3 * count);
  for (let at = 0; at < count; at++) {
    for (let channel = 0; channel < 3; channel++) {
      pixels[channel * count + at] = rgba[4 * at + channel]!;
    }
  }
  return pixels;
}

/**
 * Pixels of a picture as models take them: planar RGB, `[3, side, side]`, 0..255. The whole picture is fitted into the
 * square, in the middle of a white ground, as in Node; a browser scales a little differently.
 */
export function pixelsOf(picture: Drawable, side: number): Uint8Array {
  const { width, height } = picture;
  const canvas = new OffscreenCanvas(side, side);
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  context.fillStyle = "#fff";
  context.fillRect(0, 0, side, side);
  context.imageSmoothingQuality = "high";
  const scale = side / Math.max(width, height);
  const [across, down] = [width, height].map((size) => Math.max(1, Math.round(size * scale)));
  const left = Math.floor((side - across!) / 2);
  context.drawImage(picture, left, Math.floor((side - down!) / 2), across!, down!);
  return planes(context.getImageData(0, 0, side, side).data, side * side);
}
