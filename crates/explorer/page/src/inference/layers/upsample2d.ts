/** `upsample2d` */

import type { Plan, Values } from "../plan";
import { type OperationOf, pixels, volume } from "../program";

/** Of each of `size` · n places, the two of n that it lies between (for "nearest" the same one), and the second's part of it. */
function neighbours(n: number, size: number, interpolation: "nearest" | "bilinear"): [number, number, number][] {
  return Array.from({ length: n * size }, (_, i) => {
    const nearest = Math.floor(i / size);
    if (interpolation === "nearest") return [nearest, nearest, 0];
    // Between the centres of pixels; beyond the outermost, these.
    const centre = (i + 0.5) / size - 0.5;
    const before = Math.floor(centre);
    const inside = (place: number) => Math.min(Math.max(place, 0), n - 1);
    return [inside(before), inside(before + 1), centre - before];
  });
}

export function upsample2d(plan: Plan, operation: OperationOf<"upsample2d">, input: Values): Values {
  const [height, width, channels] = pixels(operation.input);
  const rows = neighbours(height, operation.size[0], operation.interpolation);
  const columns = neighbours(width, operation.size[1], operation.interpolation);
  const output = plan.values(volume(operation.output));
  plan.step(({ memory }) => {
    let to = output.offset;
    for (const [above, below, low] of rows) {
      for (const [left, right, late] of columns) {
        const place = (row: number, column: number) => input.offset + (row * width + column) * channels;
        const [a, b, c, d] = [place(above, left), place(above, right), place(below, left), place(below, right)];
        for (let channel = 0; channel < channels; channel++) {
          const upper = memory[a + channel] * (1 - late) + memory[b + channel] * late;
          const lower = memory[c + channel] * (1 - late) + memory[d + channel] * late;
          memory[to++] = upper * (1 - low) + lower * low;
        }
      }
    }
  });
  return output;
}
