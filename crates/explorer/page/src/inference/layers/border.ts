/** An image with a border around it, so that windows need not ask where it ends. */

import type { Plan, Values } from "../plan";

export interface Border {
  top: number;
  left: number;
  bottom: number;
  right: number;
}

/** The place in [0, n) of `position`, reflected at the outermost pixels where it lies beyond them. */
function reflected(position: number, n: number): number {
  if (position < 0) return -position;
  return position < n ? position : 2 * (n - 1) - position;
}

/** A copy of `input`, [height, width, channels], with a border of zeros or of its reflection; itself where there is none. */
export function bordered(
  plan: Plan,
  input: Values,
  [height, width, channels]: [number, number, number],
  { top, left, bottom, right }: Border,
  reflects: boolean,
): Values {
  if (top + left + bottom + right === 0) return input;
  const rowLength = (left + width + right) * channels;
  const length = (top + height + bottom) * rowLength;
  const output = plan.values(length);
  const beside = Array.from({ length: left + right }, (_, i) => (i < left ? i - left : width + i - left));
  plan.step(({ memory }) => {
    if (!reflects) memory.fill(0, output.offset, output.offset + length);
    const [first, end] = reflects ? [-top, height + bottom] : [0, height];
    for (let row = first; row < end; row++) {
      const from = input.offset + reflected(row, height) * width * channels;
      const to = output.offset + (top + row) * rowLength + left * channels;
      memory.copyWithin(to, from, from + width * channels);
      if (!reflects) continue;
      for (const column of beside) {
        const pixel = from + reflected(column, width) * channels;
        memory.copyWithin(to + column * channels, pixel, pixel + channels);
      }
    }
  });
  return output;
}
