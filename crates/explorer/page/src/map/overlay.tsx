/** What lies above the points: outlines, the code that is shown, an image of the user's own, the journey. */

import { useComputed } from "@preact/signals";

import { way } from "../common/paths";
import { code, focused, hovered, journeyFrom, journeyIsSpherical, journeyTo, layer, own, positions, camera } from "../state";
import { toScreen } from "./camera";
import { drawn } from "./gestures";
import { ellipse, placeOf } from "./projection";

export function Overlay() {
  return (
    <svg class="overlay" aria-hidden="true">
      <Journey />
      <OwnImage />
      <Ring of={hovered} kind="ring" />
      <Ring of={focused} kind="ring focus" />
      <Here />
      <Outline />
    </svg>
  );
}

function Outline() {
  if (drawn.value.length < 2) return null;
  return <polygon class="lasso" points={drawn.value.map((place) => place.join(",")).join(" ")} />;
}

function Ring({ of, kind }: { of: typeof hovered; kind: string }) {
  const point = of.value;
  if (point === null) return null;
  const [x, y] = toScreen(positions.value[2 * point], positions.value[2 * point + 1]);
  return <circle class={kind} cx={x} cy={y} r={8} />;
}

/** The code that is shown. On t-SNE it takes a search, hence computed apart from where the camera is. */
function Here() {
  const place = useComputed(() => (code.value.length > 0 ? placeOf(code.value) : null));
  if (!place.value) return null;
  const [x, y] = toScreen(...place.value);
  return (
    <g id="here" class="marker" transform={`translate(${x} ${y})`}>
      <path d="M-13 0H-5M5 0H13M0-13V-5M0 5V13" class="halo" />
      <path d="M-13 0H-5M5 0H13M0-13V-5M0 5V13" />
      <circle r="3.2" />
    </g>
  );
}

function OwnImage() {
  const place = useComputed(() => own.value && placeOf(own.value.mean));
  if (!place.value || !own.value) return null;
  const [x, y] = toScreen(...place.value);
  const shape = own.value.logVar && ellipse(own.value.logVar);
  const { scale } = camera.value;
  return (
    <g id="own-place" class="own" transform={`translate(${x} ${y})`}>
      {shape && [2, 1].map((sigmas) => (
        <ellipse
          key={sigmas} rx={sigmas * shape.major * scale} ry={sigmas * shape.minor * scale}
          transform={`rotate(${(-shape.turn * 180) / Math.PI})`}
        />
      ))}
      <path d="M0-10 2.6-3.4 9.5-3.1 4.1 1.3 5.9 8.1 0 4.2-5.9 8.1-4.1 1.3-9.5-3.1-2.6-3.4Z" />
    </g>
  );
}

/** Codes of the way that are drawn. */
const STEPS = 33;

function Journey() {
  const ends = useComputed(() => [journeyFrom.value, journeyTo.value].map((end) => end && placeOf(end.code)));
  const places = useComputed(() => {
    const [a, b] = [journeyFrom.value, journeyTo.value];
    if (!a || !b || a.code.length !== b.code.length) return [];
    // A t-SNE map has no places between points: a line of dots from one to the other.
    if (layer.value.kind === "tsne") return ends.value as [number, number][];
    const size = a.code.length;
    const codes = way(a.code, b.code, journeyIsSpherical.value ? STEPS : 2, journeyIsSpherical.value);
    return Array.from({ length: codes.length / size }, (_, i) => placeOf(codes.subarray(i * size, (i + 1) * size)));
  });
  const [from, to] = ends.value.map((end) => end && toScreen(...end));
  const line = places.value.map((place) => toScreen(...place).join(",")).join(" ");
  return (
    <g class="journey">
      {line && <polyline class={layer.value.kind === "tsne" ? "guess" : ""} points={line} />}
      {from && <End place={from} name="A" />}
      {to && <End place={to} name="B" />}
    </g>
  );
}

function End({ place: [x, y], name }: { place: [number, number]; name: string }) {
  return (
    <g transform={`translate(${x} ${y})`}>
      <circle r="10" />
      <text y="4">{name}</text>
    </g>
  );
}
