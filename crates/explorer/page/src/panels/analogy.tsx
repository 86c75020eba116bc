/** A − B + C: what is to C as A is to B. */

import { useMemo } from "preact/hooks";
import { useSignal } from "@preact/signals";

import { analogy } from "../common/paths";
import { Strip } from "../common/strip";
import { goTo, model, type Place } from "../state";
import { PlacePicker } from "./places";

export function Analogy() {
  const { dims } = model.value;
  const terms = [useSignal<Place | null>(null), useSignal<Place | null>(null), useSignal<Place | null>(null)];
  const places = terms.map(({ value }) => value);
  const [a, b, c] = places;
  const codes = useMemo(() => {
    if (!a || !b || !c) return null;
    const all = new Float32Array(4 * dims.length);
    [a.code, b.code, c.code, analogy(a.code, b.code, c.code)].forEach((code, i) => all.set(code, i * dims.length));
    return all;
  }, [a, b, c, dims]);
  const names = codes ? [a!.name, b!.name, c!.name, `(${a!.name}) − (${b!.name}) + (${c!.name})`] : [];
  return (
    <>
      <h3>Arithmetic</h3>
      <div class="terms">
        {["First", "− second", "+ third"].map((label, i) => (
          <PlacePicker
            key={label} label={label} id={`term-${i + 1}`} place={places[i]} onPick={(place) => (terms[i].value = place)}
          />
        ))}
      </div>
      {codes && (
        <div class="sum">
          <Strip
            codes={codes} names={names} label="The terms and their sum"
            onPick={(i) => goTo(codes.slice(i * dims.length, (i + 1) * dims.length), names[i])}
          />
          <button type="button" id="sum" onClick={() => goTo(codes.slice(3 * dims.length), names[3])}>Go to the sum</button>
        </div>
      )}
    </>
  );
}
