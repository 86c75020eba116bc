/** Moving GIF files. Greys are exact; colours are brought to 256 that all frames share. */

import { applyPalette, GIFEncoder, quantize } from "gifenc";

import { enlarged, type Frames } from "./frames";

const GREYS = Array.from({ length: 256 }, (_, level) => [level, level, level]);

/** An endless GIF, `factor` times as large as the frames, each shown for `delay` ms. */
export function gif({ width, height, channels, images }: Frames, factor: number, delay: number): Uint8Array<ArrayBuffer> {
  const colours = channels === 3 ? images.map(rgba) : [];
  const palette = channels === 3 ? quantize(joined(colours), 256) : GREYS;
  const encoder = GIFEncoder();
  images.forEach((image, i) => {
    const index = channels === 3 ? applyPalette(colours[i], palette) : image;
    const larger = enlarged(index, width, 1, factor);
    encoder.writeFrame(larger, width * factor, height * factor, { ...(i === 0 ? { palette } : {}), delay, repeat: 0 });
  });
  encoder.finish();
  return encoder.bytes();
}

function rgba(image: Uint8Array): Uint8Array {
  const out = new Uint8Array((image.length / 3) * 4).fill(255);
  for (let i = 0; i < image.length; i++) out[Math.floor(i / 3) * 4 + (i % 3)] = image[i];
  return out;
}

function joined(images: Uint8Array[]): Uint8Array {
  const all = new Uint8Array(images.reduce((sum, image) => sum + image.length, 0));
  images.reduce((at, image) => (all.set(image, at), at + image.length), 0);
  return all;
}
