/** Finds the point under the pointer: points sorted into the cells of a grid. */

import { computed } from "@preact/signals";

import { positions } from "../state";
import { bounds } from "./camera";

export class Grid {
  private readonly side: number;
  private readonly left: number;
  private readonly bottom: number;
  private readonly cell: number;
  /** Where the points of each cell begin in `points`. */
  private readonly starts: Uint32Array;
  private readonly points: Uint32Array;

  constructor(private readonly positions: Float32Array) {
    const count = positions.length / 2;
    const [left, bottom, right, top] = bounds(positions);
    this.side = Math.max(1, Math.min(512, Math.ceil(Math.sqrt(count / 2))));
    this.left = left;
    this.bottom = bottom;
    this.cell = Math.max(right - left, top - bottom, 1e-9) / this.side;
    this.starts = new Uint32Array(this.side * this.side + 1);
    const cells = new Int32Array(count);
    for (let point = 0; point < count; point++) {
      const [x, y] = [positions[2 * point], positions[2 * point + 1]];
      cells[point] = Number.isFinite(x + y) ? this.column(x) + this.side * this.row(y) : -1;
      if (cells[point] >= 0) this.starts[cells[point] + 1]++;
    }
    for (let i = 0; i < this.side * this.side; i++) this.starts[i + 1] += this.starts[i];
    const next = this.starts.slice();
    this.points = new Uint32Array(count);
    for (let point = 0; point < count; point++) if (cells[point] >= 0) this.points[next[cells[point]]++] = point;
  }

  private clamp(cell: number): number {
    return Math.min(this.side - 1, Math.max(0, Math.floor(cell)));
  }
  private column(x: number): number {
    return this.clamp((x - this.left) / this.cell);
  }
  private row(y: number): number {
    return this.clamp((y - this.bottom) / this.cell);
  }

  /** The nearest point within `radius` for which `counts` holds; null where there is none. */
  nearest(x: number, y: number, radius: number, counts: (point: number) => boolean): number | null {
    let found: number | null = null;
    let best = radius * radius;
    this.within([x - radius, y - radius, x + radius, y + radius], (point) => {
      const distance = (this.positions[2 * point] - x) ** 2 + (this.positions[2 * point + 1] - y) ** 2;
      if (distance <= best && counts(point)) [found, best] = [point, distance];
    });
    return found;
  }

  /** The nearest point however far; null where none counts. */
  nearestOfAll(x: number, y: number, counts: (point: number) => boolean): number | null {
    for (let radius = this.cell; ; radius *= 2) {
      const found = this.nearest(x, y, radius, counts);
      if (found !== null || radius > 1e6 * this.cell * this.side) return found;
    }
  }

  /** Every point of the cells that a rectangle touches: those within, and some around. */
  within([left, bottom, right, top]: [number, number, number, number], each: (point: number) => void): void {
    const [first, last] = [this.column(left), this.column(right)];
    for (let row = this.row(bottom); row <= this.row(top); row++) {
      const end = this.starts[row * this.side + last + 1];
      for (let i = this.starts[row * this.side + first]; i < end; i++) each(this.points[i]);
    }
  }
}

/** Of the map that is shown. */
export const grid = computed(() => new Grid(positions.value));
