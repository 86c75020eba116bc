/** Light or dark: what the system says, unless one was chosen. */

import { computed, effect, signal } from "@preact/signals";

import type { Paper } from "../map/palette";
import { theme } from "../state";

const query = matchMedia("(prefers-color-scheme: dark)");
const system = signal<Paper>(query.matches ? "dark" : "light");
query.addEventListener("change", () => (system.value = query.matches ? "dark" : "light"));

export const paper = computed<Paper>(() => (theme.value === "system" ? system.value : theme.value));

effect(() => {
  document.documentElement.dataset["theme"] = paper.value;
});

export function switchTheme(): void {
  theme.value = paper.value === "dark" ? "light" : "dark";
}

/** Whether people asked for less motion. */
export const isStill = () => matchMedia("(prefers-reduced-motion: reduce)").matches;
