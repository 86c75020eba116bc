/** The image that the present code decodes to. */

import { useLayoutEffect, useRef } from "preact/hooks";

import { coarse } from "../common/decoder";
import { imageShape, isTable, paint, paintPoint, paintRow } from "../common/image";
import { codeOrigin, decoded } from "../state";

/** As large as there is room; until it is there, the nearest point's, blurred. */
export function Here({ id }: { id?: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const [image, point] = [decoded.value, coarse.value];
  useLayoutEffect(() => {
    if (point !== null && paintPoint(canvas.current!, point)) return;
    if (!image) return;
    if (isTable()) paintRow(canvas.current!, image);
    else paint(canvas.current!, image, imageShape());
  }, [image, point]);
  const label = `Decoded: ${codeOrigin.value}`;
  return (
    <canvas
      ref={canvas} id={id} class={point === null ? "picture" : "picture coarse"} role="img" aria-label={label}
      width={1} height={1}
    />
  );
}
