/** Plays frames one after the other, there and back; who prefers less motion sees them once and slowly. */

import { useEffect, useRef } from "preact/hooks";
import { useSignal, useSignalEffect } from "@preact/signals";

import { code } from "../state";

/** Frames a second: as they are saved. */
export const FRAME_RATE = 12;
const CALM_RATE = 2;

interface Props {
  frames: number;
  onFrame: (frame: number) => void;
}

export function Player({ frames, onFrame }: Props) {
  const frame = useSignal(0);
  const isPlaying = useSignal(false);
  const latest = useRef(onFrame);
  latest.current = onFrame;
  const mine = useRef<Float32Array | null>(null);
  const show = (next: number) => {
    frame.value = next;
    latest.current(next);
    mine.current = code.peek();
  };
  // Whoever goes elsewhere meanwhile has the last word.
  useSignalEffect(() => {
    if (code.value !== mine.current && mine.current) isPlaying.value = false;
  });

  useEffect(() => {
    if (!isPlaying.value) return;
    const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    let direction = frame.peek() < frames - 1 ? 1 : isCalm ? -frame.peek() : -1;
    const timer = setInterval(() => {
      const next = frame.peek() + direction;
      show(next);
      direction = next >= frames - 1 ? -1 : next <= 0 ? 1 : Math.sign(direction);
      if (isCalm && next === frames - 1) isPlaying.value = false;
    }, 1000 / (isCalm ? CALM_RATE : FRAME_RATE));
    return () => clearInterval(timer);
  }, [isPlaying.value, frames]);

  return (
    <div class="player">
      <button type="button" id="journey-play" aria-pressed={isPlaying.value} onClick={() => (isPlaying.value = !isPlaying.value)}>
        {isPlaying.value ? "Pause" : "Play"}
      </button>
      <input
        type="range" id="journey-frame" min="0" max={frames - 1} step="1" value={frame.value} aria-label="Frame"
        aria-valuetext={`frame ${frame.value + 1} of ${frames}`}
        onInput={(event) => {
          isPlaying.value = false;
          show(event.currentTarget.valueAsNumber);
        }}
      />
    </div>
  );
}
