/**
 * Random numbers as latentlab draws them (`crates/random`): a pure function of seed, stream and sample, by Philox4x32-10
 * (Salmon et al. 2011) and Box–Muller. A seed gives the codes that `latentlab generate --seed` draws, within rounding.
 */

const MULTIPLIERS = [0xd2511f53n, 0xcd9e8d57n];
const WEYL = [0x9e3779b9n, 0xbb67ae85n];
const WORD = 0xffffffffn;
const LONG = 0xffffffffffffffffn;

/** The four words of a counter. */
export function philox(key: bigint[], counter: bigint[]): number[] {
  let [k0, k1] = key;
  let [x0, x1, x2, x3] = counter;
  for (let round = 0; round < 10; round++) {
    const [p0, p1] = [MULTIPLIERS[0] * x0, MULTIPLIERS[1] * x2];
    [x0, x1, x2, x3] = [(p1 >> 32n) ^ x1 ^ k0, p1 & WORD, (p0 >> 32n) ^ x3 ^ k1, p0 & WORD];
    [k0, k1] = [(k0 + WEYL[0]) & WORD, (k1 + WEYL[1]) & WORD];
  }
  return [x0, x1, x2, x3].map(Number);
}

/** A named, seeded family of random numbers. */
export class Stream {
  private readonly key: bigint[];

  constructor(seed: number, name: string) {
    let hash = 0xcbf29ce484222325n; // FNV-1a over the name, then SplitMix64's finaliser
    for (const byte of new TextEncoder().encode(name)) hash = ((hash ^ BigInt(byte)) * 0x100000001b3n) & LONG;
    const turned = ((hash << 17n) | (hash >> 47n)) & LONG;
    let key = (BigInt(seed) + turned + 0x9e3779b97f4a7c15n) & LONG;
    key = ((key ^ (key >> 30n)) * 0xbf58476d1ce4e5b9n) & LONG;
    key = ((key ^ (key >> 27n)) * 0x94d049bb133111ebn) & LONG;
    key ^= key >> 31n;
    this.key = [key & WORD, key >> 32n];
  }

  private words(sample: number, block: number): number[] {
    return philox(this.key, [BigInt(block), BigInt(sample), 0n, 0n]);
  }

  /** A uniform number in [0, 1), of 24 bits. */
  uniform(sample: number): number {
    return (this.words(sample, 0)[0] >>> 8) / 2 ** 24;
  }

  /** `count` draws of N(0, 1). */
  normals(sample: number, count: number): Float32Array {
    const draws = new Float32Array(count);
    for (let i = 0; i < count; i += 2) {
      const words = this.words(sample, i >> 2);
      const [first, second] = [words[i % 4], words[(i % 4) + 1]];
      const radius = Math.sqrt(-2 * Math.log(((first >>> 8) + 1) / 2 ** 24));
      const angle = (2 * Math.PI * (second >>> 8)) / 2 ** 24;
      draws[i] = radius * Math.cos(angle);
      if (i + 1 < count) draws[i + 1] = radius * Math.sin(angle);
    }
    return draws;
  }
}
