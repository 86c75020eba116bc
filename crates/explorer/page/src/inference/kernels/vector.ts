/** The kernels in WebAssembly's vectors: `assembly/`, compiled into the worker. */

import wasm from "kernels-wasm";

import type { MachineKind } from "../machine";

/** Bytes of a page of memory, and of a float. */
const PAGE = 65536;
const FLOAT = 4;

/** What the module exports; the arguments are those of `assembly/`, places and steps in bytes. */
type Exports = Record<"multiply" | "gather" | "scatter", (...numbers: number[]) => void>;

const bytes = Uint8Array.from(atob(wasm), (letter) => letter.charCodeAt(0));

/** Machines with vectors; null where the browser has none, or where a page's policy refuses them. */
export function vectors(): MachineKind | null {
  let module: WebAssembly.Module;
  try {
    module = new WebAssembly.Module(bytes);
  } catch {
    return null;
  }
  return {
    name: "vectors",
    hasTiles: true,
    make: (size) => {
      const memory = new WebAssembly.Memory({ initial: Math.ceil((size * FLOAT) / PAGE) });
      const kernels = new WebAssembly.Instance(module, { env: { memory } }).exports as Exports;
      return {
        memory: new Float32Array(memory.buffer),
        multiply: (product) =>
          kernels.multiply(
            product.input * FLOAT,
            product.weights * FLOAT,
            product.bias * FLOAT,
            product.output * FLOAT,
            product.rows,
            product.columns,
            product.inputRowStep * FLOAT,
            product.inputColumnStep * FLOAT,
            product.taps,
            product.tapStep * FLOAT,
            product.run,
            product.outputRowStep * FLOAT,
            product.outputColumnStep * FLOAT,
            product.channels,
          ),
        tiles: {
          gather: (tiles, rowLength) =>
            kernels.gather(
              tiles.image * FLOAT,
              rowLength * FLOAT,
              tiles.channels * FLOAT,
              tiles.rows,
              tiles.columns,
              tiles.planes * FLOAT,
              tiles.plane * FLOAT,
            ),
          scatter: (tiles, height, width) =>
            kernels.scatter(
              tiles.planes * FLOAT,
              tiles.plane * FLOAT,
              tiles.rows,
              tiles.columns,
              tiles.image * FLOAT,
              tiles.channels * FLOAT,
              height,
              width,
            ),
        },
      };
    },
  };
}
