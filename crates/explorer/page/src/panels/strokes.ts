/** What is drawn, as lines: so that the last can be taken back. */

import { signal } from "@preact/signals";

/** Shares of the canvas' sides. */
export type Position = [x: number, y: number];

export interface Stroke {
  points: Position[];
  /** In pixels of the canvas. */
  width: number;
  /** Null erases. */
  colour: string | null;
}

/** Outlives the panel, which may be hidden meanwhile. */
export const strokes = signal<Stroke[]>([]);

/** Draws all strokes on paper. */
export function draw(context: CanvasRenderingContext2D, strokes: Stroke[], paper: string): void {
  const { width, height } = context.canvas;
  context.fillStyle = paper;
  context.fillRect(0, 0, width, height);
  context.lineCap = context.lineJoin = "round";
  for (const stroke of strokes) {
    context.lineWidth = stroke.width;
    context.strokeStyle = stroke.colour ?? paper;
    context.beginPath();
    const [[x, y], ...rest] = stroke.points;
    context.moveTo(x * width, y * height);
    context.lineTo(x * width, y * height); // a dot, where there is nothing more
    for (const [x, y] of rest) context.lineTo(x * width, y * height);
    context.stroke();
  }
}
