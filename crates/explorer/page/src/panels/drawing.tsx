/** A canvas to draw on with finger, mouse or pen. */

import { useEffect, useRef } from "preact/hooks";
import { useSignal } from "@preact/signals";

import { centred } from "../common/digits";
import { fromFile, grey, innerShape, seen, type Raster } from "../common/raster";
import type { InputRules } from "../payload";
import { model } from "../state";
import { KeyboardPen } from "./keyboard-pen";
import { forget, look } from "./looking";
import { rasterOf } from "./reading";
import { draw, strokes, type Position, type Stroke } from "./strokes";

/** The longer side of the canvas in pixels. */
const SIDE = 280;
/** Widths of the pen as shares of the longer side: MNIST's strokes are an eighth of its digits. */
const WIDTHS = { thin: 0.05, usual: 0.085, thick: 0.13 };

export function Drawing() {
  const { input } = model.value;
  const canvas = useRef<HTMLCanvasElement>(null);
  const width = useSignal<keyof typeof WIDTHS>("usual");
  const isErasing = useSignal(false);
  const pen = useSignal("#ffffff");
  const paper = useSignal("#000000");
  const isEmpty = strokes.value.length === 0;
  const [height, across] = innerShape(input);
  const scale = SIDE / Math.max(height, across);
  const ink = input.isDigits ? "#ffffff" : pen.value;
  const behind = input.isDigits ? "#000000" : paper.value;

  const context = () => canvas.current!.getContext("2d", { willReadFrequently: true })!;
  const change = (next: Stroke[], on = behind) => {
    strokes.value = next;
    draw(context(), next, on);
    const drawing = rasterOf(context());
    if (next.length > 0 && !isBlank(drawing)) look("the drawing", (rules) => imageOf(drawing, rules));
    else forget();
  };

  useEffect(() => draw(context(), strokes.value, behind), [strokes.value, input, behind]);

  const begin = (at: Position) => {
    const stroke = { points: [at], width: WIDTHS[width.value] * SIDE, colour: isErasing.value ? null : ink };
    change([...strokes.value, stroke]);
  };
  const go = (...to: Position[]) => {
    const last = strokes.value.at(-1);
    if (last) change([...strokes.value.slice(0, -1), { ...last, points: [...last.points, ...to] }]);
  };

  const at = (event: PointerEvent): Position => {
    const box = canvas.current!.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  };
  const down = (event: PointerEvent) => {
    if (event.button !== 0) return;
    canvas.current!.setPointerCapture(event.pointerId);
    begin(at(event));
  };
  const move = (event: PointerEvent) => {
    if (!canvas.current!.hasPointerCapture(event.pointerId)) return;
    const passed = event.getCoalescedEvents?.() ?? [];
    go(...(passed.length > 0 ? passed : [event]).map(at));
  };

  return (
    <div class="drawing">
      <KeyboardPen begin={begin} go={go}>
        <canvas
          ref={canvas} id="pad" width={Math.round(across * scale)} height={Math.round(height * scale)}
          onPointerDown={down} onPointerMove={move}
        />
      </KeyboardPen>
      <div class="tools">
        <select
          id="pen-width" aria-label="Width of the pen" value={width.value}
          onChange={(event) => (width.value = event.currentTarget.value as keyof typeof WIDTHS)}
        >
          {Object.keys(WIDTHS).map((name) => <option key={name} value={name}>{name} pen</option>)}
        </select>
        {!input.isDigits && (
          <>
            <label>
              pen{" "}
              <input
                type="color" id="pen" value={pen.value} onInput={(event) => (pen.value = event.currentTarget.value)}
              />
            </label>
            <label>
              paper{" "}
              <input
                type="color" id="paper" value={paper.value}
                onInput={(event) => change(strokes.value, (paper.value = event.currentTarget.value))}
              />
            </label>
          </>
        )}
        <button
          type="button" id="eraser" aria-pressed={isErasing.value} onClick={() => (isErasing.value = !isErasing.value)}
        >
          Eraser
        </button>
        <button type="button" id="undo" disabled={isEmpty} onClick={() => change(strokes.value.slice(0, -1))}>Undo</button>
        <button type="button" id="clear" disabled={isEmpty} onClick={() => change([])}>Clear</button>
        <p class="soft">
          {input.isDigits ? "Draw a digit: it is centred and scaled as MNIST’s are." : "Draw with finger, mouse or pen."}
        </p>
      </div>
    </div>
  );
}

/** Whether all pixels are the same. */
function isBlank({ values }: Raster): boolean {
  return values.every((value, i) => value === values[i % 4]);
}

/** What is drawn as a network with these rules sees it. */
function imageOf(drawing: Raster, rules: InputRules): Float32Array {
  const digit = rules.isDigits ? centred(grey(drawing), innerShape(rules)[0]) : null;
  return seen(digit ?? fromFile(drawing, { ...rules, fit: "resize", range: [0, 1] }), rules);
}
