import assert from "node:assert/strict";
import test from "node:test";
import { inflateSync, crc32 } from "node:zlib";

import { module } from "./module.mjs";

const frames = await module("media/frames.ts");
const { png } = await module("media/png.ts");
const { gif } = await module("media/gif.ts");

/** The chunks of a PNG, their checksums checked. */
function chunks(file) {
  const view = new DataView(file.buffer);
  assert.deepEqual([...file.subarray(0, 8)], [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const found = [];
  for (let at = 8; at < file.length; ) {
    const length = view.getUint32(at);
    const body = file.subarray(at + 4, at + 8 + length);
    if (crc32) assert.equal(view.getUint32(at + 8 + length), crc32(body));
    found.push({ name: Buffer.from(body.subarray(0, 4)).toString(), data: body.subarray(4) });
    at += 12 + length;
  }
  return found;
}

/** Pixels of lines filtered by "up". */
function unfiltered(data, row) {
  const lines = inflateSync(data);
  const height = lines.length / (row + 1);
  const out = new Uint8Array(height * row);
  for (let y = 0; y < height; y++) {
    assert.equal(lines[y * (row + 1)], 2);
    for (let x = 0; x < row; x++) out[y * row + x] = lines[y * (row + 1) + 1 + x] + (y > 0 ? out[(y - 1) * row + x] : 0);
  }
  return out;
}

const film = (channels) => frames.framesOf(Float32Array.from({ length: 3 * 4 * 2 * channels }, (_, i) => ((i * 37) % 256) / 255), [2, 4, channels]);

test("a moving PNG holds its frames in order", async () => {
  for (const channels of [1, 3]) {
    const made = film(channels);
    const found = chunks(await png(made, 80));
    assert.deepEqual(found.map(({ name }) => name), ["IHDR", "acTL", "fcTL", "IDAT", "fcTL", "fdAT", "fcTL", "fdAT", "IEND"]);
    const number = ({ data }, at = 0) => new DataView(data.buffer, data.byteOffset).getUint32(at);
    assert.deepEqual([number(found[0]), number(found[0], 4), number(found[1])], [4, 2, 3]);
    assert.deepEqual([2, 4, 5, 6, 7].map((i) => number(found[i])), [0, 1, 2, 3, 4]);
    const pixels = [found[3].data, found[5].data.subarray(4), found[7].data.subarray(4)];
    pixels.forEach((data, i) => assert.deepEqual(unfiltered(data, 4 * channels), Uint8Array.from(made.images[i])));
  }
});

test("a PNG of one frame does not move", async () => {
  const made = frames.sheet(film(1), 2);
  assert.deepEqual([made.width, made.height], [9, 5]);
  assert.deepEqual(chunks(await png(made)).map(({ name }) => name), ["IHDR", "IDAT", "IEND"]);
});

test("images become larger by whole factors, and stand side by side", () => {
  assert.deepEqual([...frames.enlarged(Uint8Array.of(1, 2, 3, 4), 2, 1, 2)], [1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4, 3, 3, 4, 4]);
  assert.deepEqual([...frames.enlarged(Uint8Array.of(1, 2, 3, 4, 5, 6), 2, 3, 1)], [1, 2, 3, 4, 5, 6]);
  const pair = frames.sheet({ width: 1, height: 1, channels: 1, images: [Uint8Array.of(7), Uint8Array.of(8), Uint8Array.of(9)] }, 2);
  assert.deepEqual([...pair.images[0]], [7, 255, 8, 255, 255, 255, 9, 255, 255]);
  assert.equal(frames.factorFor({ width: 28, height: 28 }, 512), 18);
});

test("values outside of [0, 1] are the nearest bytes", () => {
  assert.deepEqual([...frames.framesOf(Float32Array.of(-1, 0.5, 2, NaN), [2, 2, 1]).images[0]], [0, 128, 255, 0]);
});

/** The frames of a GIF as indices, and its palette (GIF89a, appendices F and G). */
function decodedGif(file) {
  const palette = file.subarray(13, 13 + 3 * 2 ** ((file[10] & 7) + 1));
  const images = [];
  for (let at = 13 + palette.length; file[at] !== 0x3b; at++) {
    const isImage = file[at] === 0x2c;
    at += isImage ? 10 : 2;
    const least = file[at];
    if (isImage) at++;
    const data = [];
    for (; file[at] !== 0; at += file[at] + 1) data.push(...file.subarray(at + 1, at + 1 + file[at]));
    if (isImage) images.push(unpacked(data, least));
  }
  return { palette, images };
}

/** LZW with codes of growing size. */
function unpacked(data, least) {
  const [clear, end] = [2 ** least, 2 ** least + 1];
  const out = [];
  let table, size, last;
  for (let bit = 0; ; ) {
    let code = 0;
    size ??= least + 1;
    for (let i = 0; i < size; i++, bit++) code |= ((data[bit >> 3] >> (bit & 7)) & 1) << i;
    if (code === end) return out;
    if (code === clear) {
      table = Array.from({ length: end + 1 }, (_, value) => [value]);
      [size, last] = [least + 1, undefined];
      continue;
    }
    if (last) table.push([...last, (table[code] ?? last)[0]]);
    last = table[code];
    out.push(...last);
    if (table.length === 2 ** size && size < 12) size++;
  }
}

test("a GIF of greys has all of them exactly, and repeats", () => {
  const made = film(1);
  const file = gif(made, 2, 80);
  assert.ok(Buffer.from(file).toString("latin1").includes("NETSCAPE2.0"));
  assert.deepEqual([file[6], file[8]], [8, 4]);
  const { palette, images } = decodedGif(file);
  assert.ok(palette.every((level, i) => level === Math.floor(i / 3)));
  assert.deepEqual(images, made.images.map((image) => [...frames.enlarged(image, 4, 1, 2)]));
});

test("a GIF of colours is close to them", () => {
  const made = film(3);
  const { palette, images } = decodedGif(gif(made, 1, 80));
  images.forEach((image, frame) => image.forEach((colour, pixel) => {
    for (let c = 0; c < 3; c++) assert.ok(Math.abs(palette[3 * colour + c] - made.images[frame][3 * pixel + c]) < 8);
  }));
});
