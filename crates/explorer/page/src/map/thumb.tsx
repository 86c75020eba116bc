/** The small image of a point; where there is none, its class. */

import { useLayoutEffect, useRef } from "preact/hooks";

import { hasImage, paintPoint } from "../common/image";
import { className, pointName } from "../common/points";

export function Thumb({ point, side }: { point: number; side: number }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  useLayoutEffect(() => {
    if (canvas.current) paintPoint(canvas.current, point);
  }, [point]);
  const style = { width: `${side}px`, height: `${side}px` };
  if (!hasImage(point)) return <span class="thumb none" style={style}>{className(point) || "·"}</span>;
  return <canvas ref={canvas} class="thumb" style={style} role="img" aria-label={pointName(point)} />;
}
