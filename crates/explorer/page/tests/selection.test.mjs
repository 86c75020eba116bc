// What a selection holds, and the files made of it.

import assert from "node:assert/strict";
import test from "node:test";

import { module } from "./module.mjs";

const { combine, inverse, isInside, pointsWithin } = await module("selection/lasso.ts");
const { csv, numberCell, textCell } = await module("selection/csv.ts");
const { moments } = await module("selection/statistics.ts");

test("a lasso holds the inside of a star, not its bays", () => {
  const bay = [[0, 0], [4, 0], [4, 4], [2, 1], [0, 4]];
  assert.ok(isInside(0.5, 2, bay) && isInside(3.5, 2, bay) && isInside(2, 0.5, bay));
  assert.ok(!isInside(2, 2, bay) && !isInside(-1, 2, bay) && !isInside(5, 2, bay) && !isInside(2, 5, bay));
});

test("points within are ascending, and only those that count", () => {
  const positions = Float32Array.from([1, 1, 9, 9, 2, 2, NaN, 1, 3, 1]);
  const square = [[0, 0], [4, 0], [4, 4], [0, 4]];
  assert.deepEqual([...pointsWithin(positions, square, () => true)], [0, 2, 4]);
  assert.deepEqual([...pointsWithin(positions, square, (point) => point !== 2)], [0, 4]);
});

test("selections are added, subtracted, replaced, inverted", () => {
  const [a, b] = [Uint32Array.of(1, 20, 300), Uint32Array.of(3, 20)];
  assert.deepEqual([...combine(a, b, "add")], [1, 3, 20, 300]);
  assert.deepEqual([...combine(a, b, "subtract")], [1, 300]);
  assert.deepEqual([...combine(a, b, "replace")], [3, 20]);
  assert.deepEqual([...combine(null, b, "add")], [3, 20]);
  assert.deepEqual([...combine(null, b, "subtract")], []);
  assert.deepEqual([...inverse(b, 6)], [0, 1, 2, 4, 5]);
});

test("cells of text are quoted, and nothing in them runs", () => {
  assert.equal(textCell("plain name.png"), "plain name.png");
  assert.equal(textCell('a "b", c\nd'), '"a ""b"", c\nd"');
  for (const begin of ["=", "+", "-", "@", "\t", "\r"]) assert.equal(textCell(`${begin}1`), `"'${begin}1"`);
  assert.equal(textCell("a=1"), "a=1");
  assert.equal(csv(["=x", "y"], [["1", "2"]]), "\"'=x\",y\r\n1,2\r\n");
});

test("cells of numbers read back as the same floats", () => {
  const floats = Float32Array.from({ length: 2000 }, (_, i) => Math.sin(i * 12.9898) * 10 ** ((i % 61) - 30));
  for (const value of floats) assert.equal(Math.fround(Number(numberCell(value))), value);
  assert.equal(numberCell(Math.fround(0.1)), "0.1");
  assert.equal(numberCell(NaN), "");
  assert.equal(numberCell(-2), "-2");
});

test("moments are those of the finite values", () => {
  const values = Float32Array.of(1, NaN, 2, 4, Infinity, 9);
  assert.deepEqual(moments(values, null), { count: 4, mean: 4, deviation: Math.sqrt(9.5) });
  assert.deepEqual(moments(values, Uint32Array.of(0, 1, 2)), { count: 2, mean: 1.5, deviation: 0.5 });
  assert.equal(moments(values, Uint32Array.of(1)).count, 0);
});
