/** Images in bytes, for files: one after the other, or side by side. */

/** Images of one size, in bytes [height, width, channels]. */
export interface Frames {
  width: number;
  height: number;
  channels: 1 | 3;
  images: Uint8Array[];
}

/** Pixels in [0, 1], [n, height, width, channels], as bytes. */
export function framesOf(values: Float32Array, [height, width, channels]: number[]): Frames {
  const size = height * width * channels;
  const bytes = Uint8Array.from(values, (value) => Math.round(255 * Math.min(1, Math.max(0, value))));
  const images = Array.from({ length: values.length / size }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
  return { width, height, channels: channels === 1 ? 1 : 3, images };
}

/** One image made larger by a whole factor, pixels as squares. */
export function enlarged(image: Uint8Array, width: number, channels: number, factor: number): Uint8Array {
  const height = image.length / (width * channels);
  const row = width * factor * channels;
  const out = new Uint8Array(height * factor * row);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width * factor; x++) {
      const from = (y * width + Math.floor(x / factor)) * channels;
      for (let c = 0; c < channels; c++) out[y * factor * row + x * channels + c] = image[from + c];
    }
    for (let copy = 1; copy < factor; copy++) {
      out.copyWithin((y * factor + copy) * row, y * factor * row, (y * factor + 1) * row);
    }
  }
  return out;
}

/** The factor that brings the longer side to about `side` pixels. */
export function factorFor({ width, height }: { width: number; height: number }, side: number): number {
  return Math.max(1, Math.round(side / Math.max(width, height)));
}

/** All frames larger by a whole factor. */
export function enlargedFrames(frames: Frames, factor: number): Frames {
  const { width, height, channels, images } = frames;
  const larger = images.map((image) => enlarged(image, width, channels, factor));
  return { width: width * factor, height: height * factor, channels, images: larger };
}

/** All in one image, `columns` in a row, with white lines of one pixel between. */
export function sheet({ width, height, channels, images }: Frames, columns: number): Frames {
  const rows = Math.ceil(images.length / columns);
  const [w, h] = [columns * (width + 1) - 1, rows * (height + 1) - 1];
  const out = new Uint8Array(w * h * channels).fill(255);
  images.forEach((image, i) => {
    const [left, top] = [(i % columns) * (width + 1), Math.floor(i / columns) * (height + 1)];
    for (let y = 0; y < height; y++) {
      const line = image.subarray(y * width * channels, (y + 1) * width * channels);
      out.set(line, ((top + y) * w + left) * channels);
    }
  });
  return { width: w, height: h, channels, images: [out] };
}
