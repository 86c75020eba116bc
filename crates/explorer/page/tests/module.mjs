// Modules of the page, for tests: bundled from TypeScript and loaded.

import { readFileSync } from "node:fs";
import { build } from "esbuild";

/** A module of `src`, by its path there. */
export async function module(path) {
  const entry = new URL(`../src/${path}`, import.meta.url).pathname;
  const result = await build({ entryPoints: [entry], bundle: true, write: false, format: "esm", target: "es2022" });
  return import(`data:text/javascript;base64,${Buffer.from(result.outputFiles[0].text).toString("base64")}`);
}

/** Values of the Rust crates `image` and `latentlab-random`, and the first test image of MNIST of each class. */
export const reference = JSON.parse(readFileSync(new URL("reference.json", import.meta.url), "utf8"));
