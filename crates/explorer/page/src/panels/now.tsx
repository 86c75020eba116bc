/** Where we are: the decoded image, where it came from, the original beside it, the nearest point. */

import type { Signal } from "@preact/signals";
import { useLayoutEffect, useMemo, useRef } from "preact/hooks";

import { Bars } from "../common/bars";
import { coarse, decodeRate, failure } from "../common/decoder";
import { imageShape, isTable, paintError, seenOf } from "../common/image";
import { nearest } from "../common/neighbours";
import { short } from "../common/numbers";
import { Picture, PointPicture } from "../common/picture";
import { codeOf, describe, meanCode, same } from "../common/points";
import { factorFor, enlargedFrames, framesOf } from "../media/frames";
import { png } from "../media/png";
import { save } from "../media/save";
import { announcement, code, codeOrigin, decoded, focused, goTo, journeyFrom, journeyTo, model, own, type Place } from "../state";
import { Here } from "./here";

export function Now() {
  const { dims } = model.value;
  if (code.value.length !== dims.length) return null;
  return (
    <section id="now" class="panel" aria-label="Here">
      <div class="here">
        {!isTable() && (
          <figure>
            <Here id="now-image" />
            <figcaption>decoded</figcaption>
          </figure>
        )}
        {isTable() && decoded.value && <Bars row={decoded.value} label="Decoded values" />}
        <Original />
      </div>
      <p class="origin" id="now-origin">{codeOrigin.value}</p>
      {failure.value && <p class="failure" role="alert">{failure.value}</p>}
      <Nearest />
      <div class="buttons">
        <button type="button" id="as-a" onClick={() => keep(journeyFrom, "A")}>As A</button>
        <button type="button" id="as-b" onClick={() => keep(journeyTo, "B")}>As B</button>
        {!isTable() && <button type="button" id="save-png" onClick={saveImage}>Save PNG</button>}
        <button type="button" id="reset" onClick={() => goTo(meanCode(), "the mean of the codes")}>Reset</button>
        <span class="soft" id="rate">{decodeRate.value > 0 ? `${Math.round(decodeRate.value)} images/s` : ""}</span>
      </div>
    </section>
  );
}

/** What the network saw, where the code is that of a point or of an own image, and the error. */
function Original() {
  const [point, mine, here] = [focused.value, own.value, code.value];
  const onPoint = point !== null && same(codeOf(point), here);
  const original = useMemo(() => {
    if (mine && same(mine.mean, here)) return mine.image;
    return onPoint && !isTable() ? seenOf(point) : null;
  }, [point, mine, here, onPoint]);
  if (isTable()) return null;
  if (!original && onPoint) {
    return (
      <figure>
        <PointPicture point={point} />
        <figcaption>original, smaller</figcaption>
      </figure>
    );
  }
  if (!original) return null;
  return (
    <>
      <figure>
        <Picture values={original} label="What the network saw" />
        <figcaption>original</figcaption>
      </figure>
      {decoded.value && coarse.value === null && <ErrorMap values={decoded.value} truth={original} />}
    </>
  );
}

/** Where two images differ. */
export function ErrorMap({ values, truth }: { values: Float32Array; truth: Float32Array }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const largest = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => {
    const most = paintError(canvas.current!, values, truth, imageShape());
    largest.current!.textContent = most.toFixed(2);
  }, [values, truth]);
  return (
    <figure>
      <canvas ref={canvas} class="picture error" role="img" aria-label="Where the two differ" />
      <figcaption title="Blue is too dark, orange too bright.">error, up to <span ref={largest} /></figcaption>
    </figure>
  );
}

function Nearest() {
  const { codes } = model.value;
  const here = code.value;
  const found = useMemo(() => nearest(codes, here, 1)[0], [codes, here]);
  if (!found) return null;
  return (
    <button type="button" class="nearest" id="nearest" onClick={() => visit(found.point)}>
      <PointPicture point={found.point} />
      <span>
        Nearest: {describe(found.point)}
        <small>{found.distance > 0 ? `${short(found.distance)} away` : "its code is here"}</small>
      </span>
    </button>
  );
}

/** Makes where we are an end of the journey. */
function keep(end: Signal<Place | null>, letter: string): void {
  end.value = { name: codeOrigin.value || "a code", code: code.value.slice() };
  announcement.value = `${letter} is ${end.value.name}.`;
}

/** Goes to a point and holds on to it. */
export function visit(point: number): void {
  focused.value = point;
  goTo(codeOf(point), describe(point));
}

async function saveImage(): Promise<void> {
  if (!decoded.value) return;
  const frames = framesOf(decoded.value, imageShape());
  save(await png(enlargedFrames(frames, factorFor(frames, 512))), "image.png", "image/png");
}
