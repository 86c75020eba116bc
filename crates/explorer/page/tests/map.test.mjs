// The map's geometry: picking, which images come first, projections, addresses.

import assert from "node:assert/strict";
import test from "node:test";

import { module } from "./module.mjs";

globalThis.matchMedia = () => ({ matches: false, addEventListener() {} });
globalThis.document = { documentElement: { dataset: {} } };

const { Grid } = await module("map/grid.ts");
const { levels } = await module("map/levels.ts");
const { across, axesOf, project } = await module("map/projection.ts");
const fragment = await module("shell/fragment.ts");
const { philox } = await module("common/random.ts");

/** Numbers in [0, 100). */
const random = (count) => Float32Array.from({ length: count }, (_, i) => (philox([7n, 0n], [BigInt(i), 0n, 0n, 0n])[0] / 2 ** 32) * 100);

const distances = (positions, x, y) =>
  Array.from({ length: positions.length / 2 }, (_, i) => Math.hypot(positions[2 * i] - x, positions[2 * i + 1] - y));

test("the grid finds the nearest point, as trying all does", () => {
  const positions = random(2000);
  positions[10] = NaN;
  const grid = new Grid(positions);
  for (let i = 0; i < 300; i++) {
    const [x, y] = [positions[1000 + i] + 3, 110 - positions[1500 + i]];
    const isOut = (distance, point) => Number.isNaN(distance) || point % 3 === 0;
    const all = distances(positions, x, y).map((distance, point) => (isOut(distance, point) ? Infinity : distance));
    const best = Math.min(...all);
    const counts = (point) => point % 3 !== 0;
    assert.equal(all[grid.nearestOfAll(x, y, counts)], best);
    const near = grid.nearest(x, y, 2, counts);
    assert.equal(near === null ? Infinity : all[near], best <= 2 ? best : Infinity);
  }
  assert.equal(grid.nearestOfAll(0, 0, () => false), null);
});

test("in each square of a level exactly one point that counts is an image", () => {
  const positions = random(3000);
  const counts = (point) => point % 4 !== 1;
  const found = levels(positions, [0, 0, 100, 100], counts);
  for (let level = 0; level < 8; level++) {
    const squares = new Map();
    for (let point = 0; point < 1500; point++) {
      if (!counts(point)) {
        assert.equal(found[point], 255);
        continue;
      }
      const square = [0, 1].map((axis) => Math.floor((positions[2 * point + axis] / 100) * 2 ** level)).join();
      squares.set(square, (squares.get(square) ?? 0) + (found[point] <= level ? 1 : 0));
    }
    for (const [square, images] of squares) assert.equal(images, 1, `level ${level}, square ${square}`);
  }
});

test("coordinates on a map lead back to it", () => {
  const mean = Float32Array.of(1, 2, 3);
  const components = Float32Array.of(0.6, 0.8, 0, -1.6, 1.2, 0);
  const [x, y] = [0.3, -1.7];
  const code = mean.map((value, k) => value + x * components[k] + y * components[3 + k]);
  code[2] += 5; // across both
  const found = project(code, { mean, components });
  assert.ok(Math.abs(found[0] - x) < 1e-6 && Math.abs(found[1] - y) < 1e-6);
});

test("a walk through a code keeps what the map does not show", () => {
  const inverse = { mean: Float32Array.of(1, 2, 3), components: Float32Array.of(0.6, 0.8, 0, -1.6, 1.2, 0) };
  const through = Float32Array.of(4, -1, 9);
  const [x0, y0] = project(through, inverse);
  for (const [x, y] of [[x0, y0], [0.3, -1.7]]) {
    const found = across(inverse, x, y, through);
    project(found, inverse).forEach((value, i) => assert.ok(Math.abs(value - [x, y][i]) < 1e-6));
    assert.equal(found[2], 9);
  }
  across(inverse, x0, y0, through).forEach((value, k) => assert.ok(Math.abs(value - through[k]) < 1e-6));
});

test("axes of a covariance are its eigenvalues' roots", () => {
  for (const [major, minor, turn] of [[3, 1, 0.4], [2, 0.1, -1.2], [1, 0.5, 1.5]]) {
    const [c, s] = [Math.cos(turn), Math.sin(turn)];
    const [a, b] = [major ** 2, minor ** 2];
    const found = axesOf(a * c * c + b * s * s, (a - b) * c * s, a * s * s + b * c * c);
    for (const [name, value] of Object.entries({ major, minor, turn })) assert.ok(Math.abs(found[name] - value) < 1e-9, name);
  }
});

test("an address says what was written, and nothing of what is amiss", () => {
  const values = { colour: "a b&c=d#é,f", view: "-1,2.5,1e-7,4", selection: "1-3,9" };
  assert.deepEqual({ ...fragment.parse(fragment.write(values)) }, values);
  assert.deepEqual({ ...fragment.parse("%E0%A4%A=1&x=%E0%A4%A&=3&y&z=1") }, { "%E0%A4%A": "1", z: "1" });
  const points = Uint32Array.of(0, 1, 2, 5, 7, 8, 69_999);
  assert.equal(fragment.encodePoints(points), "0-2,5,7-8,69999");
  assert.deepEqual([...fragment.decodePoints("7-8,0-2,5,69999", 70_000)], [...points]);
  for (const amiss of ["", "3-1", "1,", "70000", "-1", "0-999999999", "a"]) {
    assert.equal(fragment.decodePoints(amiss, 70_000).length, 0, amiss);
  }
});
