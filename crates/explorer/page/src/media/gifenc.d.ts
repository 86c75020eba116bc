/** What is used of gifenc, which has no types of its own. */
declare module "gifenc" {
  type Palette = number[][];
  interface Encoder {
    writeFrame(
      index: Uint8Array, width: number, height: number,
      options: { palette?: Palette; delay?: number; repeat?: number },
    ): void;
    finish(): void;
    bytes(): Uint8Array<ArrayBuffer>;
  }
  export function GIFEncoder(): Encoder;
  export function quantize(rgba: Uint8Array, colours: number, options?: { format: "rgb565" | "rgb444" }): Palette;
  export function applyPalette(rgba: Uint8Array, palette: Palette, format?: "rgb565" | "rgb444"): Uint8Array;
}
