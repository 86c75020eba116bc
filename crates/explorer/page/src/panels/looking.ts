/** Has the network look at an own image; of the images that come while it looks only the latest counts. */

import { effect, signal } from "@preact/signals";

import { decodeMany, encode, lossesOf } from "../common/decoder";
import type { InputRules } from "../payload";
import { goTo, model, opened, own } from "../state";

/** Why there is nothing to see, for people; empty while all is well. */
export const problem = signal("");

interface Source {
  name: string;
  /** The image as a network with these rules sees it. */
  see: (rules: InputRules) => Float32Array;
}

let source: Source | null = null;
let isOutdated = false;
let isBusy = false;

/** Encodes an image, sets `own`, and goes to its code. */
export function look(name: string, see: Source["see"]): void {
  source = { name, see };
  isOutdated = true;
  void work(true);
}

/** Forgets the own image. */
export function forget(): void {
  source = null;
  own.value = null;
}

async function work(follows: boolean): Promise<void> {
  if (isBusy) return;
  isBusy = true;
  while (source && isOutdated) {
    isOutdated = false;
    const [{ name, see }, of] = [source, model.peek()] as const;
    try {
      const image = see(of.input);
      const { mean, logVar } = await encode(image);
      const [reconstruction, [loss]] = await Promise.all([decodeMany(mean), lossesOf(image)]);
      if (!source || of !== model.peek()) continue;
      problem.value = "";
      own.value = { name, image, mean, logVar, reconstruction, loss };
      if (follows) goTo(mean, name);
    } catch (error) {
      problem.value = `The network could not look at it: ${error instanceof Error ? error.message : String(error)}`;
    }
  }
  isBusy = false;
}

// Another model looks at the same image; where we are is not for it to say.
effect(() => {
  if (!opened.value || !model.value || !source) return;
  isOutdated = true;
  own.value = null;
  void work(false);
});
