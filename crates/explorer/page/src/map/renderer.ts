/** What draws points, and what it is told. */

import type { Camera } from "../state";
import type { Rgb } from "./palette";

/** One picture. Lengths are in pixels of the page; `ratio` is how many of the screen each is. */
export interface Picture {
  width: number;
  height: number;
  ratio: number;
  /** The map that is left, and the one that is reached, while they change: `share` goes from 0 to 1. */
  from: Camera;
  to: Camera;
  share: number;
  radius: number;
  grey: Rgb;
  /** Images are drawn of points whose level is below it; they grow over one level. */
  level: number;
  /** Side of a grown image; 0 draws none. */
  side: number;
}

export interface Renderer {
  /** Each may be called again with others; `from` and `to` are one after the first. */
  setPositions(from: Float32Array, to: Float32Array): void;
  setColours(colours: Uint8Array): void;
  /** After the other two. */
  setLevels(levels: Uint8Array): void;
  /** Whether another picture should follow, since not all images are there yet. */
  draw(picture: Picture): boolean;
}

/** Width of an image's coloured frame. */
export const FRAME = 2;
/** Smaller images stay discs. */
export const SMALLEST = 14;

/** Side of an image that has been growing since the map passed the level before its own. */
export function sideAt(level: number, picture: Picture): number {
  return picture.side * Math.min(1, Math.max(0, picture.level - level + 1));
}
