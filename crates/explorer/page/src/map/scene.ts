/** Keeps the canvas up to date with the state: draws when something has changed, at most once a frame. */

import { computed, effect } from "@preact/signals";

import { isStill, paper } from "../shell/theme";
import { camera, frames, mapSize, opened, positions, showsImages, type Camera } from "../state";
import { ease, extent, fitted, inSight } from "./camera";
import { canvas2d } from "./canvas2d";
import { isMeant, pointColours } from "./colouring";
import { levels } from "./levels";
import { GREY } from "./palette";
import type { Picture, Renderer } from "./renderer";
import { webgl } from "./webgl";

/** Pixels between images when they have grown. */
const PITCH = 46;
/** Milliseconds from one layer to another. */
const TRANSITION = 800;
const KEPT_FRAMES = 600;

const imageLevels = computed(() => {
  const meant = isMeant.value;
  return levels(positions.value, extent(), (point) => meant[point] > 0);
});

/** Meant points that are in sight. */
function countInSight(): number {
  const [left, bottom, right, top] = inSight();
  const of = positions.value;
  const meant = isMeant.value;
  let count = 0;
  for (let i = 0; i < of.length; i += 2) {
    if (of[i] >= left && of[i] <= right && of[i + 1] >= bottom && of[i + 1] <= top && meant[i / 2] > 0) count++;
  }
  return count;
}

/** Radius of a disc: the more points and the farther away, the smaller. */
export function radius(): number {
  const { width, height } = mapSize.value;
  const dense = 0.26 * Math.sqrt((width * height) / opened.value!.points.count);
  const closer = Math.max(1, camera.value.scale / fitted().scale) ** 0.3;
  return Math.min(7, Math.min(4, Math.max(1.3, dense)) * closer);
}

/** How large images are, and how far they have come. */
function imagesNow(): { level: number; side: number } {
  const { width, height } = mapSize.value;
  const [left, bottom, right, top] = extent();
  const level = Math.log2((Math.max(right - left, top - bottom, 1e-9) * camera.value.scale) / PITCH);
  if (!opened.value!.images || !showsImages.value) return { level, side: 0 };
  const count = countInSight();
  const room = (width * height) / PITCH ** 2 / Math.max(count, 1);
  const grown = ease(Math.min(1, Math.max(0, (room - 0.12) / 0.2)));
  return { level, side: grown * Math.min(96, Math.max(40, 0.7 * Math.sqrt((width * height) / Math.max(count, 1)))) };
}

/** Begins to draw on `canvas`; the answer ends it. */
export function run(canvas: HTMLCanvasElement): () => void {
  let surface = canvas;
  let renderer!: Renderer;
  let asked = 0;
  let last = 0;
  let from: Camera = camera.peek();
  let began = -Infinity;
  let shown = positions.peek();

  const ask = () => {
    if (asked === 0) asked = requestAnimationFrame(draw);
  };

  function draw(now: number): void {
    asked = 0;
    const start = performance.now();
    const { width, height } = mapSize.peek();
    const ratio = Math.min(2, devicePixelRatio);
    const [w, h] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (surface.width !== w || surface.height !== h) [surface.width, surface.height] = [w, h];
    const time = Math.min(1, (now - began) / TRANSITION);
    const picture: Picture = {
      width, height, ratio, from, to: camera.peek(), share: ease(time), radius: radius(), grey: GREY[paper.peek()],
      ...imagesNow(),
    };
    if (renderer.draw(picture) || time < 1) ask();
    keep(frames.drawing, performance.now() - start);
    if (now - last < 250) keep(frames.between, now - last);
    last = now;
  }

  function restart(): void {
    renderer = webgl(canvas, opened.peek()!) ?? inPlaceOf(canvas);
    renderer.setPositions(shown, shown);
    renderer.setColours(pointColours.peek());
    renderer.setLevels(imageLevels.peek());
    ask();
  }
  /** A canvas that has once been asked for WebGL gives nothing else. */
  function inPlaceOf(old: HTMLCanvasElement): Renderer {
    surface = old.cloneNode() as HTMLCanvasElement;
    old.replaceWith(surface);
    return canvas2d(surface, opened.peek()!);
  }
  restart();

  const lost = (event: Event) => event.preventDefault();
  canvas.addEventListener("webglcontextlost", lost);
  canvas.addEventListener("webglcontextrestored", restart);
  const ends = [
    effect(() => {
      if (positions.value === shown) return;
      from = camera.peek();
      renderer.setPositions(shown, positions.value);
      shown = positions.value;
      began = isStill() ? -Infinity : performance.now();
      camera.value = fitted();
      ask();
    }),
    effect(() => (renderer.setColours(pointColours.value), ask())),
    effect(() => {
      if (showsImages.value && opened.value!.images) renderer.setLevels(imageLevels.value);
      ask();
    }),
    effect(() => {
      void [camera.value, mapSize.value, paper.value];
      ask();
    }),
  ];
  return () => {
    ends.forEach((end) => end());
    cancelAnimationFrame(asked);
    canvas.removeEventListener("webglcontextlost", lost);
    canvas.removeEventListener("webglcontextrestored", restart);
  };
}

function keep(of: number[], time: number): void {
  of.push(time);
  if (of.length > KEPT_FRAMES) of.shift();
}
