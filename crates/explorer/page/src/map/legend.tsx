/** What the colours mean: categories that can be switched off, with counts, or a bar of numbers. */

import { signal, useComputed } from "@preact/signals";
import { useRef } from "preact/hooks";

import { short } from "../common/numbers";
import { hiddenCategories, selection } from "../state";
import { isSmall } from "./camera";
import { colouring, countsOf, type Category, type Colouring } from "./colouring";
import { css } from "./palette";

const isOpen = signal<boolean | null>(null);

export function Legend() {
  const now = colouring.value;
  if (now.kind === "plain") return null;
  const open = isOpen.value ?? !isSmall();
  return (
    <aside id="legend" class="card legend" aria-label="Legend">
      <button class="plain title" aria-expanded={open} onClick={() => (isOpen.value = !open)} title={now.column.about || "Colours"}>
        <span>{now.column.name}</span>
        <small>{now.kind === "number" ? now.column.unit : ""}</small>
        <i class="chevron" />
      </button>
      {open && (now.kind === "number" ? <Bar now={now} /> : <Categories now={now} />)}
    </aside>
  );
}

function Bar({ now }: { now: Colouring & { kind: "number" } }) {
  const stops = now.ramp.filter((_, i) => i % 15 === 0).map(css).join(", ");
  const middle = short((now.low + now.high) / 2);
  return (
    <figure class="colour-bar">
      <div style={{ background: `linear-gradient(to right, ${stops})` }} />
      <p><span>≤ {short(now.low)}</span><span>{middle}</span><span>≥ {short(now.high)}</span></p>
    </figure>
  );
}

function Categories({ now }: { now: Colouring & { kind: "category" } }) {
  const { column, categories } = now;
  const totals = useComputed(() => countsIn(colouring.value, null));
  const within = useComputed(() => selection.value && countsIn(colouring.value, selection.value));
  const hidden = hiddenCategories.value;
  const before = useRef(hidden); // the last click
  const isHidden = (of: Category) => of.values.every((value) => hidden.has(value));
  const toggle = (of: Category) => {
    const next = new Set(hidden);
    for (const value of of.values) isHidden(of) ? next.delete(value) : next.add(value);
    hiddenCategories.value = next;
  };
  const isolate = (of: Category) => {
    const others = categories.filter((other) => other !== of).flatMap(({ values }) => values);
    // The first click of the two has switched it already.
    const was = (value: number) => !before.current.has(value);
    const isAlone = of.values.every(was) && !others.some(was);
    hiddenCategories.value = new Set(isAlone ? [] : others);
  };
  const press = (of: Category, isAlone: boolean) => {
    before.current = hidden;
    (isAlone ? isolate : toggle)(of);
  };
  return (
    <>
      <ul>
        {categories.map((category, i) => (
          <li key={category.name}>
            <button
              class="plain entry" aria-pressed={!isHidden(category)} title={`${category.name} (click: off or on; double click or Shift: this one alone)`}
              onClick={(event) => event.detail < 2 && press(category, event.shiftKey)}
              onKeyDown={(event) => {
                // Not every browser tells a click of the keyboard's what is held with it.
                if (event.key !== "Enter" || !event.shiftKey) return;
                event.preventDefault();
                press(category, true);
              }}
              onDblClick={() => isolate(category)}
            >
              <i class="swatch" style={{ background: css(category.colour) }} />
              <span>{category.name}</span>
              <small>
                {within.value && `${within.value[i].toLocaleString("en")} of `}
                {totals.value[i]?.toLocaleString("en")}
              </small>
            </button>
          </li>
        ))}
      </ul>
      {hidden.size > 0 && (
        <button class="plain all" onClick={() => (hiddenCategories.value = new Set())}>
          Show all of {column.name}
        </button>
      )}
    </>
  );
}

function countsIn(now: Colouring, among: Uint32Array | null): number[] {
  if (now.kind !== "category") return [];
  const counts = countsOf(now.column.values, now.column.names.length, among);
  return now.categories.map(({ values }) => values.reduce((sum, value) => sum + counts[value], 0));
}
