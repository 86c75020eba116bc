/** A network that computes: images to posteriors, codes to pixels, losses. One image at a time. */

import type { NetworkProgram } from "../payload";
import { sigmoid, softplus } from "./activation";
import { LAYERS } from "./layers/registry";
import type { Machine, MachineKind } from "./machine";
import { Plan, type Step, type Values } from "./plan";
import { volume } from "./program";

/** A part of the network: what it reads, what it writes, and the steps between. */
interface Part {
  input: Values;
  steps: Step[];
}

const LN_SQRT_TAU = 0.5 * Math.log(2 * Math.PI);

export class RunningNetwork {
  /** Values of an image. */
  readonly imageLength: number;
  /** Values of a code. */
  readonly codeLength: number;
  readonly isVariational: boolean;
  private readonly encoder: Part & { mean: Values; logVar: Values | null };
  private readonly decoder: Part & { output: Values };
  private readonly machine: Machine;

  constructor(
    private readonly program: NetworkProgram,
    weights: Float32Array,
    machines: MachineKind,
  ) {
    const plan = new Plan(LAYERS, weights, machines.hasTiles);
    const { latent } = program;
    this.imageLength = volume(program.input);
    this.codeLength = volume(program.decoder[0].input);
    this.isVariational = latent.kind === "gaussian";
    const image = plan.values(this.imageLength);
    const features = plan.chain(program.encoder, image);
    const mean = latent.kind === "gaussian" ? plan.chain(latent.mean, features) : features;
    const logVar = latent.kind === "gaussian" ? plan.chain(latent.logVar, features) : null;
    this.encoder = { input: image, steps: plan.takeSteps(), mean, logVar };
    const code = plan.values(this.codeLength);
    const output = plan.chain(program.decoder, code);
    this.decoder = { input: code, steps: plan.takeSteps(), output };
    this.machine = machines.make(plan.size);
    plan.fill(this.machine.memory);
  }

  /** Writes the posterior's mean, and its log variance where there is one; for a plain autoencoder the code. */
  encode(image: Float32Array, mean: Float32Array, logVar: Float32Array | null): void {
    this.run(this.encoder, image);
    mean.set(this.read(this.encoder.mean, this.codeLength));
    if (logVar && this.encoder.logVar) logVar.set(this.read(this.encoder.logVar, this.codeLength));
  }

  /** Writes the pixels that a code decodes to. */
  decode(code: Float32Array, pixels: Float32Array): void {
    pixels.set(this.outputOf(code));
    if (this.program.output === "sigmoid") pixels.forEach((logit, i) => (pixels[i] = sigmoid(logit)));
  }

  /** Reconstruction loss of the image from its posterior's mean, summed over its values. */
  loss(image: Float32Array): number {
    const { kind, sigma, epsilon } = this.program.loss;
    const code = new Float32Array(this.codeLength);
    this.encode(image, code, null);
    const output = this.outputOf(code);
    const ofValue = {
      bce: (y: number, t: number) => softplus(y) - t * y,
      squared_error: (y: number, t: number) => (y - t) ** 2,
      gaussian: (y: number, t: number) => (y - t) ** 2,
      l1: (y: number, t: number) => Math.abs(y - t),
      charbonnier: (y: number, t: number) => Math.hypot(y - t, epsilon),
    }[kind];
    let sum = 0;
    for (let i = 0; i < image.length; i++) sum += ofValue(output[i], image[i]);
    if (kind !== "gaussian") return sum;
    return sum / (2 * sigma * sigma) + image.length * (Math.log(sigma) + LN_SQRT_TAU);
  }

  /** What the decoder gives: logits or pixels. Only until the next call. */
  private outputOf(code: Float32Array): Float32Array {
    this.run(this.decoder, code);
    return this.read(this.decoder.output, this.imageLength);
  }

  private run({ input, steps }: Part, values: Float32Array): void {
    this.machine.memory.set(values, input.offset);
    for (const step of steps) step(this.machine);
  }

  private read({ offset }: Values, length: number): Float32Array {
    return this.machine.memory.subarray(offset, offset + length);
  }
}
