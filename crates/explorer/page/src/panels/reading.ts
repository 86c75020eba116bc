/** Image files of the user's own, as rasters. */

import type { Raster } from "../common/raster";

const MOST_BYTES = 64 * 2 ** 20;
const MOST_PIXELS = 100e6;
/** Larger images are first halved by the canvas: their rasters would fill the memory. */
const MANY_PIXELS = 2e6;

/**
 * Reads an image upright, [height, width, RGBA].
 *
 * Fails with a sentence for people.
 */
export async function readImage(file: File): Promise<Raster> {
  const name = file.name || "What was pasted";
  if (file.size > MOST_BYTES) throw new Error(`${name} is larger than ${MOST_BYTES >> 20} MiB: make it smaller first.`);
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file, {
      imageOrientation: "from-image", premultiplyAlpha: "none", colorSpaceConversion: "none",
    });
  } catch {
    throw new Error(`${name} is no image that this browser reads: PNG, JPEG, WebP and GIF are.`);
  }
  let { width, height } = bitmap;
  if (width * height > MOST_PIXELS) {
    bitmap.close();
    throw new Error(`${name} has ${width}×${height} pixels, more than ${MOST_PIXELS / 1e6} million: make it smaller first.`);
  }
  while (width * height > MANY_PIXELS) [width, height] = [Math.ceil(width / 2), Math.ceil(height / 2)];
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [width, height];
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  return rasterOf(context);
}

/** What is on a canvas, [height, width, RGBA]. */
export function rasterOf(context: CanvasRenderingContext2D): Raster {
  const { width, height } = context.canvas;
  const { data } = context.getImageData(0, 0, width, height);
  return { width, height, channels: 4, values: Float32Array.from(data) };
}
