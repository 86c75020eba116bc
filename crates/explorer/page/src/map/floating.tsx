/** The decoded image beside the pointer that walks. */

import { effect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";

import { coarse } from "../common/decoder";
import { imageShape, isTable, paint, paintPoint } from "../common/image";
import { decoded, mapSize } from "../state";
import { walking } from "./gestures";

const SIDE = 112;

export function Floating() {
  const canvas = useRef<HTMLCanvasElement>(null);
  const isWalking = walking.value !== null && !isTable() && (decoded.value ?? coarse.value) !== null;
  useEffect(
    () =>
      effect(() => {
        if (!isWalking || !canvas.current) return;
        if (coarse.value !== null) paintPoint(canvas.current, coarse.value);
        else if (decoded.value) paint(canvas.current, decoded.value, imageShape());
      }),
    [isWalking],
  );
  if (!isWalking) return null;
  const [x, y] = walking.value!;
  const { width } = mapSize.value;
  const left = x + 24 + SIDE < width ? x + 24 : x - 24 - SIDE;
  const top = Math.max(6, y - SIDE - 18);
  return <canvas id="floating" ref={canvas} class="decoded" style={{ left: `${left}px`, top: `${top}px`, width: `${SIDE}px` }} />;
}
