/** The map: canvases, what floats above them, and the line at its foot. */

import { useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";

import { announcement, camera, focused, layer, mapSize, mode, opened, planeAxes, model, selection } from "../state";
import { count } from "../selection/choose";
import { FocusCard, HoverCard } from "./card";
import { fitted } from "./camera";
import { Floating } from "./floating";
import { listen } from "./gestures";
import { Legend } from "./legend";
import { behind } from "./manifold";
import { Overlay } from "./overlay";
import { run } from "./scene";
import { Tools } from "./tools";
import { isNew, NO_INVERSE } from "./walk";

export function MapView() {
  const map = useRef<HTMLDivElement>(null);
  const points = useRef<HTMLCanvasElement>(null);
  const manifold = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    const element = map.current!;
    measure(element);
    camera.value = fitted();
    const sizes = new ResizeObserver(() => measure(element));
    sizes.observe(element);
    return () => sizes.disconnect();
  }, []);
  useEffect(() => {
    const ends = [run(points.current!), listen(map.current!), behind(manifold.current!)];
    return () => ends.forEach((end) => end());
  }, []);
  return (
    <section class="stage" aria-label="Map">
      <div
        id="map" ref={map} class={`map ${mode.value}`} tabIndex={0} role="application"
        aria-label={`Map of ${count(opened.value!.points.count)}: ${layer.value.title}. Arrows move, ? lists all keys.`}
      >
        <canvas class="manifold" ref={manifold} />
        <canvas class="points" ref={points} />
        <Overlay />
        <Hint />
      </div>
      <Tools />
      <Legend />
      <HoverCard />
      <Floating />
      <FocusCard />
      <Foot />
    </section>
  );
}

/** What a drag does, to see; the foot says it to hear. */
function Hint() {
  if (!isNew.value || mode.value !== "walk" || focused.value !== null) return null;
  return <p class="hint" aria-hidden="true">Drag across the map: each place is decoded</p>;
}

/** Milliseconds that an announcement is seen. */
const SAID = 7000;

/** The map's note; for a while what was last announced. */
function Foot() {
  const { kind, note, axes } = layer.value;
  const about = kind === "tsne" ? `${NO_INVERSE} ${note}` : note;
  const said = useSignal("");
  useSignalEffect(() => {
    said.value = announcement.value;
    const timer = setTimeout(() => (said.value = ""), SAID);
    return () => clearTimeout(timer);
  });
  const total = count(opened.value!.points.count);
  return (
    <footer class="foot">
      {kind === "plane" && model.value.dims.length > 2 ? <Axes /> : <span class="axes">{axes[0]} →{axes[1] && <>&ensp;{axes[1]} ↑</>}</span>}
      <span class="note" title={about}>{said.value || about}</span>
      <span class="counts">{selection.value ? `${selection.value.length.toLocaleString("en")} of ${total} selected` : total}</span>
      <span id="announcement" class="unseen" role="status" aria-live="polite">{announcement.value}</span>
    </footer>
  );
}

/** Which dimensions of the code the plane shows. */
function Axes() {
  const choose = (place: 0 | 1) => (
    <select
      id={`axis-${place + 1}`} aria-label={place === 0 ? "Dimension to the right" : "Dimension upwards"} value={planeAxes.value[place]}
      onChange={(event) => {
        const axes: [number, number] = [...planeAxes.value];
        axes[place] = Number(event.currentTarget.value);
        planeAxes.value = axes;
      }}
    >
      {model.value.dims.map((_, k) => <option key={k} value={k}>z{k + 1}</option>)}
    </select>
  );
  return <span class="axes">{choose(0)} →&ensp;{choose(1)} ↑</span>;
}

/** Takes the map's size; what was in sight stays there. */
function measure(element: HTMLElement): void {
  const { width, height } = element.getBoundingClientRect();
  const before = mapSize.peek();
  if (width < 1 || height < 1 || (width === before.width && height === before.height)) return;
  mapSize.value = { width, height };
  const factor = Math.min(width / before.width, height / before.height);
  camera.value = { ...camera.peek(), scale: camera.peek().scale * factor };
}
