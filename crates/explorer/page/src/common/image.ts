/** Images on canvases: what networks see and make, small images of points, and where two differ. */

import type { Opened } from "../opened";
import { model, opened } from "../state";

/** Errors from here on are drawn at full strength, where none is larger. */
const STRONG = 0.25;
/** Errors are drawn in these: too dark, too bright (blue and vermilion of Okabe & Ito). */
const TOO_DARK = [0x00, 0x72, 0xb2];
const TOO_BRIGHT = [0xd5, 0x5e, 0x00];

/** Whether the current model sees rows of a table, which have no image. */
export function isTable(): boolean {
  return model.value.input.shape.length === 1;
}

/** Height, width and channels of images, an empty image for rows. */
export function imageShape(): [number, number, number] {
  const [height, width, channels] = model.value.input.shape;
  return width === undefined ? [0, 0, 0] : [height, width, channels ?? 1];
}

/** Pixels in [0, 1], [height, width, channels], as bytes with alpha. */
export function bytesOf(values: Float32Array, [height, width, channels]: number[]): ImageData {
  const image = new ImageData(width, height);
  for (let pixel = 0; pixel < height * width; pixel++) {
    for (let c = 0; c < 3; c++) {
      const value = values[pixel * channels + (channels === 1 ? 0 : c)];
      image.data[4 * pixel + c] = Math.round(255 * value); // clamped by its type
    }
    image.data[4 * pixel + 3] = 255;
  }
  return image;
}

/** Draws pixels in [0, 1] on a canvas, which gets their size; its style makes it larger, with crisp pixels. */
export function paint(canvas: HTMLCanvasElement, values: Float32Array, shape: number[]): void {
  put(canvas, bytesOf(values, shape));
}

function put(canvas: HTMLCanvasElement, image: ImageData): void {
  if (canvas.width !== image.width) canvas.width = image.width;
  if (canvas.height !== image.height) canvas.height = image.height;
  canvas.getContext("2d")!.putImageData(image, 0, 0);
}

/**
 * Draws the signed error of `values` against `truth`, the mean over channels: vermilion where it is too bright, blue where
 * it is too dark, the stronger the larger, nothing where it is right. Tells the largest error.
 */
export function paintError(
  canvas: HTMLCanvasElement, values: Float32Array, truth: Float32Array, [height, width, channels]: number[],
): number {
  const errors = new Float32Array(height * width);
  for (let i = 0; i < errors.length * channels; i++) errors[Math.floor(i / channels)] += (values[i] - truth[i]) / channels;
  const largest = errors.reduce((most, error) => Math.max(most, Math.abs(error)), 0);
  const image = new ImageData(width, height);
  errors.forEach((error, pixel) => {
    const strength = Math.abs(error) / Math.max(STRONG, largest);
    image.data.set([...(error > 0 ? TOO_BRIGHT : TOO_DARK), Math.round(255 * strength)], 4 * pixel);
  });
  put(canvas, image);
  return largest;
}

/** Where the small image of a point lies; null where it has none. */
function place({ images, sheets }: Opened, point: number): { sheet: ImageBitmap; x: number; y: number } | null {
  if (!images || point < 0 || point >= images.count) return null;
  const within = point % images.perSheet;
  const row = Math.floor(within / images.columns);
  return {
    sheet: sheets[Math.floor(point / images.perSheet)],
    x: (within - row * images.columns) * images.width,
    y: row * images.height,
  };
}

/** Whether a point has a small image. */
export function hasImage(point: number): boolean {
  return place(opened.value!, point) !== null;
}

/** Draws the small image of a point on a canvas, which gets its size. Tells whether there is one. */
export function paintPoint(canvas: HTMLCanvasElement, point: number): boolean {
  const { images } = opened.peek()!;
  const found = place(opened.peek()!, point);
  if (!images || !found) return false;
  canvas.width = images.width;
  canvas.height = images.height;
  const { sheet, x, y } = found;
  canvas.getContext("2d")!.drawImage(sheet, x, y, images.width, images.height, 0, 0, images.width, images.height);
  return true;
}

let reader: CanvasRenderingContext2D | undefined;

/** A point's image as the network sees it, from its small image; null where that is not exact. */
export function seenOf(point: number): Float32Array | null {
  const { images } = opened.value!;
  const found = place(opened.value!, point);
  const [height, width, channels] = imageShape();
  if (!images?.exact || !found || channels !== images.channels) return null;
  const [top, left] = [(height - images.height) / 2, (width - images.width) / 2];
  if (top < 0 || left < 0 || !Number.isInteger(top) || !Number.isInteger(left)) return null;
  reader ??= document.createElement("canvas").getContext("2d", { willReadFrequently: true })!;
  reader.canvas.width = images.width; // also clears it
  reader.canvas.height = images.height;
  reader.drawImage(found.sheet, found.x, found.y, images.width, images.height, 0, 0, images.width, images.height);
  const { data } = reader.getImageData(0, 0, images.width, images.height);
  const values = new Float32Array(height * width * channels);
  for (let y = 0; y < images.height; y++) {
    for (let x = 0; x < images.width; x++) {
      for (let c = 0; c < channels; c++) {
        values[((y + top) * width + x + left) * channels + c] = data[4 * (y * images.width + x) + c] / 255;
      }
    }
  }
  return values;
}

/** Draws a standardised row as columns up and down from the middle, three deviations high. */
export function paintRow(canvas: HTMLCanvasElement, row: Float32Array): void {
  const side = 120;
  canvas.width = canvas.height = side;
  const context = canvas.getContext("2d")!;
  context.fillStyle = "#3f90da";
  row.forEach((score, i) => {
    const height = (Math.min(3, Math.abs(score)) * side) / 6;
    context.fillRect((i * side) / row.length, score > 0 ? side / 2 - height : side / 2, (0.8 * side) / row.length, height);
  });
}

export interface TableBar {
  name: string;
  /** In the owner's units. */
  value: number;
  /** In deviations from the mean: the bar. */
  score: number;
}

/** A table's row, standardised as the network has it, as bars. */
export function barsOf(row: Float32Array): TableBar[] {
  const { table } = model.value.input;
  return Array.from(row, (score, i) => ({
    name: table?.names[i] ?? `${i + 1}`,
    value: table ? table.mean[i] + score * table.deviation[i] : score,
    score,
  }));
}
