/** Names and values in the part of an address after #, short and legible. */

/** Commas, minus and points stay as they are. */
export function write(values: Record<string, string>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${encodeURIComponent(value).replaceAll("%2C", ",")}`)
    .join("&");
}

/** What cannot be read is left out. */
export function parse(text: string): Record<string, string | undefined> {
  const found: Record<string, string | undefined> = Object.create(null);
  for (const part of text.split("&")) {
    const at = part.indexOf("=");
    if (at < 1) continue;
    try {
      found[part.slice(0, at)] = decodeURIComponent(part.slice(at + 1));
    } catch {
      // a broken % sequence
    }
  }
  return found;
}

export function rounded(value: number, digits: number): string {
  return String(Number(value.toPrecision(digits)));
}

/** Ascending points as ranges: "3-7,9". */
export function encodePoints(points: Uint32Array): string {
  const ranges: string[] = [];
  for (let i = 0; i < points.length; ) {
    let end = i;
    while (end + 1 < points.length && points[end + 1] === points[end] + 1) end++;
    ranges.push(end > i ? `${points[i]}-${points[end]}` : `${points[i]}`);
    i = end + 1;
  }
  return ranges.join();
}

/** Points below `count`, ascending; none if anything is amiss. */
export function decodePoints(text: string, count: number): Uint32Array {
  const found = new Set<number>();
  for (const range of text.split(",")) {
    const match = /^(\d{1,9})(?:-(\d{1,9}))?$/.exec(range);
    const [first, last] = match ? [Number(match[1]), Number(match[2] ?? match[1])] : [1, 0];
    if (first > last || last >= count) return new Uint32Array();
    for (let point = first; point <= last; point++) found.add(point);
  }
  return Uint32Array.from(found).sort();
}
