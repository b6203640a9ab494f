// One workload in this process: node benchmarks/workload.ts W1|…|W8|denormals [--narrow] [--threads N] [--reproducible]
// It measures the built package: npm run build
import { configure, jit, layers, losses, optimizers, ready, sequential, type Tensor, tensor, valueAndGrad } from 'gradus';
import { batchesOf, type Parameter, type Specification, specifications, uniform } from './data.ts';
import { emit, median, timeSteps } from './measure.ts';
import { convolutionalNetwork, networks, type Weights } from './networks.ts';

const [workload = 'W2', ...flags] = process.argv.slice(2);
const wide = !flags.includes('--narrow');
const threads = flags.includes('--threads') ? Number(flags[flags.indexOf('--threads') + 1]) : 1;
const peer = `gradus, ${threads} thread${threads === 1 ? '' : 's'}${wide ? '' : ', 128-bit'}${flags.includes('--reproducible') ? ', reproducible' : ''}`;

const weightsOf = (parameters: Record<string, Parameter>): Weights =>
  Object.fromEntries(Object.entries(parameters).map(([name, { shape, data }]) => [name, tensor(data, { shape })]));

/** XOR through `fit`, as a user trains it: the time of a long fit less that of a short one, a step. */
const xor = async (): Promise<void> => {
  const { parameters } = specifications.W1 as Specification;
  const net = sequential([layers.dense(4, { activation: 'sigmoid' }), layers.dense(1, { activation: 'sigmoid' })], {
    inputShape: [2],
    seed: 0,
  });
  net.compile({ optimizer: optimizers.sgd({ learningRate: 0.5 }), loss: 'meanSquaredError' });
  const x = tensor(Float32Array.of(0, 0, 0, 1, 1, 0, 1, 1), { shape: [4, 2] });
  const y = tensor(Float32Array.of(0, 1, 1, 0), { shape: [4, 1] });
  const begin = Object.values(weightsOf(parameters()));
  net.setWeights(begin);
  const started = performance.now();
  const first = await net.fit(x, y, { epochs: 5, batchSize: 4, shuffle: false, verbose: 'silent' });
  const firstMs = performance.now() - started;
  const time = async (epochs: number): Promise<number> => {
    const start = performance.now();
    await net.fit(x, y, { epochs, batchSize: 4, shuffle: false, verbose: 'silent' });
    return (performance.now() - start) * 1000;
  };
  await time(200_000);
  const windows: number[] = [];
  for (let i = 0; i < 5; i++) windows.push((await time(200_000)) / 200_000);
  emit({ peer, workload, metric: 'train', value: median(windows), unit: 'µs/step', losses: first.loss, firstMs });
};

/** A whole training step as one compiled function with donated state, as the peers' scripts have it. */
const training = async (): Promise<void> => {
  const { parameters, input, unit, perStep } = specifications[workload] as Specification;
  const crossEntropy = losses.sparseCategoricalCrossentropy({ fromLogits: true });
  const options = { learningRate: 1e-3, epsilon: 1e-8 };
  const optimizer = workload === 'W6' ? optimizers.adamW({ ...options, weightDecay: 0.01 }) : optimizers.adam(options);
  const mask = tensor(
    Array.from({ length: 64 }, (_, i) => Array.from({ length: 64 }, (__, j) => j <= i)),
    { dtype: 'bool' },
  );
  let weights: unknown = weightsOf(parameters());
  let network = networks[workload] as (weights: never, x: Tensor, mask: Tensor) => Tensor;
  if (workload === 'W4') {
    const net = convolutionalNetwork();
    net.setWeights(Object.values(weights as Weights));
    weights = net.weights;
    network = (p, x) => net.apply(p, x) as Tensor;
  }
  let state: unknown = optimizer.init(weights as never);
  const step = jit(
    (current: never, slots: never, x: Tensor, y: Tensor) => {
      const [loss, gradients] = valueAndGrad((p: never) => crossEntropy(y, network(p, x, mask)))(current);
      return [...(optimizer.update(current, gradients as never, slots) as [never, never]), loss] as const;
    },
    { donate: [0, 1] },
  );
  const batches = batchesOf(workload).map(({ x, y }) => ({ x: tensor(x, { shape: input }), y: tensor(y) }));
  const {
    microseconds,
    losses: found,
    firstMs,
  } = await timeSteps(index => {
    const { x, y } = batches[index % batches.length] as (typeof batches)[number];
    const [nextWeights, nextState, loss] = step(weights as never, state as never, x, y);
    [weights, state] = [nextWeights, nextState];
    return { read: async () => (await (loss as Tensor).item()) as number };
  });
  emit({ peer, workload, metric: 'train', value: (perStep / microseconds) * 1e6, unit, losses: found, firstMs });
};

const product = async (): Promise<void> => {
  for (const size of [512, 1024, 2048]) {
    const [a, b] = [7, 8].map(seed => tensor(uniform(size * size, -1, 1, seed), { shape: [size, size] })) as [Tensor, Tensor];
    /** So many products in so many milliseconds, at least. */
    const round = async (milliseconds: number): Promise<number> => {
      const start = performance.now();
      let count = 0;
      let spent = 0;
      do {
        using product = a.matmul(b); // freed at the end of the round, as the peers do
        await ready(product);
        count++;
        spent = performance.now() - start;
      } while (spent < milliseconds);
      return (2 * size ** 3 * count) / spent / 1e6;
    };
    await round(800);
    const rates: number[] = [];
    for (let i = 0; i < 5; i++) rates.push(await round(1000));
    emit({ peer, workload, metric: `product ${size}`, value: median(rates), unit: 'GFLOP/s' });
  }
};

const inference = async (): Promise<void> => {
  const dense = [layers.flatten(), layers.dense(128, { activation: 'relu' }), layers.dense(10)];
  const mlp = sequential(dense, { inputShape: [784], seed: 0 });
  const cnn = convolutionalNetwork();
  for (const [name, net, shape] of [
    ['MLP', mlp, [1, 784]],
    ['CNN', cnn, [1, 28, 28, 1]],
  ] as const) {
    const x = tensor(uniform(784, 0, 1, 9), { shape });
    const weights = net.weights;
    const run = jit((p: never, input: Tensor) => (net.apply(p, input) as Tensor).softmax());
    const times: number[] = [];
    const warm = performance.now() + 1000;
    // As the peers: a second of warm-up, then 20,000 calls or four seconds.
    while (times.length < 20_000 && performance.now() < warm + 4000) {
      const start = performance.now();
      await run(weights as never, x).data();
      if (start >= warm) times.push((performance.now() - start) * 1000);
    }
    emit({ peer, workload, metric: `latency ${name}`, value: median(times), unit: 'µs' });
  }
};

/** Adam on a dead unit: its moments decay through the subnormal numbers, where arithmetic is slow, unless they are flushed. */
const denormals = async (): Promise<void> => {
  const decay = (start: number) => {
    const step = jit((m: Tensor) => m.mul(0.999), { donate: [0] });
    let m = tensor(new Float32Array(1 << 20).fill(start));
    return timeSteps(() => {
      m = step(m);
      const last = m;
      return { read: () => ready(last).then(() => 0) };
    });
  };
  for (const [name, start] of [
    ['ordinary numbers', 1],
    ['state that decays below 2⁻¹²⁶', 2e-38],
  ] as const)
    emit({ peer, workload, metric: name, value: (await decay(start)).microseconds, unit: 'µs/step of 2²⁰ values' });
  const plain = jit((m: Tensor) => m.mul(0.5));
  for (const [name, value] of [
    ['the same multiplication, not donated, on ordinary numbers', 1],
    ['on subnormal numbers: what flushing avoids', 1e-39],
  ] as const) {
    const m = tensor(new Float32Array(1 << 20).fill(value));
    const { microseconds } = await timeSteps(() => {
      const result = plain(m);
      return { read: () => ready(result).then(() => 0) };
    });
    emit({ peer, workload, metric: name, value: microseconds, unit: 'µs/step of 2²⁰ values' });
  }
};

await configure({ wideSimd: wide, threads, numerics: flags.includes('--reproducible') ? 'reproducible' : 'fast' });
const runs: Readonly<Record<string, () => Promise<void>>> = { W1: xor, W7: product, W8: inference, denormals };
await (runs[workload] ?? training)();
