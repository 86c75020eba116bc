/** Opens the payload, then shows the page. */

import { render } from "preact";

import { App } from "./app";
import { start } from "./inference/client";
import { fromDocument, open } from "./opened";
import type { Payload } from "./payload";
import * as state from "./state";

// For the console, and for tests: everything that is shown can be read and set here, and networks can be run.
Object.assign(globalThis, { explorer: { ...state, start } });

async function main(): Promise<void> {
  const payload = JSON.parse(document.getElementById("payload")!.textContent!) as Payload;
  const bytes = document.documentElement.outerHTML.length;
  state.opened.value = await open(payload, fromDocument, bytes);
  render(<App />, document.getElementById("explorer")!);
  document.documentElement.dataset["ready"] = "true";
}

main().catch((error: unknown) => {
  document.getElementById("explorer")!.textContent = `This page cannot be shown: ${String(error)}`;
});
