/** Questions as jobs of many images, which are worked on in slices. */

import type { Answer, Task } from "./messages";
import type { RunningNetwork } from "./network";

export class Job {
  private done = 0;
  private readonly count: number;
  /** Values of one image or code, and of one answer. */
  private readonly from: number;
  private readonly to: number;
  private readonly answer: { values: Float32Array<ArrayBuffer>; logVar: Float32Array<ArrayBuffer> | null };

  constructor(
    readonly id: number,
    private readonly network: RunningNetwork,
    private readonly task: Task,
    private readonly values: Float32Array,
  ) {
    const { imageLength, codeLength } = network;
    this.from = task === "decode" ? codeLength : imageLength;
    this.to = task === "encode" ? codeLength : task === "decode" ? imageLength : 1;
    this.count = values.length / this.from;
    if (!Number.isInteger(this.count)) {
      throw new Error(`${task}: ${values.length} values are no whole number of ${this.from}`);
    }
    const room = () => new Float32Array(this.count * this.to);
    this.answer = { values: room(), logVar: task === "encode" && network.isVariational ? room() : null };
  }

  /** Images or codes that are left. */
  get left(): number {
    return this.count - this.done;
  }

  /** Works on the next image or code; the answer once nothing is left. */
  step(): Answer | null {
    if (this.left > 0) this.compute();
    return this.left > 0 ? null : { id: this.id, ...this.answer };
  }

  private compute(): void {
    const part = (values: Float32Array, length: number) => values.subarray(this.done * length, (this.done + 1) * length);
    const input = part(this.values, this.from);
    const { values, logVar } = this.answer;
    if (this.task === "encode") this.network.encode(input, part(values, this.to), logVar && part(logVar, this.to));
    else if (this.task === "decode") this.network.decode(input, part(values, this.to));
    else values[this.done] = this.network.loss(input);
    this.done++;
  }
}

/** Jobs by what is left of them: a single image never waits for a long row of them. */
export class Jobs {
  private waiting: Job[] = [];

  add(job: Job): void {
    this.waiting.push(job);
  }

  /** The job with least left, the older of two; undefined when all are done. */
  next(): Job | undefined {
    return this.waiting.reduce<Job | undefined>((a, b) => (a === undefined || b.left < a.left ? b : a), undefined);
  }

  remove(job: Job): void {
    this.waiting = this.waiting.filter((other) => other !== job);
  }
}
