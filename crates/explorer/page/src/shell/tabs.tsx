/** The panels beside the map, one at a time. */

import type { ComponentType } from "preact";

import { Generate } from "../panels/generate";
import { Journey } from "../panels/journey";
import { Now } from "../panels/now";
import { OwnInput } from "../panels/own-input";
import { Walk } from "../panels/walk";
import { SelectionPanel } from "../selection/panel";
import { model, selection, tab, type Tab } from "../state";

function Look() {
  return (
    <>
      <Now />
      <Walk />
    </>
  );
}

export const TABS: { tab: Tab; name: string; panel: ComponentType }[] = [
  { tab: "look", name: "Look", panel: Look },
  { tab: "selection", name: "Selection", panel: SelectionPanel },
  { tab: "journey", name: "Journey", panel: Journey },
  { tab: "draw", name: "Draw", panel: OwnInput },
  { tab: "generate", name: "Generate", panel: Generate },
];

export function Tabs() {
  const now = TABS.find((candidate) => candidate.tab === tab.value)!;
  const Panel = now.panel;
  const keys = (event: KeyboardEvent) => {
    const by = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? TABS.length - 1 : 0;
    if (by === 0) return;
    event.preventDefault();
    event.stopPropagation();
    const next = TABS[(TABS.indexOf(now) + by) % TABS.length].tab;
    tab.value = next;
    document.getElementById(`tab-${next}`)?.focus();
  };
  return (
    <aside class="side" aria-label="Panels">
      <div class="tabs" role="tablist" onKeyDown={keys}>
        {TABS.map(({ tab: name, name: title }, i) => (
          <button
            key={name} id={`tab-${name}`} role="tab" aria-selected={tab.value === name} aria-controls="panel"
            tabIndex={tab.value === name ? 0 : -1} title={`${nameOf(name, title)} (${i + 1})`} onClick={() => (tab.value = name)}
          >
            {nameOf(name, title)}
            {name === "selection" && selection.value && <small>{selection.value.length.toLocaleString("en", { notation: "compact" })}</small>}
          </button>
        ))}
      </div>
      <div id="panel" role="tabpanel" aria-labelledby={`tab-${tab.value}`}>
        <Panel />
      </div>
    </aside>
  );
}

/** Only digits are best drawn: photographs are dropped, rows of a table typed in. */
function nameOf(of: Tab, title: string): string {
  if (of !== "draw" || model.value.input.isDigits) return title;
  return model.value.input.table ? "Row" : "Image";
}
