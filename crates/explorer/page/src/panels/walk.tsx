/** A slider for each dimension of the code, and what changes along one. */

import { useMemo } from "preact/hooks";
import { useSignal } from "@preact/signals";

import { Histogram } from "../common/chart";
import { decimals, short } from "../common/numbers";
import { moved } from "../common/points";
import { Strip } from "../common/strip";
import type { OpenedModel } from "../opened";
import { code, codeOrigin, goTo, model } from "../state";

/** Sliders that are shown at first. */
const FIRST = 12;
/** Images along a dimension. */
const STEPS = 7;
/** Sliders reach beyond the codes by this share of their spread. */
const MARGIN = 0.25;
/** A dimension is active where its means vary by more (Burda, Grosse & Salakhutdinov 2016). */
const ACTIVE_VARIANCE = 0.01;

export function Walk() {
  const of = model.value;
  const count = useSignal(FIRST);
  const wanted = useSignal("");
  const along = useSignal<number | null>(null);
  const order = useMemo(() => byInformation(of), [of]);
  const active = useMemo(() => activeDimensions(of), [of]);
  if (code.value.length !== of.dims.length) return null;

  const number = Number.parseInt(wanted.value.replace(/^\s*z/i, ""), 10) - 1;
  const shown = number in of.dims ? [number] : order.slice(0, count.value);
  const strip = along.value !== null && along.value < of.dims.length ? along.value : shown[0];
  return (
    <section id="walk" class="panel" aria-label="Walk">
      <p class="soft">
        {of.isVariational && `${active.filter(Boolean).length} of ${of.dims.length} dimensions active. `}
        {of.isVariational ? "Sorted by mean KL divergence. " : "Sorted by variance. "}
        Double-click a slider, or press R, for the mean.
      </p>
      {of.dims.length > FIRST && (
        <label class="find">
          Dimension{" "}
          <input
            type="search" id="dimension-search" inputMode="numeric" placeholder={`1 to ${of.dims.length}`}
            value={wanted.value} onInput={(event) => (wanted.value = event.currentTarget.value)}
          />
        </label>
      )}
      <div class="sliders">
        {shown.map((k) => (
          <Slider key={k} k={k} isActive={active[k]} isCurrent={k === strip} onEnter={() => (along.value = k)} />
        ))}
      </div>
      {shown.length > 1 && count.value < of.dims.length && (
        <button type="button" id="more-dimensions" onClick={() => (count.value += FIRST)}>
          {Math.min(FIRST, of.dims.length - count.value)} more
        </button>
      )}
      <Along k={strip} />
    </section>
  );
}

/** Dimensions, those that tell most first. */
function byInformation({ dims }: OpenedModel): number[] {
  return [...dims.keys()].sort((a, b) => dims[b].information - dims[a].information);
}

/** Whether each dimension's means vary over the points. */
function activeDimensions({ codes, dims, isVariational }: OpenedModel): boolean[] {
  const count = codes.length / dims.length;
  return dims.map((_, k) => {
    if (!isVariational) return true;
    let [sum, squares] = [0, 0];
    for (let at = k; at < codes.length; at += dims.length) {
      sum += codes[at];
      squares += codes[at] ** 2;
    }
    return squares / count - (sum / count) ** 2 > ACTIVE_VARIANCE;
  });
}

/** The ends of a dimension's slider. */
function ends(k: number): [number, number] {
  const { low, high } = model.value.dims[k];
  const margin = MARGIN * (high - low) || 1;
  return [low - margin, high + margin];
}

/** Moves along one dimension. */
function move(k: number, value: number): void {
  if (!Number.isFinite(value)) return;
  const next = code.value.slice();
  next[k] = value;
  goTo(next, moved(codeOrigin.value));
}

interface SliderProps {
  k: number;
  isActive: boolean;
  isCurrent: boolean;
  onEnter: () => void;
}

function Slider({ k, isActive, isCurrent, onEnter }: SliderProps) {
  const { dims, isVariational } = model.value;
  const { information, mean, low, high, histogram } = dims[k];
  const value = code.value[k];
  const [from, to] = ends(k);
  const share = (at: number) => (at - from) / (to - from);
  const bins = useMemo(
    () => <Histogram bins={histogram} from={share(low)} to={share(high)} mark={share(mean)} />, [histogram],
  );
  const unit = isVariational ? " nats" : "";
  return (
    <div
      class={`slider${isActive ? "" : " inactive"}${isCurrent ? " current" : ""}`} onPointerEnter={onEnter} onFocusIn={onEnter}
      onKeyDown={(event) => event.key === "r" && !event.ctrlKey && !event.metaKey && move(k, mean)}
    >
      <label for={`z${k + 1}`} title={isActive ? "" : "Inactive: its means hardly vary."}>
        z{k + 1} <small>{isActive ? `${Number(information.toPrecision(2))}${unit}` : "inactive"}</small>
      </label>
      <div class="track" onDblClick={() => move(k, mean)}>
        {bins}
        <input
          type="range" id={`z${k + 1}`} min={from} max={to} step={(to - from) / 256} value={value}
          aria-valuetext={short(value)} onInput={(event) => move(k, event.currentTarget.valueAsNumber)}
        />
      </div>
      <input
        type="number" aria-label={`Value of z${k + 1}`} step="0.1" value={decimals(value)}
        onChange={(event) => move(k, event.currentTarget.valueAsNumber)}
      />
    </div>
  );
}

/** What one dimension changes, all others as they are. */
function Along({ k }: { k: number }) {
  const { dims } = model.value;
  const here = code.value;
  const [from, to] = ends(k);
  const values = Array.from({ length: STEPS }, (_, i) => from + ((to - from) * i) / (STEPS - 1));
  const codes = useMemo(() => {
    const all = new Float32Array(STEPS * dims.length);
    values.forEach((value, i) => {
      all.set(here, i * dims.length);
      all[i * dims.length + k] = value;
    });
    return all;
  }, [here, k, dims]);
  const nearest = Math.round(((here[k] - from) / (to - from)) * (STEPS - 1));
  return (
    <>
      <h3>Along z{k + 1}</h3>
      <Strip
        codes={codes} names={values.map((value) => `z${k + 1} = ${short(value)}`)} label={`What changes along z${k + 1}`}
        current={nearest} onPick={(i) => move(k, values[i])}
      />
      <p class="ends soft"><span>{short(from)}</span><span>{short(to)}</span></p>
    </>
  );
}
