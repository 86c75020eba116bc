import assert from "node:assert/strict";
import test from "node:test";

import { module, reference } from "./module.mjs";

const random = await module("common/random.ts");
const paths = await module("common/paths.ts");
const numbers = await module("common/numbers.ts");
const { nearest } = await module("common/neighbours.ts");

const close = (found, expected, tolerance = 1e-6) => {
  assert.equal(found.length, expected.length);
  found.forEach((value, i) => assert.ok(Math.abs(value - expected[i]) <= tolerance, `${i}: ${value}, not ${expected[i]}`));
};

test("Philox gives the known answers of Random123", () => {
  const words = (key, counter) => random.philox(key, counter).map((word) => word.toString(16));
  const ones = 0xffffffffn;
  assert.deepEqual(words([0n, 0n], [0n, 0n, 0n, 0n]), ["6627e8d5", "e169c58d", "bc57ac4c", "9b00dbd8"]);
  assert.deepEqual(words([ones, ones], [ones, ones, ones, ones]), ["408f276d", "41c83b0e", "a20bc7c6", "6d5451fd"]);
});

test("seeds give the numbers that latentlab draws", () => {
  for (const { seed, name, sample, normals, uniform } of reference.random) {
    const stream = new random.Stream(seed, name);
    close(stream.normals(sample, normals.length), normals, 2e-6);
    close([stream.uniform(sample)], [uniform], 1e-7);
  }
});

test("the spherical way turns evenly and goes evenly from one length to the other", () => {
  const [from, to] = [Float32Array.of(2, 0, 0), Float32Array.of(0, 4, 0)];
  for (const share of [0, 0.25, 0.5, 1]) {
    const angle = (share * Math.PI) / 2;
    const radius = 2 + 2 * share;
    close(paths.slerp(from, to, share), [radius * Math.cos(angle), radius * Math.sin(angle), 0]);
  }
  const opposite = Float32Array.of(-2, 0, 0);
  close(paths.slerp(from, opposite, 0.25), [1, 0, 0]);
  close(paths.slerp(new Float32Array(3), to, 0.5), [0, 2, 0]);
});

test("a way begins and ends at its ends", () => {
  const [from, to] = [Float32Array.of(1, 2), Float32Array.of(-3, 0.5)];
  for (const isSpherical of [false, true]) {
    const codes = paths.way(from, to, 5, isSpherical);
    close(codes.subarray(0, 2), from);
    close(codes.subarray(8), to);
  }
  close(paths.way(from, to, 3, false).subarray(2, 4), [-1, 1.25]);
  assert.equal(paths.way(from, to, 1, true).length, 2);
});

test("codes are added and averaged", () => {
  const codes = Float32Array.of(1, 2, 3, 4, 5, 6);
  close(paths.meanOf(codes, 2, [0, 2]), [3, 4]);
  assert.equal(paths.meanOf(codes, 2, []), null);
  close(paths.analogy(Float32Array.of(5, 1), Float32Array.of(1, 1), Float32Array.of(0, 2)), [4, 2]);
});

test("the nearest are those that sorting all distances finds", () => {
  const stream = new random.Stream(1, "codes");
  const [count, dims] = [300, 7];
  const codes = stream.normals(0, count * dims);
  const code = stream.normals(1, dims);
  const distance = (point) => Math.hypot(...code.map((value, k) => value - codes[point * dims + k]));
  const sorted = Array.from({ length: count }, (_, point) => point).sort((a, b) => distance(a) - distance(b));
  const found = nearest(codes, code, 8);
  assert.deepEqual(found.map(({ point }) => point), sorted.slice(0, 8));
  close(found.map((one) => one.distance), sorted.slice(0, 8).map(distance), 1e-5);
  assert.deepEqual(nearest(codes, code, 3, sorted[0]).map(({ point }) => point), sorted.slice(1, 4));
  assert.equal(nearest(codes.subarray(0, 14), code, 8).length, 2);
});

test("ranks count what is below, and half of the ties", () => {
  const sorted = numbers.ascending(Float32Array.of(3, 1, NaN, 2, 2));
  assert.deepEqual([...sorted], [1, 2, 2, 3]);
  assert.equal(numbers.rank(sorted, 0), 0);
  assert.equal(numbers.rank(sorted, 2), 0.5);
  assert.equal(numbers.rank(sorted, 2.5), 0.75);
  assert.equal(numbers.rank(sorted, 9), 1);
});

test("numbers are short", () => {
  assert.deepEqual([0, 1.23456, -1234.56, -1e-5, 4e7].map(numbers.short), ["0", "1.235", "−1235", "−1.00e−5", "4.00e7"]);
  assert.deepEqual(numbers.histogram(Float32Array.of(-9, 0, 0.4, 0.6, 1, 7), 0, 1, 2), [3, 3]);
});

test("codes are drawn from the sampler's components", async () => {
  const { drawn } = await module("common/sampling.ts");
  const prior = { name: "prior", weights: Float32Array.of(1), means: new Float32Array(5), factors: null };
  const [{ seed, sample, normals }] = reference.random;
  close(drawn(prior, 5, seed, 1, sample + 1).subarray(sample * 5), normals, 2e-6);
  close(drawn(prior, 5, seed, 0.5, 1), normals.map((value) => value / 2), 2e-6);

  // Covariances [[4, 2], [2, 2]] and 0, three draws of four from the first.
  const mixture = {
    name: "gmm", weights: Float32Array.of(0.75, 0, 0.25), means: Float32Array.of(10, -10, NaN, NaN, 99, 99),
    factors: Float32Array.of(2, 0, 1, 1, NaN, NaN, NaN, NaN, 0, 0, 0, 0),
  };
  const count = 4000;
  const codes = drawn(mixture, 2, 3, 1, count);
  const first = Array.from({ length: count }, (_, i) => [codes[2 * i] - 10, codes[2 * i + 1] + 10]).filter(([x]) => x < 80);
  const mean = (of) => first.reduce((sum, pair) => sum + of(pair), 0) / first.length;
  close([first.length / count], [0.75], 0.03);
  close([mean(([x]) => x), mean(([, y]) => y)], [0, 0], 0.15);
  close([mean(([x]) => x * x), mean(([x, y]) => x * y), mean(([, y]) => y * y)], [4, 2, 2], 0.3);
});
