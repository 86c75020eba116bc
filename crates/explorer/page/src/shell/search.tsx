/** Finds points by index, file name or class: a field with a list below it. */

import { signal, useComputed } from "@preact/signals";

import { countsOf } from "../map/colouring";
import { Thumb } from "../map/thumb";
import { className, pointName } from "../common/points";
import { count, find, select } from "../selection/choose";
import { opened, selection, tab } from "../state";
import { Icon } from "./icons";

const SHOWN = 10;

type Hit = { kind: "point"; point: number } | { kind: "class"; value: number; name: string; count: number };

/** A class by its name, then points by index, then by a part of the file name. */
export function hits(query: string): Hit[] {
  const { points } = opened.value!;
  const text = query.trim().toLowerCase();
  if (text === "") return [];
  const found: Hit[] = [];
  if (points.labels) {
    const counts = countsOf(points.labels, points.classes.length);
    points.classes.forEach((name, value) => {
      const lower = name.toLowerCase();
      const isHit = lower === text || `class ${lower}` === text || (text.length > 1 && lower.includes(text));
      if (isHit && counts[value] > 0) found.push({ kind: "class", value, name, count: counts[value] });
    });
  }
  const index = /^#?\d+$/.test(text) ? Number(text.replace("#", "")) : -1;
  const exact = points.index.indexOf(index);
  if (index >= 0 && exact >= 0) found.push({ kind: "point", point: exact });
  for (let point = 0; points.files && point < points.count && found.length < SHOWN; point++) {
    if (point !== exact && points.files[point].toLowerCase().includes(text)) found.push({ kind: "point", point });
  }
  return found.slice(0, SHOWN);
}

const query = signal("");
const active = signal(0);
const isOpen = signal(false);

export function Search() {
  const found = useComputed(() => hits(query.value));
  const choose = (hit: Hit | undefined) => {
    if (!hit) return;
    isOpen.value = false;
    if (hit.kind === "point") return find(hit.point);
    const { labels } = opened.value!.points;
    select(Uint32Array.from(labels!.keys()).filter((point) => labels![point] === hit.value));
    if (selection.value) tab.value = "selection";
  };
  const keys = (event: KeyboardEvent & { currentTarget: HTMLInputElement }) => {
    const length = found.value.length;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      active.value = length > 0 ? (active.value + (event.key === "ArrowDown" ? 1 : length - 1)) % length : 0;
      isOpen.value = true;
    } else if (event.key === "Enter") {
      choose(found.value[active.value]);
    } else if (event.key === "Escape") {
      if (!isOpen.value) event.currentTarget.blur();
      isOpen.value = false;
    } else return;
    event.preventDefault();
  };
  const isListed = isOpen.value && query.value.trim() !== "";
  return (
    <div class="search">
      <Icon name="search" />
      <input
        id="search" type="search" role="combobox" list={undefined} placeholder="Search" autocomplete="off" spellcheck={false}
        value={query.value}
        aria-label={`Search by index, ${opened.value!.points.files ? "file name, " : ""}class`} aria-expanded={isListed}
        aria-controls="hits" aria-autocomplete="list" title="Search by index, file name or class (/)"
        {...(isListed && found.value.length > 0 && { "aria-activedescendant": `hit-${active.value}` })}
        onInput={(event) => {
          query.value = event.currentTarget.value;
          active.value = 0;
          isOpen.value = true;
        }}
        onKeyDown={keys} onFocus={() => (isOpen.value = true)} onBlur={() => (isOpen.value = false)}
      />
      {isListed && (
        <ul id="hits" role="listbox" aria-label="Found">
          {found.value.map((hit, i) => (
            <li
              key={i} id={`hit-${i}`} role="option" aria-selected={i === active.value}
              onPointerDown={(event) => (event.preventDefault(), choose(hit))}
            >
              <HitLine hit={hit} />
            </li>
          ))}
          {found.value.length === 0 && <li class="none">Nothing has this index, name or class.</li>}
        </ul>
      )}
    </div>
  );
}

function HitLine({ hit }: { hit: Hit }) {
  if (hit.kind === "class") return <><b>class {hit.name}</b><small>select {count(hit.count)}</small></>;
  const known = className(hit.point);
  return (
    <>
      <Thumb point={hit.point} side={28} />
      <span>{pointName(hit.point)}</span>
      {known && <small>class {known}</small>}
    </>
  );
}
