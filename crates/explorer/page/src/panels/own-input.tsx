/** An image of the user's own: drawn, dropped, pasted or chosen; where it lands and what the network makes of it. */

import { useSignal, useSignalEffect, type Signal } from "@preact/signals";

import { centred, inked } from "../common/digits";
import { isTable } from "../common/image";
import { flattened, fromFile, grey, innerShape, seen, type Raster } from "../common/raster";
import { model } from "../state";
import { Drawing } from "./drawing";
import { Findings } from "./findings";
import { given } from "./given";
import { look, problem } from "./looking";
import { OwnRow } from "./own-row";
import { readImage } from "./reading";

export function OwnInput() {
  const file = useSignal<{ name: string; image: Raster } | null>(null);
  const isSwapped = useSignal(false);
  const isFound = useSignal(true);
  const isOver = useSignal(false);

  const show = () => {
    if (!file.value) return;
    const [{ name, image }, swaps, finds] = [file.value, isSwapped.value, isFound.value];
    look(name, (rules) => {
      const digit = finds && rules.isDigits ? centred(inked(grey(flattened(image, 1))), innerShape(rules)[0]) : null;
      return seen(digit ?? fromFile(image, rules), { ...rules, invert: rules.invert !== (swaps && !digit) });
    });
  };
  const take = async (given: File | undefined) => {
    try {
      if (!given) throw new Error("There is no image in what was given: drop, paste or choose a PNG, JPEG, WebP or GIF file.");
      const image = await readImage(given);
      const [height, width] = innerShape(model.value.input);
      isFound.value = image.height !== height || image.width !== width; // else it is one of the data set's kind
      file.value = { name: given.name || "the pasted image", image };
      show();
    } catch (error) {
      problem.value = error instanceof Error ? error.message : String(error);
    }
  };

  useSignalEffect(() => {
    if (!given.value) return;
    void take(given.value.file);
    given.value = null;
  });

  if (isTable()) return <OwnRow />;
  return (
    <section
      id="own" class={isOver.value ? "panel over" : "panel"} aria-label="Own input"
      onDragOver={() => (isOver.value = true)} onDragLeave={() => (isOver.value = false)} onDrop={() => (isOver.value = false)}
    >
      <Drawing />
      <div class="buttons">
        <label class="file">
          <input
            type="file" id="own-file" accept="image/*"
            onChange={(event) => {
              void take(event.currentTarget.files?.[0]);
              event.currentTarget.value = "";
            }}
          />
          <span>Choose an image</span>
        </label>
        <span class="soft">or drop or paste one anywhere</span>
        {file.value && model.value.input.isDigits && (
          <Switch id="own-find" is={isFound} onChange={show}>find the digit, centre and scale it</Switch>
        )}
        {file.value && !(model.value.input.isDigits && isFound.value) && (
          <Switch id="own-swap" is={isSwapped} onChange={show}>swap black and white</Switch>
        )}
      </div>
      {problem.value && <p class="failure" role="alert">{problem.value}</p>}
      <Findings />
    </section>
  );
}

interface SwitchProps {
  id: string;
  is: Signal<boolean>;
  onChange: () => void;
  children: string;
}

function Switch({ id, is, onChange, children }: SwitchProps) {
  const change = (checked: boolean) => {
    is.value = checked;
    onChange();
  };
  return (
    <label>
      <input type="checkbox" id={id} checked={is.value} onChange={(event) => change(event.currentTarget.checked)} /> {children}
    </label>
  );
}
