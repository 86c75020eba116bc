/** Image files that are dropped or pasted anywhere on the page: the panel of own input opens and takes them. */

import { signal } from "@preact/signals";

import { isTable } from "../common/image";
import { tab } from "../state";

/** What was given last and not taken yet; without a file where it was something else. */
export const given = signal<{ file: File | undefined } | null>(null);

/** Begins to listen; the answer ends it. */
export function receive(): () => void {
  const give = (file: File | undefined) => {
    if (isTable()) return;
    given.value = { file };
    tab.value = "draw";
  };
  const paste = (event: ClipboardEvent) => {
    const files = event.clipboardData?.files;
    if (files?.length) give(files[0]);
  };
  // Else the browser would leave the page for the file.
  const over = (event: DragEvent) => event.preventDefault();
  const drop = (event: DragEvent) => {
    event.preventDefault();
    give(event.dataTransfer?.files[0]);
  };
  document.addEventListener("paste", paste);
  document.addEventListener("dragover", over);
  document.addEventListener("drop", drop);
  return () => {
    document.removeEventListener("paste", paste);
    document.removeEventListener("dragover", over);
    document.removeEventListener("drop", drop);
  };
}
