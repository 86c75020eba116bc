/** The payload with its blobs read: numbers as typed arrays. */

import type { ArrayRef, Codes, Column, FileRef, MapLayer, Model, Payload, Sampler } from "./payload";

export type Numbers = Float32Array | Uint8Array | Uint16Array | Uint32Array;

/** A column with its values. */
export type OpenedColumn =
  | { kind: "number"; name: string; unit: string; about: string; values: Float32Array }
  | { kind: "category"; name: string; about: string; values: Numbers; names: string[] };

export interface OpenedLayer extends Omit<MapLayer, "positions" | "inverse"> {
  /** [count, 2]; null for the plane, whose positions are dimensions of the codes. */
  positions: Float32Array | null;
  inverse: { mean: Float32Array; components: Float32Array } | null;
}

export interface OpenedSampler extends Omit<Sampler, "weights" | "means" | "factors"> {
  weights: Float32Array;
  means: Float32Array;
  factors: Float32Array | null;
}

export interface OpenedModel extends Omit<Model, "codes" | "layers" | "columns" | "samplers"> {
  /** [count, dims] */
  codes: Float32Array;
  layers: OpenedLayer[];
  columns: OpenedColumn[];
  samplers: OpenedSampler[];
}

export interface Opened extends Omit<Payload, "points" | "columns" | "models"> {
  points: Omit<Payload["points"], "index" | "files" | "labels"> & {
    index: Uint32Array;
    files: string[] | null;
    labels: Numbers | null;
  };
  columns: OpenedColumn[];
  models: OpenedModel[];
  /** The sheets of small images, drawn from; empty where there are none. */
  sheets: ImageBitmap[];
  /** The page's own size in bytes. */
  bytes: number;
}

/** The bytes of a blob, by its number. */
export type BlobReader = (blob: number) => Promise<Uint8Array<ArrayBuffer>>;

/** Reads blobs from the elements of the document. */
export async function fromDocument(blob: number): Promise<Uint8Array<ArrayBuffer>> {
  const element = document.getElementById(`blob-${blob}`)!;
  const text = atob(element.textContent!.trim());
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  element.textContent = ""; // its memory is large, and it is read once
  if (element.dataset["stored"] === "plain") return bytes;
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

/** Numbers of a blob; halves, and floats without their last byte, become floats. */
export async function numbers(ref: ArrayRef, read: BlobReader): Promise<Numbers> {
  const bytes = await read(ref.blob);
  switch (ref.type) {
    case "f32":
      return new Float32Array(bytes.buffer);
    case "u8":
      return bytes;
    case "u16":
      return new Uint16Array(bytes.buffer);
    case "u32":
      return new Uint32Array(bytes.buffer);
    case "f24":
      return upperBits(bytes);
    case "f16":
      return halves(new Uint16Array(bytes.buffer));
  }
}

/** Floats of which the lowest byte was left out. */
export function upperBits(bytes: Uint8Array): Float32Array {
  const bits = new Uint32Array(bytes.length / 3);
  for (let i = 0, at = 0; i < bits.length; i++, at += 3) {
    bits[i] = (bytes[at] << 8) | (bytes[at + 1] << 16) | (bytes[at + 2] << 24);
  }
  return new Float32Array(bits.buffer);
}

/** IEEE half floats as floats, by a table of all of them. */
export function halves(bits: Uint16Array): Float32Array {
  const table = (halves.table ??= halfTable());
  const values = new Float32Array(bits.length);
  for (let i = 0; i < bits.length; i++) values[i] = table[bits[i]];
  return values;
}
halves.table = undefined as Float32Array | undefined;

function halfTable(): Float32Array {
  const table = new Float32Array(65536);
  for (let bits = 0; bits < 65536; bits++) {
    const sign = bits & 0x8000 ? -1 : 1;
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 1023;
    if (exponent === 31) table[bits] = fraction ? NaN : sign * Infinity;
    else if (exponent === 0) table[bits] = sign * fraction * 2 ** -24;
    else table[bits] = sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
  }
  return table;
}

/** Codes, [count, dims]. */
async function codes(from: Codes, read: BlobReader): Promise<Float32Array> {
  const floats = (ref: ArrayRef) => numbers(ref, read) as Promise<Float32Array>;
  if ("blob" in from) return floats(from);
  const mean = await floats(from.mean);
  const scores = await floats(from.scores);
  const components = await floats(from.components);
  const [count, rank] = from.scores.shape;
  const dims = mean.length;
  const values = new Float32Array(count * dims);
  for (let i = 0; i < count; i++) {
    const code = values.subarray(i * dims, (i + 1) * dims);
    code.set(mean);
    for (let k = 0; k < rank; k++) {
      const score = scores[i * rank + k];
      for (let j = 0; j < dims; j++) code[j] += score * components[k * dims + j];
    }
  }
  return values;
}

/** Reads everything. */
export async function open(payload: Payload, read: BlobReader, bytes: number): Promise<Opened> {
  const floats = (ref: ArrayRef) => numbers(ref, read) as Promise<Float32Array>;
  const column = async (from: Column): Promise<OpenedColumn> =>
    from.kind === "number"
      ? { ...from, values: await floats(from.values) }
      : { ...from, values: await numbers(from.values, read) };
  const columns = (all: Column[]) => Promise.all(all.map(column));
  const model = async (from: Model): Promise<OpenedModel> => ({
    ...from,
    codes: await codes(from.codes, read),
    columns: await columns(from.columns),
    layers: await Promise.all(
      from.layers.map(async (layer) => ({
        ...layer,
        positions: layer.positions && (await floats(layer.positions)),
        inverse: layer.inverse && {
          mean: await floats(layer.inverse.mean),
          components: await floats(layer.inverse.components),
        },
      })),
    ),
    samplers: await Promise.all(
      from.samplers.map(async (sampler) => ({
        ...sampler,
        weights: await floats(sampler.weights),
        means: await floats(sampler.means),
        factors: sampler.factors && (await floats(sampler.factors)),
      })),
    ),
  });
  const bitmap = async (sheet: FileRef) =>
    createImageBitmap(new Blob([await read(sheet.blob)], { type: sheet.media }));
  const { points } = payload;
  return {
    ...payload,
    points: {
      ...points,
      index: (await numbers(points.index, read)) as Uint32Array,
      files: points.files && (JSON.parse(new TextDecoder().decode(await read(points.files.blob))) as string[]),
      labels: points.labels && (await numbers(points.labels, read)),
    },
    columns: await columns(payload.columns),
    models: await Promise.all(payload.models.map(model)),
    sheets: await Promise.all((payload.images?.sheets ?? []).map(bitmap)),
    bytes,
  };
}
