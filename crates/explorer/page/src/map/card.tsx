/** What is known of a point: its image, class, numbers, name, and its nearest neighbours in code space. */

import { useComputed, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";

import { nearest } from "../common/neighbours";
import { short } from "../common/numbers";
import { className, codeOf, pointName } from "../common/points";
import { focus } from "../selection/choose";
import { colourName, focused, hovered, mapSize, mode, model, opened, positions } from "../state";
import { isSmall, toScreen } from "./camera";
import { allColumns, colouring } from "./colouring";
import { css } from "./palette";
import { Thumb } from "./thumb";
import { walking } from "./gestures";

const NEIGHBOURS = 6;
/** More columns than these are in the export. */
const COLUMNS = 7;
/** Milliseconds that the pointer rests on a point before its neighbours are sought. */
const REST = 70;

/** Beside the point under the pointer. */
export function HoverCard() {
  const point = hovered.value;
  if (point === null || walking.value) return null;
  const [x, y] = toScreen(positions.value[2 * point], positions.value[2 * point + 1]);
  const { width, height } = mapSize.value;
  const style = {
    ...(x < width / 2 ? { left: `${x + 18}px` } : { right: `${width - x + 18}px` }),
    ...(y < height / 2 ? { top: `${Math.max(8, y - 20)}px` } : { bottom: `${Math.max(8, height - y - 20)}px` }),
  };
  return (
    <aside id="hover" class="card floating" style={style}>
      <Facts point={point} />
    </aside>
  );
}

/** At the foot of the map: the point that was clicked or found. */
export function FocusCard() {
  const point = focused.value;
  if (point === null || walking.value || mode.value === "walk" && isSmall()) return null;
  return (
    <aside id="focus-card" class="card docked">
      <button class="plain close" aria-label="Close this card" title="Close (Esc)" onClick={() => (focused.value = null)}>×</button>
      <Facts point={point} />
    </aside>
  );
}

function Facts({ point }: { point: number }) {
  const { points } = opened.value!;
  const known = className(point);
  return (
    <>
      <div class="facts">
        <Thumb point={point} side={84} />
        <div>
          <h3 title={pointName(point)}>{pointName(point)}</h3>
          {points.files && <p class="small">image {points.index[point]}</p>}
          <dl>
            {known && <Fact name="class" value={known} colour={colourOf(point, "class")} />}
            {allColumns.value.slice(0, COLUMNS).map((column) => (
              <Fact
                key={column.name} name={column.name} colour={colourOf(point, column.name)}
                value={
                  column.kind === "number"
                    ? `${short(column.values[point])}${column.unit && ` ${column.unit}`}`
                    : column.names[column.values[point]]
                }
              />
            ))}
          </dl>
        </div>
      </div>
      <Neighbours point={point} />
    </>
  );
}

function Fact({ name, value, colour }: { name: string; value: string; colour: string | null }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {colour && <i class="swatch" style={{ background: colour }} />}
        {value}
      </dd>
    </div>
  );
}

/** The colour that a category gives a point, if it is what colours the map. */
function colourOf(point: number, name: string): string | null {
  const now = colouring.value;
  if (now.kind !== "category" || name !== colourName.value) return null;
  return css(now.categories[now.of[now.column.values[point]]].colour);
}

function Neighbours({ point }: { point: number }) {
  const rested = useSignal<number | null>(null);
  useEffect(() => {
    const timer = setTimeout(() => (rested.value = point), REST);
    return () => clearTimeout(timer);
  }, [point]);
  const found = useComputed(() => {
    if (rested.value === null) return [];
    return nearest(model.value.codes, codeOf(rested.value), NEIGHBOURS, rested.value);
  });
  const dims = model.value.dims.length;
  return (
    <div class="near">
      <p>Nearest in code space ({dims} {dims === 1 ? "dimension" : "dimensions"})</p>
      <div>
        {found.value.map((neighbour) => (
          <button
            key={neighbour.point} class="plain" onClick={() => focus(neighbour.point)}
            title={`${pointName(neighbour.point)}, distance ${short(neighbour.distance)}`}
          >
            <Thumb point={neighbour.point} side={36} />
          </button>
        ))}
      </div>
    </div>
  );
}
