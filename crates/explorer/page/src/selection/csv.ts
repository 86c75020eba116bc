/** Rows as CSV (RFC 4180): lines end in CR LF, quotes are doubled. */

/**
 * A cell of text. Spreadsheets run what begins with = + - @, a tab or a return, even between quotes; such text gets an
 * apostrophe before it, which they take as "this is text" and do not show.
 */
export function textCell(text: string): string {
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return safe !== text || /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** As short as reads back to the same 32-bit float; empty where there is no number. */
export function numberCell(value: number): string {
  if (!Number.isFinite(value)) return "";
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === Math.fround(value)) return String(short);
  }
  return String(Number(value.toPrecision(9)));
}

export function csv(header: string[], rows: Iterable<string[]>): string {
  let text = header.map(textCell).join(",") + "\r\n";
  for (const row of rows) text += row.join(",") + "\r\n";
  return text;
}
