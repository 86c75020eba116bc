/** A journey as a file. */

import { useSignal } from "@preact/signals";

import { decodeMany } from "../common/decoder";
import { imageShape, isTable } from "../common/image";
import { enlargedFrames, factorFor, framesOf, sheet, type Frames } from "../media/frames";
import { gif } from "../media/gif";
import { png } from "../media/png";
import { save } from "../media/save";
import { FRAME_RATE } from "./player";

/** Longer side of moving images, in pixels. */
const SIDE = 384;
/** Images of a strip, at most. */
const STRIP = 12;

export function SaveJourney({ path }: { path: Float32Array }) {
  const problem = useSignal("");
  const isBusy = useSignal(false);
  if (isTable()) return null;
  async function make(kind: "gif" | "apng" | "strip"): Promise<void> {
    isBusy.value = true;
    problem.value = "";
    try {
      await saveAs(kind, framesOf(await decodeMany(path), imageShape()));
    } catch (error) {
      problem.value = `Nothing was saved: ${String(error)}`;
    }
    isBusy.value = false;
  }
  return (
    <div class="buttons">
      Save:
      <button type="button" id="save-gif" disabled={isBusy.value} onClick={() => make("gif")}>GIF</button>
      <button type="button" id="save-apng" disabled={isBusy.value} onClick={() => make("apng")}>APNG</button>
      <button type="button" id="save-strip" disabled={isBusy.value} onClick={() => make("strip")}>Strip</button>
      {problem.value && <p class="failure" role="alert">{problem.value}</p>}
    </div>
  );
}

async function saveAs(kind: "gif" | "apng" | "strip", frames: Frames): Promise<void> {
  const factor = factorFor(frames, SIDE);
  const delay = Math.round(1000 / FRAME_RATE);
  if (kind === "gif") return save(gif(thereAndBack(frames), factor, delay), "journey.gif", "image/gif");
  if (kind === "apng") {
    const film = enlargedFrames(thereAndBack(frames), factor);
    return save(await png(film, delay), "journey.apng", "image/apng");
  }
  const some = { ...frames, images: evenly(frames.images, STRIP) };
  const strip = sheet(some, some.images.length);
  save(await png(enlargedFrames(strip, Math.max(1, Math.round(factor / 3)))), "journey.png", "image/png");
}

/** The frames, then those between the ends in reverse: it can repeat without a jump. */
function thereAndBack(frames: Frames): Frames {
  return { ...frames, images: [...frames.images, ...frames.images.slice(1, -1).reverse()] };
}

/** At most `count` of a list, evenly, with both ends. */
function evenly<T>(list: T[], count: number): T[] {
  if (list.length <= count) return list;
  return Array.from({ length: count }, (_, i) => list[Math.round((i * (list.length - 1)) / (count - 1))]);
}
