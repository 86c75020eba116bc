/**
 * Drawings as MNIST's makers prepared theirs (LeCun, Cortes & Burges): the ink is scaled to a box of 20×20 that keeps its
 * ratio, grey where scaling makes it so, and its centre of mass comes to the middle of 28×28.
 */

import { cropped, placed, scaled, type Raster } from "./raster";

/** How much of the way from paper to ink is paper still. */
const PAPER = 0.2;
const BOX = 20;
const SIDE = 28;

/** Ink of any photograph or scan, in bytes of one channel, as white on black: most of it is paper. */
export function inked({ values, ...sides }: Raster): Raster {
  const counts = new Uint32Array(256);
  for (const byte of values) counts[byte]++;
  const dark = counts.findIndex((count) => count > 0);
  const bright = 255 - counts.slice().reverse().findIndex((count) => count > 0);
  let rest = values.length / 2;
  const paper = counts.findIndex((count) => (rest -= count) <= 0); // the median
  const ink = paper - dark > bright - paper ? dark : bright;
  const share = (value: number) => ((value - paper) / (ink - paper) - PAPER) / (1 - PAPER);
  return { ...sides, values: values.map((value) => (ink === paper ? 0 : 255 * Math.min(1, Math.max(0, share(value))))) };
}

/** White ink on black, of one channel, centred on `side`×`side`; null without ink. */
export function centred(drawing: Raster, side: number): Raster | null {
  const { width, values } = drawing;
  let [left, right, top, bottom] = [Infinity, -1, Infinity, -1];
  values.forEach((value, i) => {
    if (value <= 0) return;
    const [x, y] = [i % width, Math.floor(i / width)];
    [left, right, top, bottom] = [Math.min(left, x), Math.max(right, x), Math.min(top, y), Math.max(bottom, y)];
  });
  if (right < 0) return null;
  const [w, h] = [right - left + 1, bottom - top + 1];
  const scale = Math.round((side * BOX) / SIDE) / Math.max(w, h);
  const size = (from: number) => Math.max(1, Math.round(from * scale));
  const box = scaled(cropped(drawing, left, top, w, h), size(w), size(h));
  let [mass, x, y] = [0, 0, 0];
  box.values.forEach((value, i) => {
    mass += value;
    x += value * (i % box.width);
    y += value * Math.floor(i / box.width);
  });
  // The centre of mass of MNIST's digits is within half a pixel of (14, 14), counted from 0.
  const corner = (moment: number) => Math.round(side / 2 - moment / mass);
  return placed(box, corner(x), corner(y), side, side, 0);
}
