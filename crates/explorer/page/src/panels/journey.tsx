/** Ways from one code to another, played and saved; sums of codes; what changes along a direction. */

import { useMemo } from "preact/hooks";
import { useSignal } from "@preact/signals";

import { lerp, way } from "../common/paths";
import { Strip } from "../common/strip";
import { code, codeOrigin, goTo, journeyFrom, journeyIsSpherical, journeyTo, model, modelIndex, type Place } from "../state";
import { Analogy } from "./analogy";
import { Here } from "./here";
import { PlacePicker } from "./places";
import { Player } from "./player";
import { SaveJourney } from "./save-journey";

/** Images along the way. */
const STEPS = 7;

export function Journey() {
  const { dims } = model.value;
  const frames = useSignal(24);
  const fits = (place: Place | null) => (place?.code.length === dims.length ? place : null);
  const [from, to] = [fits(journeyFrom.value), fits(journeyTo.value)];
  const swap = () => ([journeyFrom.value, journeyTo.value] = [to, from]);
  return (
    <section id="journey" class="panel" aria-label="Journey">
      <div class="beside">
        <Here />
        <div class="controls">
          <PlacePicker label="A" id="journey-a" place={from} onPick={(place) => (journeyFrom.value = place)} />
          <PlacePicker label="B" id="journey-b" place={to} onPick={(place) => (journeyTo.value = place)} />
          <div class="buttons">
            <select
              id="journey-way" aria-label="The way" value={journeyIsSpherical.value ? "spherical" : "straight"}
              onChange={(event) => (journeyIsSpherical.value = event.currentTarget.value === "spherical")}
            >
              <option value="straight">straight</option>
              <option value="spherical">spherical</option>
            </select>
            <label>
              <input
                type="number" id="journey-frames" min="2" max="240" value={frames.value}
                onChange={(event) => {
                  const count = Math.round(event.currentTarget.valueAsNumber);
                  frames.value = count >= 2 ? Math.min(240, count) : 2;
                  event.currentTarget.value = String(frames.value);
                }}
              />{" "}
              frames
            </label>
            <button type="button" id="journey-swap" onClick={swap}>Swap</button>
          </div>
        </div>
      </div>
      <p class="origin">{codeOrigin.value}</p>
      {from && to ? (
        <>
          <Way from={from} to={to} frames={frames.value} isSpherical={journeyIsSpherical.value} />
          <Direction from={from} to={to} />
        </>
      ) : (
        <p class="soft">Choose two codes, or set them with “As A” and “As B” where you are.</p>
      )}
      <Analogy key={modelIndex.value} />
    </section>
  );
}

interface WayProps {
  from: Place;
  to: Place;
  frames: number;
  isSpherical: boolean;
}

function Way({ from, to, frames, isSpherical }: WayProps) {
  const path = useMemo(() => way(from.code, to.code, frames, isSpherical), [from, to, frames, isSpherical]);
  const some = useMemo(() => way(from.code, to.code, STEPS, isSpherical), [from, to, isSpherical]);
  const size = from.code.length;
  const percent = (share: number) => `${from.name} → ${to.name}, ${Math.round(100 * share)} %`;
  const names = Array.from({ length: STEPS }, (_, i) => percent(i / (STEPS - 1)));
  return (
    <>
      <Strip
        codes={some} names={names} label="Along the way"
        onPick={(i) => goTo(some.slice(i * size, (i + 1) * size), names[i])}
      />
      <Player
        key={frames} frames={frames}
        onFrame={(frame) => goTo(path.slice(frame * size, (frame + 1) * size), percent(frame / (frames - 1)))}
      />
      <SaveJourney path={path} />
    </>
  );
}

/** How far the strip goes to both sides, in lengths of A → B. */
const REACH = 1.5;

/** From here along the direction from A to B, to both sides. */
function Direction({ from, to }: { from: Place; to: Place }) {
  const here = code.value;
  const size = here.length;
  const shares = Array.from({ length: STEPS }, (_, i) => REACH * ((2 * i) / (STEPS - 1) - 1));
  const codes = useMemo(() => {
    const there = here.map((value, k) => value + to.code[k] - from.code[k]);
    const all = new Float32Array(STEPS * size);
    shares.forEach((share, i) => all.set(lerp(here, there, share), i * size));
    return all;
  }, [here, from, to]);
  const names = shares.map((share) => `here ${share < 0 ? "−" : "+"} ${Math.abs(share).toFixed(2)} · (B − A)`);
  return (
    <>
      <h3>What changes along A → B, from here</h3>
      <Strip
        codes={codes} names={names} label="What changes along the direction from A to B" current={(STEPS - 1) / 2}
        onPick={(i) => goTo(codes.slice(i * size, (i + 1) * size), names[i])}
      />
      <p class="ends soft"><span>−{REACH}</span><span>here</span><span>+{REACH}</span></p>
    </>
  );
}
