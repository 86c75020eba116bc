/** Draws the points where there is no WebGL 2: the same picture, fewer times a second. */

import type { Opened } from "../opened";
import { FRAME, sideAt, SMALLEST, type Picture, type Renderer } from "./renderer";

export function canvas2d(canvas: HTMLCanvasElement, opened: Opened): Renderer {
  const context = canvas.getContext("2d")!;
  let [left, reached]: Float32Array[] = [];
  let colours = new Uint8Array();
  let levels = new Uint8Array();

  /** Pixels of the screen. */
  function places(picture: Picture): Float32Array {
    const { from, to, share, ratio } = picture;
    const found = new Float32Array(left.length);
    const middle = [canvas.width / 2, canvas.height / 2];
    for (let i = 0; i < left.length; i++) {
      const [a, b] = i % 2 === 0 ? [from.x, to.x] : [from.y, to.y];
      const was = (left[i] - a) * from.scale;
      const away = (was + share * ((reached[i] - b) * to.scale - was)) * ratio;
      found[i] = i % 2 === 0 ? middle[0] + away : middle[1] - away;
    }
    return found;
  }

  /** Discs of one kind, pixel by pixel: a canvas' own arcs are ten times as slow. */
  function discs(picture: Picture, at: Float32Array, pixels: ImageData, isGrey: boolean): void {
    const radius = picture.radius * picture.ratio;
    const reach = Math.ceil(radius + 1);
    const { data, width, height } = pixels;
    for (let point = 0; point < at.length / 2; point++) {
      if (colours[4 * point + 3] < 128 !== isGrey) continue;
      const [x, y] = [at[2 * point], at[2 * point + 1]];
      if (!(x > -reach && y > -reach && x < width + reach && y < height + reach)) continue;
      for (let row = Math.max(0, Math.ceil(y - reach)); row < Math.min(height, y + reach); row++) {
        for (let column = Math.max(0, Math.ceil(x - reach)); column < Math.min(width, x + reach); column++) {
          const inside = Math.min(1, radius + 0.5 - Math.hypot(column + 0.5 - x, row + 0.5 - y));
          if (inside <= 0) continue;
          const alpha = inside * (isGrey ? 0.7 : 0.9);
          const pixel = 4 * (row * width + column);
          const below = (data[pixel + 3] / 255) * (1 - alpha);
          const whole = alpha + below;
          for (let c = 0; c < 3; c++) {
            const value = isGrey ? picture.grey[c] : colours[4 * point + c];
            data[pixel + c] = (value * alpha + data[pixel + c] * below) / whole;
          }
          data[pixel + 3] = 255 * whole;
        }
      }
    }
  }

  function images(picture: Picture, at: Float32Array): void {
    if (!opened.images || picture.side === 0) return;
    const { width, height, perSheet, columns, count } = opened.images;
    const { ratio } = picture;
    for (let point = 0; point < Math.min(count, levels.length); point++) {
      const side = sideAt(levels[point], picture) * ratio;
      const [x, y] = [at[2 * point], at[2 * point + 1]];
      if (side <= SMALLEST * ratio || colours[4 * point + 3] < 128) continue;
      if (!(x > -side && y > -side && x < canvas.width + side && y < canvas.height + side)) continue;
      const [w, h] = [(side * width) / Math.max(width, height), (side * height) / Math.max(width, height)];
      const border = FRAME * ratio;
      context.fillStyle = `rgb(${colours.subarray(4 * point, 4 * point + 3).join(" ")})`;
      context.fillRect(x - w / 2, y - h / 2, w, h);
      const within = point % perSheet;
      const row = Math.floor(within / columns);
      context.drawImage(
        opened.sheets[Math.floor(point / perSheet)], (within - row * columns) * width, row * height, width, height,
        x - w / 2 + border, y - h / 2 + border, w - 2 * border, h - 2 * border,
      );
    }
  }

  return {
    setPositions(from, to) {
      [left, reached] = [from, to];
    },
    setColours: (values) => void (colours = values as Uint8Array<ArrayBuffer>),
    setLevels: (values) => void (levels = values as Uint8Array<ArrayBuffer>),
    draw(picture) {
      const at = places(picture);
      const pixels = context.createImageData(canvas.width, canvas.height);
      discs(picture, at, pixels, true);
      discs(picture, at, pixels, false);
      context.putImageData(pixels, 0, 0);
      images(picture, at);
      return false;
    },
  };
}
