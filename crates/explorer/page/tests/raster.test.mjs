import assert from "node:assert/strict";
import test from "node:test";

import { module, reference } from "./module.mjs";

const raster = await module("common/raster.ts");
const digits = await module("common/digits.ts");

/** The image that the reference was made of: pixel (x, y, c) is (7x² + 13y + 3xy + 101c) mod 256. */
function patterned(width, height) {
  const values = new Float32Array(width * height * 3);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      for (let c = 0; c < 3; c++) values[(y * width + x) * 3 + c] = (x * x * 7 + y * 13 + x * y * 3 + c * 101) % 256;
    }
  }
  return { width, height, channels: 3, values };
}

const rules = { shape: [28, 28, 1], pad: 0, fit: "resize", range: [0, 1], invert: false, background: 0, binarise: false };
const digit = (label) => Float32Array.from(Buffer.from(reference.digits[label], "base64"));

test("images are scaled as the crate image scales them", () => {
  for (const { from, to, bytes } of reference.resized) {
    const { values } = raster.scaled(patterned(...from), ...to);
    // Sums of floats in another order may fall to the other side of ½.
    values.forEach((value, i) => assert.ok(Math.abs(value - bytes[i]) <= 1, `${from} → ${to}, value ${i}`));
    const differing = values.filter((value, i) => value !== bytes[i]).length;
    assert.ok(differing <= 0.01 * bytes.length, `${from} → ${to}: ${differing} differ`);
  }
});

test("colours become the grey that the crate image makes of them", () => {
  assert.deepEqual([...raster.grey(patterned(6, 4)).values], reference.grey);
});

test("transparent pixels show the background", () => {
  const image = { width: 3, height: 1, channels: 4, values: Float32Array.of(200, 100, 0, 0, 200, 100, 0, 255, 200, 100, 0, 51) };
  assert.deepEqual([...raster.flattened(image, 0).values], [0, 0, 0, 200, 100, 0, 40, 20, 0]);
  assert.deepEqual([...raster.flattened(image, 1).values], [255, 255, 255, 200, 100, 0, 244, 224, 204]);
});

test("files have scales", () => {
  const image = { width: 4, height: 1, channels: 1, values: Float32Array.of(0, 51, 102, 255) };
  assert.deepEqual([...raster.onScale(image, [0, 1]).values], [0, 51, 102, 255]);
  assert.deepEqual([...raster.onScale(image, [0.2, 0.4]).values], [0, 0, 255, 255]);
  assert.deepEqual([...raster.onScale(image, [1, 0]).values], [255, 204, 153, 0]);
});

test("fits keep, cut or fill", () => {
  const wide = raster.grey(patterned(8, 4));
  const size = (fit) => raster.fitted(wide, 4, 4, fit, 9);
  assert.deepEqual([...raster.fitted(wide, 4, 4, "crop", 9).values], [...raster.cropped(wide, 2, 0, 4, 4).values]);
  const padded = size("pad").values;
  assert.ok([...padded.slice(0, 4), ...padded.slice(12)].every((value) => value === 9));
  assert.deepEqual([...padded.slice(4, 12)], [...raster.scaled(wide, 4, 2).values]);
  assert.deepEqual([...size("resize").values], [...raster.scaled(wide, 4, 4).values]);
});

test("the network sees swapped, bordered and two-valued pixels", () => {
  const image = { width: 2, height: 1, channels: 1, values: Float32Array.of(255, 51) };
  const see = (more) => Array.from(raster.seen(image, { ...rules, ...more }), (value) => +value.toFixed(3));
  assert.deepEqual(see({}), [1, 0.2]);
  assert.deepEqual(see({ invert: true }), [0, 0.8]);
  assert.deepEqual(see({ binarise: true, invert: true }), [0, 1]);
  assert.deepEqual(see({ pad: 1, invert: true }), [0, 0, 0, 0, 0, 0, 0.8, 0, 0, 0, 0, 0]);
});

test("digits of MNIST, moved anywhere, come back to where MNIST's makers put them", () => {
  for (let label = 0; label < 10; label++) {
    const image = { width: 28, height: 28, channels: 1, values: digit(label) };
    const moved = raster.placed(image, 3 * label, 40 - 5 * label, 70, 80, 0);
    assert.deepEqual(digits.centred(moved, 28).values, image.values, `a ${label}`);
  }
});

test("a digit on a photograph is found, whichever of ink and paper is dark", () => {
  for (let label = 0; label < 10; label++) {
    const image = { width: 28, height: 28, channels: 1, values: digit(label) };
    const moved = raster.placed(image, 7 + label, 30 - label, 70, 80, 0);
    // Grey paper, uneven by a few levels, with ink of the other side.
    const photograph = (dark) => moved.values.map((value, i) => {
      const light = Math.round(60 + (140 * value) / 255 + ((i * 7919) % 13) - 6);
      return dark ? 255 - light : light;
    });
    for (const dark of [false, true]) {
      const found = digits.centred(digits.inked({ ...moved, values: photograph(dark) }), 28).values;
      const distances = reference.digits.map((_, other) => Math.hypot(...found.map((value, i) => value - digit(other)[i])));
      assert.equal(distances.indexOf(Math.min(...distances)), label);
      assert.equal(found.filter((value, i) => value > 0 && (i < 28 || i % 28 === 0)).length, 0, "paper is black");
    }
  }
});

test("paper without ink has no digit", () => {
  const empty = { width: 4, height: 4, channels: 1, values: new Float32Array(16).fill(200) };
  assert.equal(digits.centred(digits.inked(empty), 28), null);
});

test("ink of any size is scaled to a box of 20 pixels, with its ratio kept", () => {
  const canvas = { width: 300, height: 300, channels: 1, values: new Float32Array(90000) };
  for (let y = 30; y < 270; y++) for (let x = 200; x < 260; x++) canvas.values[y * 300 + x] = 255;
  const bar = digits.centred(canvas, 28).values; // 60 × 240: 5 × 20
  const column = Array.from({ length: 28 }, (_, x) => bar[14 * 28 + x]);
  assert.equal(column.filter((value) => value > 0).length, 5);
  assert.equal(Array.from({ length: 28 }, (_, y) => bar[y * 28 + 14]).filter((value) => value === 255).length, 20);
  assert.equal(digits.centred({ ...canvas, values: new Float32Array(90000) }, 28), null);
});
