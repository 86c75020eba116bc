/** A pen for those without a pointer: arrows move it, space sets it down and lifts it. */

import type { ComponentChildren } from "preact";
import { useSignal } from "@preact/signals";

import type { Position } from "./strokes";

const STEP = 1 / 28;
const WAYS: Record<string, Position> = {
  ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP],
};

interface Props {
  begin: (at: Position) => void;
  go: (to: Position) => void;
  /** The canvas. */
  children: ComponentChildren;
}

export function KeyboardPen({ begin, go, children }: Props) {
  const at = useSignal<Position>([0.5, 0.3]);
  const isDown = useSignal(false);
  const keys = (event: KeyboardEvent) => {
    const way = WAYS[event.key];
    if (!way && event.key !== " ") return;
    event.preventDefault();
    event.stopPropagation();
    if (way) {
      at.value = [Math.min(1, Math.max(0, at.value[0] + way[0])), Math.min(1, Math.max(0, at.value[1] + way[1]))];
      if (isDown.value) go(at.value);
    } else {
      isDown.value = !isDown.value;
      if (isDown.value) begin(at.value);
    }
  };
  return (
    <div
      class="pad" tabIndex={0} role="application" onKeyDown={keys} onBlur={() => (isDown.value = false)}
      aria-label="Draw here: arrows move the pen, space sets it down and lifts it"
    >
      {children}
      <i class={isDown.value ? "nib down" : "nib"} style={{ left: `${100 * at.value[0]}%`, top: `${100 * at.value[1]}%` }} />
    </div>
  );
}
