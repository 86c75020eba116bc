/** Images as components. */

import { useLayoutEffect, useRef } from "preact/hooks";

import { model } from "../state";
import { imageShape, isTable, paint, paintPoint, paintRow } from "./image";
import { describe } from "./points";

/** An image that the network made or saw; a row of a table as small bars. Without a label it is decoration. */
export function Picture({ values, label, id }: { values: Float32Array | null; label: string; id?: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const of = model.value;
  useLayoutEffect(() => {
    if (!values) return;
    if (isTable()) paintRow(canvas.current!, values);
    else paint(canvas.current!, values, imageShape());
  }, [values, of]);
  const role = label ? { role: "img" as const, "aria-label": label } : { "aria-hidden": true };
  return <canvas ref={canvas} id={id} class="picture" width={1} height={1} {...role} />;
}

/** The small image of a point; nothing of a table's row. */
export function PointPicture({ point }: { point: number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const label = describe(point);
  useLayoutEffect(() => {
    if (canvas.current) canvas.current.hidden = !paintPoint(canvas.current, point);
  }, [point]);
  if (isTable()) return null;
  return <canvas ref={canvas} class="picture" role="img" aria-label={label} title={label} width={1} height={1} />;
}
