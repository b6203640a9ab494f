// The workloads' data and initial weights: the same numbers as every peer's script (mulberry32), so that the first losses must agree.

export const generator = (seed: number): (() => number) => {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = a;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
};

export const uniform = (count: number, low: number, high: number, seed: number): Float32Array => {
  const next = generator(seed);
  return Float32Array.from({ length: count }, () => low + (high - low) * next());
};

export const integers = (count: number, below: number, seed: number): Int32Array => {
  const next = generator(seed);
  return Int32Array.from({ length: count }, () => Math.floor(next() * below));
};

export interface Parameter {
  readonly shape: readonly number[];
  readonly data: Float32Array;
}

const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
export const glorot = (shape: readonly number[], fanIn: number, fanOut: number, seed: number): Parameter => {
  const limit = Math.sqrt(6 / (fanIn + fanOut));
  return { shape, data: uniform(size(shape), -limit, limit, seed) };
};
export const filled = (shape: readonly number[], value: number): Parameter => ({ shape, data: new Float32Array(size(shape)).fill(value) });

const perceptron = (widths: readonly number[], seed: number): Record<string, Parameter> => {
  const parameters: Record<string, Parameter> = {};
  for (let i = 0; i + 1 < widths.length; i++) {
    const [from, to] = [widths[i] as number, widths[i + 1] as number];
    parameters[`w${i + 1}`] = glorot([from, to], from, to, seed + i);
    parameters[`b${i + 1}`] = filled([to], 0);
  }
  return parameters;
};

const transformer = (): Record<string, Parameter> => {
  const p: Record<string, Parameter> = {
    tok: { shape: [65, 128], data: uniform(65 * 128, -0.05, 0.05, 61) },
    pos: { shape: [64, 128], data: uniform(64 * 128, -0.05, 0.05, 62) },
  };
  for (let l = 0; l < 4; l++) {
    const s = 100 + l * 10;
    p[`l${l}_ln1g`] = filled([128], 1);
    p[`l${l}_ln1b`] = filled([128], 0);
    p[`l${l}_wqkv`] = glorot([128, 384], 128, 128, s + 1);
    p[`l${l}_bqkv`] = filled([384], 0);
    p[`l${l}_wproj`] = glorot([128, 128], 128, 128, s + 2);
    p[`l${l}_bproj`] = filled([128], 0);
    p[`l${l}_ln2g`] = filled([128], 1);
    p[`l${l}_ln2b`] = filled([128], 0);
    p[`l${l}_wfc`] = glorot([128, 512], 128, 512, s + 3);
    p[`l${l}_bfc`] = filled([512], 0);
    p[`l${l}_wout`] = glorot([512, 128], 512, 128, s + 4);
    p[`l${l}_bout`] = filled([128], 0);
  }
  p.lnfg = filled([128], 1);
  p.lnfb = filled([128], 0);
  p.head = glorot([128, 65], 128, 65, 63);
  return p;
};

export interface Specification {
  readonly name: string;
  readonly unit: string;
  /** Samples or tokens of a step. */
  readonly perStep: number;
  readonly input: readonly number[];
  readonly classes: number;
  readonly batches: number;
  readonly parameters: () => Record<string, Parameter>;
  /** The first losses as the peers print them. */
  readonly losses: readonly number[];
}

export const specifications: Readonly<Record<string, Specification>> = {
  W1: {
    name: 'XOR 2-4-1, SGD, inside fit',
    unit: 'µs/step',
    perStep: 1,
    input: [4, 2],
    classes: 1,
    batches: 1,
    parameters: () => ({ w1: glorot([2, 4], 2, 4, 11), b1: filled([4], 0), w2: glorot([4, 1], 4, 1, 12), b2: filled([1], 0) }),
    losses: [0.251853, 0.251406, 0.251074],
  },
  W2: {
    name: 'MLP 784-128-10, Adam, batch 64',
    unit: 'samples/s',
    perStep: 64,
    input: [64, 784],
    classes: 10,
    batches: 8,
    parameters: () => perceptron([784, 128, 10], 21),
    losses: [2.625578, 2.595464, 2.46773],
  },
  W3: {
    name: 'MLP 784-1024-1024-10, Adam, batch 256',
    unit: 'samples/s',
    perStep: 256,
    input: [256, 784],
    classes: 10,
    batches: 4,
    parameters: () => perceptron([784, 1024, 1024, 10], 31),
    losses: [2.40274, 2.418322, 2.453012],
  },
  W4: {
    name: 'CNN 28x28, Adam, batch 64',
    unit: 'samples/s',
    perStep: 64,
    input: [64, 28, 28, 1],
    classes: 10,
    batches: 4,
    parameters: () => ({
      c1: glorot([3, 3, 1, 32], 9, 9 * 32, 41),
      cb1: filled([32], 0),
      c2: glorot([3, 3, 32, 64], 9 * 32, 9 * 64, 42),
      cb2: filled([64], 0),
      w1: glorot([9216, 128], 9216, 128, 43),
      b1: filled([128], 0),
      w2: glorot([128, 10], 128, 10, 44),
      b2: filled([10], 0),
    }),
    losses: [2.302247, 2.539213, 2.326948],
  },
  W5: {
    name: 'LSTM 128 on 64 steps, Adam, batch 32',
    unit: 'tokens/s',
    perStep: 32 * 64,
    input: [32, 64],
    classes: 64,
    batches: 4,
    parameters: () => ({
      emb: { shape: [64, 64], data: uniform(64 * 64, -0.05, 0.05, 51) },
      wx: glorot([64, 512], 64, 512, 52),
      wh: glorot([128, 512], 128, 512, 53),
      b: filled([512], 0),
      wo: glorot([128, 64], 128, 64, 54),
      bo: filled([64], 0),
    }),
    losses: [4.158854, 4.158911, 4.158993],
  },
  W6: {
    name: 'GPT, 4 blocks of 128, 64 steps, AdamW, batch 16',
    unit: 'tokens/s',
    perStep: 16 * 64,
    input: [16, 64],
    classes: 65,
    batches: 4,
    parameters: transformer,
    losses: [4.761562, 4.727501, 4.442067],
  },
};

export const batchesOf = (workload: string): { readonly x: Float32Array | Int32Array; readonly y: Int32Array }[] => {
  const { input, classes, batches } = specifications[workload] as Specification;
  return Array.from({ length: batches }, (_, i) => {
    const count = size(input);
    if (workload < 'W5') return { x: uniform(count, -1, 1, 1000 + i), y: integers(input[0] as number, 10, 2000 + i) };
    const [batch, time] = input as [number, number];
    const text = integers(batch * (time + 1), classes, 3000 + i);
    const [x, y] = [new Int32Array(count), new Int32Array(count)];
    for (let b = 0; b < batch; b++)
      for (let t = 0; t < time; t++) {
        x[b * time + t] = text[b * (time + 1) + t] as number;
        y[b * time + t] = text[b * (time + 1) + t + 1] as number;
      }
    return { x, y };
  });
};
