/**
 * Images of the user's own, brought to what the network sees as `crates/data` brings files: over their background, grey by
 * the same weights, scaled by the same filter, cut or filled to the same sides.
 */

import type { InputRules } from "../payload";

/** Bytes, [height, width, channels]; between steps not yet rounded. */
export interface Raster {
  width: number;
  height: number;
  channels: number;
  values: Float32Array;
}

/** Values of one channel at each pixel, from another raster's. */
function mapped({ width, height, channels }: Raster, to: number, pixel: (at: number, c: number) => number): Raster {
  const out = new Float32Array(width * height * to);
  for (let i = 0; i < width * height; i++) for (let c = 0; c < to; c++) out[i * to + c] = pixel(i * channels, c);
  return { width, height, channels: to, values: out };
}

/** RGBA over a grey of 0 or 1. */
export function flattened(image: Raster, background: number): Raster {
  const { values } = image;
  const behind = 255 * background;
  return mapped(image, 3, (at, c) => {
    const alpha = values[at + 3];
    return Math.floor((values[at + c] * alpha + behind * (255 - alpha) + 127) / 255);
  });
}

/** Values of a file on their scale: `range` are the shares of white that become 0 and 1. */
export function onScale(image: Raster, [low, high]: [number, number]): Raster {
  const { channels, values } = image;
  if (low === 0 && high === 1) return image;
  const share = (value: number) => Math.min(1, Math.max(0, (value / 255 - low) / (high - low)));
  return mapped(image, channels, (at, c) => Math.round(255 * share(values[at + c])));
}

/** RGB as luma of ITU-R BT.709, rounded as the crate `image` does. */
export function grey(image: Raster): Raster {
  const { values } = image;
  return mapped(image, 1, (at) => Math.round((2126 * values[at] + 7152 * values[at + 1] + 722 * values[at + 2]) / 10000));
}

/** Which pixels of a line of `from` make each one of `to`, and how much: a triangle as wide as a pixel of the coarser. */
function weights(from: number, to: number): { first: number; shares: number[] }[] {
  const ratio = from / to;
  const reach = Math.max(1, ratio);
  return Array.from({ length: to }, (_, out) => {
    const centre = (out + 0.5) * ratio;
    const first = Math.min(from - 1, Math.max(0, Math.floor(centre - reach)));
    const end = Math.min(from, Math.max(first + 1, Math.ceil(centre + reach)));
    const kernel = Array.from({ length: end - first }, (_, i) => {
      return Math.max(0, 1 - Math.abs(first + i + 0.5 - centre) / reach);
    });
    const sum = kernel.reduce((a, b) => a + b);
    return { first, shares: kernel.map((share) => share / sum) };
  });
}

/** Scaled by a triangle filter, down to bytes: `FilterType::Triangle` of the crate `image`. */
export function scaled(image: Raster, width: number, height: number): Raster {
  if (image.width === width && image.height === height) return image;
  const row = image.width * image.channels;
  const tall = new Float32Array(height * row); // [new height, old width, channels]
  weights(image.height, height).forEach(({ first, shares }, y) => {
    shares.forEach((share, i) => {
      const from = (first + i) * row;
      for (let x = 0; x < row; x++) tall[y * row + x] += share * image.values[from + x];
    });
  });
  const { channels } = image;
  const values = new Float32Array(height * width * channels);
  weights(image.width, width).forEach(({ first, shares }, x) => {
    for (let y = 0; y < height; y++) {
      for (let c = 0; c < channels; c++) {
        let sum = 0;
        shares.forEach((share, i) => (sum += share * tall[y * row + (first + i) * channels + c]));
        values[(y * width + x) * channels + c] = Math.min(255, Math.max(0, Math.round(sum)));
      }
    }
  });
  return { width, height, channels, values };
}

/** A part of the image. */
export function cropped({ width: from, channels, values }: Raster, x: number, y: number, width: number, height: number): Raster {
  const out = new Float32Array(width * height * channels);
  for (let line = 0; line < height; line++) {
    const start = ((y + line) * from + x) * channels;
    out.set(values.subarray(start, start + width * channels), line * width * channels);
  }
  return { width, height, channels, values: out };
}

/** On a canvas of one colour, its corner at (x, y); what lies outside is lost. */
export function placed(image: Raster, x: number, y: number, width: number, height: number, behind: number): Raster {
  const { channels } = image;
  const values = new Float32Array(width * height * channels).fill(behind);
  for (let line = Math.max(0, -y); line < Math.min(image.height, height - y); line++) {
    for (let column = Math.max(0, -x); column < Math.min(image.width, width - x); column++) {
      for (let c = 0; c < channels; c++) {
        values[((y + line) * width + x + column) * channels + c] =
          image.values[(line * image.width + column) * channels + c];
      }
    }
  }
  return { width, height, channels, values };
}

/** Brought to sides as the data set's images were. */
export function fitted(image: Raster, width: number, height: number, fit: InputRules["fit"], behind: number): Raster {
  const [w, h] = [image.width, image.height];
  if (w === width && h === height) return image;
  // The sides of a rectangle of proportions a:b with one side given, at least 1.
  const side = (given: number, a: number, b: number) => Math.max(1, Math.floor((given * a) / b));
  const isWider = w * height > h * width;
  if (fit === "resize") return scaled(image, width, height);
  if (fit === "crop") {
    const [cw, ch] = isWider ? [side(h, width, height), h] : [w, side(w, height, width)];
    return scaled(cropped(image, (w - cw) >> 1, (h - ch) >> 1, cw, ch), width, height);
  }
  const [pw, ph] = isWider ? [width, side(width, h, w)] : [side(height, w, h), height];
  return placed(scaled(image, pw, ph), (width - pw) >> 1, (height - ph) >> 1, width, height, behind);
}

/** Height, width and channels of the data set's images: without the border of zeros. */
export function innerShape({ shape, pad }: InputRules): [number, number, number] {
  return [shape[0] - 2 * pad, shape[1] - 2 * pad, shape[2] ?? 1];
}

/** A file's RGBA as an image of the data set. */
export function fromFile(rgba: Raster, rules: InputRules): Raster {
  const [height, width, channels] = innerShape(rules);
  const flat = onScale(flattened(rgba, rules.background), rules.range);
  return fitted(channels === 1 ? grey(flat) : flat, width, height, rules.fit, 255 * rules.background);
}

/** An image of the data set as the network sees it: in [0, 1], swapped, with its border, at two levels. */
export function seen({ width, height, channels, values }: Raster, { invert, pad, binarise }: InputRules): Float32Array {
  const row = (width + 2 * pad) * channels;
  const image = new Float32Array((height + 2 * pad) * row);
  values.forEach((byte, i) => {
    const [y, x] = [Math.floor(i / (width * channels)), i % (width * channels)];
    image[(y + pad) * row + pad * channels + x] = invert ? 1 - byte / 255 : byte / 255;
  });
  return binarise ? image.map((value) => (value > 0.5 ? 1 : 0)) : image;
}
