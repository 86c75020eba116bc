/** The product in plain typed arrays, for browsers without WebAssembly's vectors; sums are in double precision. */

import { BLOCK, type MachineKind, type Product } from "../machine";

export const PLAIN: MachineKind = {
  name: "plain",
  hasTiles: false,
  make: (size) => {
    const memory = new Float32Array(size);
    return { memory, multiply: (product) => multiply(memory, product), tiles: null };
  },
};

function multiply(memory: Float32Array, product: Product): void {
  const { rows, columns, taps, tapStep, run, channels } = product;
  for (let block = 0; block * BLOCK < channels; block++) {
    const bias = product.bias + block * BLOCK;
    const weights = product.weights + block * taps * run * BLOCK;
    const count = Math.min(BLOCK, channels - block * BLOCK);
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const input = product.input + row * product.inputRowStep + column * product.inputColumnStep;
        const output = product.output + row * product.outputRowStep + column * product.outputColumnStep + block * BLOCK;
        let a = memory[bias];
        let b = memory[bias + 1];
        let c = memory[bias + 2];
        let d = memory[bias + 3];
        let e = memory[bias + 4];
        let f = memory[bias + 5];
        let g = memory[bias + 6];
        let h = memory[bias + 7];
        let weight = weights;
        for (let tap = 0; tap < taps; tap++) {
          const first = input + tap * tapStep;
          for (let i = first; i < first + run; i++) {
            const x = memory[i];
            a += x * memory[weight];
            b += x * memory[weight + 1];
            c += x * memory[weight + 2];
            d += x * memory[weight + 3];
            e += x * memory[weight + 4];
            f += x * memory[weight + 5];
            g += x * memory[weight + 6];
            h += x * memory[weight + 7];
            weight += BLOCK;
          }
        }
        memory[output] = a;
        if (count > 1) memory[output + 1] = b;
        if (count > 2) memory[output + 2] = c;
        if (count > 3) memory[output + 3] = d;
        if (count > 4) memory[output + 4] = e;
        if (count > 5) memory[output + 5] = f;
        if (count > 6) memory[output + 6] = g;
        if (count > 7) memory[output + 7] = h;
      }
    }
  }
}
