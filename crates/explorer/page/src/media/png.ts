/** PNG files, moving where there are several frames (APNG): W3C PNG, third edition. */

import type { Frames } from "./frames";

const SIGNATURE = [137, 80, 78, 71, 13, 10, 26, 10];

const CRCS = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let bit = 0; bit < 8; bit++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n;
});

function crc(bytes: Uint8Array): number {
  let sum = 0xffffffff;
  for (const byte of bytes) sum = CRCS[(sum ^ byte) & 255] ^ (sum >>> 8);
  return ~sum >>> 0;
}

/** Numbers of `sizes` bytes each, the high byte first. */
function packed(...numbers: [value: number, bytes: number][]): Uint8Array {
  return Uint8Array.from(numbers.flatMap(([value, bytes]) =>
    Array.from({ length: bytes }, (_, i) => (value >>> (8 * (bytes - 1 - i))) & 255)));
}

function joined(...parts: Uint8Array[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function chunk(name: string, data: Uint8Array): Uint8Array {
  const body = joined(new TextEncoder().encode(name), data);
  return joined(packed([data.length, 4]), body, packed([crc(body), 4]));
}

/** The lines, each as its difference to the one above: pixels are squares, so most are zeros. Then zlib. */
async function compressed(image: Uint8Array, row: number): Promise<Uint8Array> {
  const height = image.length / row;
  const lines = new Uint8Array(height * (row + 1));
  for (let y = 0; y < height; y++) {
    lines[y * (row + 1)] = 2; // "up"
    for (let x = 0; x < row; x++) {
      lines[y * (row + 1) + 1 + x] = image[y * row + x] - (y > 0 ? image[(y - 1) * row + x] : 0);
    }
  }
  const stream = new Blob([lines]).stream().pipeThrough(new CompressionStream("deflate"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** A PNG of one frame, an endless APNG of several, each shown for `delay` ms. */
export async function png({ width, height, channels, images }: Frames, delay = 0): Promise<Uint8Array<ArrayBuffer>> {
  const isMoving = images.length > 1;
  const chunks = [chunk("IHDR", packed([width, 4], [height, 4], [8, 1], [channels === 1 ? 0 : 2, 1], [0, 3]))];
  if (isMoving) chunks.push(chunk("acTL", packed([images.length, 4], [0, 4])));
  let sequence = 0;
  for (const [i, image] of images.entries()) {
    const data = await compressed(image, width * channels);
    if (isMoving) {
      const control = packed([sequence++, 4], [width, 4], [height, 4], [0, 8], [delay, 2], [1000, 2], [0, 2]);
      chunks.push(chunk("fcTL", control));
    }
    chunks.push(i === 0 ? chunk("IDAT", data) : chunk("fdAT", joined(packed([sequence++, 4]), data)));
  }
  return joined(Uint8Array.from(SIGNATURE), ...chunks, chunk("IEND", new Uint8Array()));
}
