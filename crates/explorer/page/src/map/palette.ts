/** Colours that people with any colour vision can tell apart: those of the report (`crates/report/src/palette.rs`). */

export type Rgb = [number, number, number];

/** Of up to 20 classes: Petroff (2021), then the same hues darkened. */
const CLASSES = [
  "832db6", "ffa90e", "bd1f01", "3f90da", "e76300", "a96b59", "92dadd", "717581", "94a4a2", "b9ac70",
  "450f66", "9c6000", "5e0a00", "1d5286", "863600", "5c3327", "3c8084", "333640", "4c5856", "6b6131",
].map(parse);
export const CLASS_COLOURS = CLASSES.length;

/** Anchors of viridis at 0, 1/10, … 1. */
const VIRIDIS = [
  "440154", "482475", "414487", "355f8d", "2a788e", "21918c", "22a884", "44bf71", "7ad151", "bdde26", "fde725",
].map(parse);

/** From below zero to above it, by way of a grey that is seen on either paper. */
const BELOW = ["0b4f9e", "3f8fd6"].map(parse);
const ABOVE = ["f09a3e", "a83c00"].map(parse);
const ZERO = { light: parse("c3c7cc"), dark: parse("5d646d") };

/** Points that are not meant: unselected, switched off. */
export const GREY = { light: parse("d3d8de"), dark: parse("333a42") };
/** Points of which nothing is known. */
const UNKNOWN = { light: parse("a0a0a0"), dark: parse("8b8f94") };
/** Points when there is nothing to tell them apart by. */
export const PLAIN = parse("0072b2");

export type Paper = "light" | "dark";

export function parse(hex: string): Rgb {
  return [0, 2, 4].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)) as Rgb;
}

export const css = (colour: Rgb) => `rgb(${colour.join(" ")})`;

const mix = (a: Rgb, b: Rgb, share: number) => a.map((value, i) => Math.round(value + share * (b[i] - value))) as Rgb;

/** Of the class of rank `index`; none beyond 20. On dark paper the darkened ones are lightened instead. */
export function classColour(index: number | null, paper: Paper): Rgb {
  if (index === null || index >= CLASSES.length) return UNKNOWN[paper];
  if (paper === "light" || (index > 0 && index < 10)) return CLASSES[index];
  return index === 0 ? parse("a55fd0") : mix(CLASSES[index - 10], [255, 255, 255], 0.55);
}

function along(anchors: Rgb[], share: number): Rgb {
  const place = Math.min(1, Math.max(0, share)) * (anchors.length - 1);
  const index = Math.min(Math.floor(place), anchors.length - 2);
  return mix(anchors[index], anchors[index + 1], place - index);
}

/** 256 colours of a number's range: viridis, or two-sided around the middle. */
export function ramp(isCentred: boolean, paper: Paper): Rgb[] {
  const anchors = isCentred ? [...BELOW, ZERO[paper], ...ABOVE] : VIRIDIS;
  return Array.from({ length: 256 }, (_, i) => along(anchors, i / 255));
}

export const unknownColour = (paper: Paper) => UNKNOWN[paper];
