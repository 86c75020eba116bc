/** Files for the user to keep. */

import { announcement, opened } from "../state";

/** Offers a file for download; its name begins with the run's. */
export function save(content: Uint8Array<ArrayBuffer> | string, name: string, type: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([content], { type }));
  const title = opened.peek()!.title.replace(/[^\p{L}\p{N}._-]+/gu, "-");
  link.download = `${title}-${name}`;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  announcement.value = `Saved as ${link.download}.`;
}

/** A field of a CSV file. */
export function field(text: string | number): string {
  const plain = String(text);
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain;
}
