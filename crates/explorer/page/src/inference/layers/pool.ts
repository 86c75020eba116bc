/** `max_pool2d`, `average_pool2d`, `global_average_pool2d` */

import type { Plan, Values } from "../plan";
import { type OperationOf, pixels, volume } from "../program";

type Pool = "max_pool2d" | "average_pool2d";

/** Each window's part within the image, all channels: `begin` before its pixels, `take` each value, `end` behind them. */
function pool(
  plan: Plan,
  operation: OperationOf<Pool>,
  input: Values,
  start: number,
  join: (sum: number, value: number) => number,
  finish: (sum: number, count: number) => number,
): Values {
  const [height, width, channels] = pixels(operation.input);
  const [rows, columns] = pixels(operation.output);
  const { size, stride, padding: [above, before] } = operation;
  const output = plan.values(volume(operation.output));
  plan.step(({ memory }) => {
    for (let row = 0; row < rows; row++) {
      const top = Math.max(0, row * stride[0] - above);
      const bottom = Math.min(height, row * stride[0] - above + size[0]);
      for (let column = 0; column < columns; column++) {
        const left = Math.max(0, column * stride[1] - before);
        const right = Math.min(width, column * stride[1] - before + size[1]);
        const to = output.offset + (row * columns + column) * channels;
        const count = (bottom - top) * (right - left);
        for (let channel = 0; channel < channels; channel++) {
          let sum = start;
          for (let i = top; i < bottom; i++) {
            for (let j = left; j < right; j++) {
              sum = join(sum, memory[input.offset + (i * width + j) * channels + channel]);
            }
          }
          memory[to + channel] = finish(sum, count);
        }
      }
    }
  });
  return output;
}

export function maxPool(plan: Plan, operation: OperationOf<"max_pool2d">, input: Values): Values {
  return pool(plan, operation, input, -Infinity, Math.max, (sum) => sum);
}

/** Padding does not count. */
export function averagePool(plan: Plan, operation: OperationOf<"average_pool2d">, input: Values): Values {
  const add = (sum: number, value: number) => sum + value;
  return pool(plan, operation, input, 0, add, (sum, count) => sum / count);
}

export function globalAveragePool(plan: Plan, operation: OperationOf<"global_average_pool2d">, input: Values): Values {
  const [height, width, channels] = pixels(operation.input);
  const output = plan.values(channels);
  plan.step(({ memory }) => {
    for (let channel = 0; channel < channels; channel++) {
      let sum = 0;
      for (let i = 0; i < height * width; i++) sum += memory[input.offset + i * channels + channel];
      memory[output.offset + channel] = sum / (height * width);
    }
  });
  return output;
}
