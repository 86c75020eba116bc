/** What page and worker say to each other. */

import type { NetworkProgram } from "../payload";
import type { MachineKind } from "./machine";

export type Task = "encode" | "decode" | "losses";

export type Question =
  /** The first of each network, which later ones name. */
  | { type: "start"; network: number; program: NetworkProgram; weights: Float32Array }
  /** `values` are images or codes, one after the other. */
  | { type: "ask"; id: number; network: number; task: Task; values: Float32Array }
  /** What the worker computes with. */
  | { type: "kernels"; id: number };

/** Kernels; means and log variances, pixels, or losses; or why there are none. */
export type Answer =
  | { id: number; kernels: MachineKind["name"] }
  | { id: number; values: Float32Array<ArrayBuffer>; logVar: Float32Array<ArrayBuffer> | null }
  | { id: number; error: string };
