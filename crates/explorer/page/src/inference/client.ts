/** The networks, in a worker: the page asks; a question about few images overtakes one about many. */

import workerSource from "worker-source";

import type { NetworkProgram } from "../payload";
import type { Answer, Question, Task } from "./messages";

/** What an encoder finds. */
export interface Posterior {
  /** [n, dims] */
  mean: Float32Array;
  /** [n, dims]; null of plain autoencoders. */
  logVar: Float32Array | null;
}

/** One network in the worker. A promise is rejected where the network cannot be computed, with the reason. */
export interface Network {
  /** Images [n, …input], pixels in [0, 1] (or standardised values), to posteriors. */
  encode(images: Float32Array): Promise<Posterior>;
  /** Codes [n, dims] to pixels [n, …input] (after the sigmoid, where there is one). */
  decode(codes: Float32Array): Promise<Float32Array>;
  /** Reconstruction loss of each image from the posterior's mean, [n], as the engine's `image_losses` measures it. */
  losses(images: Float32Array): Promise<Float32Array>;
  /** What it computes with: WebAssembly's vectors, or plain arrays where the browser has none. */
  kernels(): Promise<"vectors" | "plain">;
}

type Values = Extract<Answer, { values: unknown }>;
type Kernels = Extract<Answer, { kernels: unknown }>;

/** One worker for all networks of the page. */
class Client {
  private readonly worker: Worker;
  private readonly waiting = new Map<number, { resolve: (answer: never) => void; reject: (reason: Error) => void }>();
  private broken: Error | null = null;
  private questions = 0;
  private networks = 0;

  constructor() {
    const url = URL.createObjectURL(new Blob([workerSource], { type: "text/javascript" }));
    this.worker = new Worker(url);
    this.worker.onmessage = ({ data }: MessageEvent<Answer>) => {
      const asked = this.waiting.get(data.id)!;
      this.waiting.delete(data.id);
      if ("error" in data) asked.reject(new Error(data.error));
      else asked.resolve(data as never);
    };
    this.worker.onerror = (event) => {
      this.broken = new Error(`the worker does not run: ${event.message || "it was refused"}`);
      for (const { reject } of this.waiting.values()) reject(this.broken);
      this.waiting.clear();
    };
  }

  start(program: NetworkProgram, weights: Float32Array): number {
    const network = this.networks++;
    this.send({ type: "start", network, program, weights });
    return network;
  }

  /** `values` are copied: they stay the caller's. */
  ask(network: number, task: Task, values: Float32Array): Promise<Values> {
    return this.answer((id) => ({ type: "ask", id, network, task, values }));
  }

  kernels(): Promise<Kernels> {
    return this.answer((id) => ({ type: "kernels", id }));
  }

  private answer<A extends Answer>(question: (id: number) => Question): Promise<A> {
    if (this.broken) return Promise.reject(this.broken);
    const id = this.questions++;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.send(question(id));
    });
  }

  private send(question: Question): void {
    this.worker.postMessage(question);
  }
}

let client: Client | null = null;

/** Starts a network in the worker. `weights` are all its tensors as floats. */
export function start(program: NetworkProgram, weights: Float32Array): Network {
  const own = (client ??= new Client());
  const network = own.start(program, weights);
  return {
    encode: async (images) => {
      const { values, logVar } = await own.ask(network, "encode", images);
      return { mean: values, logVar };
    },
    decode: async (codes) => (await own.ask(network, "decode", codes)).values,
    losses: async (images) => (await own.ask(network, "losses", images)).values,
    kernels: async () => (await own.kernels()).kernels,
  };
}
