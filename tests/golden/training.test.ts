import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  arange,
  configure,
  jit,
  layers,
  losses as lossTable,
  type Model,
  optimizers,
  scan,
  sequential,
  type Tensor,
  tensor,
  valueAndGrad,
  where,
  zeros,
} from '../../src/index.ts';
import { fill, type InputDescription } from '../support/inputs.ts';

interface Entry {
  readonly loss: 'meanSquaredError' | 'sparseCategoricalCrossentropy';
  readonly parameters: Readonly<Record<string, InputDescription>>;
  readonly batches: readonly { readonly x: InputDescription; readonly y: InputDescription }[];
  readonly optimizer: Readonly<Record<string, unknown>> & { readonly name: 'sgd' | 'adam' | 'adamW' };
  readonly losses: readonly number[];
}

type Parameters = Record<string, Tensor>;

const entries = JSON.parse(readFileSync(join(import.meta.dirname, 'training.json'), 'utf8')) as Record<string, Entry>;

const made = (description: InputDescription): Tensor => {
  const { data, shape, dtype } = fill(description);
  return tensor(Float64Array.from(data), { shape, dtype });
};

const optimizerOf = ({ optimizer: { name, ...options } }: Entry): ReturnType<typeof optimizers.sgd> => {
  const { momentum, nesterov, ...rest } = options;
  return name === 'sgd'
    ? optimizers.sgd({ ...rest, ...(momentum === 0 ? {} : { momentum: momentum as number, nesterov: nesterov as boolean }) })
    : optimizers[name](options);
};

const lossOf = ({ loss }: Entry): ReturnType<typeof lossTable.meanSquaredError> =>
  loss === 'meanSquaredError' ? lossTable.meanSquaredError() : lossTable.sparseCategoricalCrossentropy({ fromLogits: true });

/** Every loss within 1e-4 of PyTorch's, relative. */
const expectLosses = (got: readonly number[], { losses }: Entry): void => {
  const apart = losses.map((loss, step) => Math.abs((got[step] as number) - loss) / Math.abs(loss));
  expect(got).toHaveLength(20);
  expect(Math.max(...apart), `step ${apart.indexOf(Math.max(...apart))}: ${got} for ${losses}`).toBeLessThan(1e-4);
};

const networks: Record<string, () => Model> = {
  xor: () => sequential([layers.dense(4, { activation: 'sigmoid' }), layers.dense(1, { activation: 'sigmoid' })], { inputShape: [2] }),
  mlp: () =>
    sequential([layers.dense(32, { activation: 'relu' }), layers.dense(17, { activation: 'relu' }), layers.dense(10)], {
      inputShape: [20],
    }),
  cnn: () =>
    sequential(
      [
        layers.conv2d(8, 3, { activation: 'relu' }),
        layers.conv2d(12, 3, { activation: 'relu' }),
        layers.maxPool2d(2),
        layers.flatten(),
        layers.dense(32, { activation: 'relu' }),
        layers.dense(10),
      ],
      { inputShape: [12, 12, 1] },
    ),
};

/** Layers learn by `trainOnBatch`: the compiled step of `fit`. */
const trainLayers = async (name: string): Promise<readonly number[]> => {
  const entry = entries[name] as Entry;
  const net = (networks[name] as () => Model)();
  net.setWeights(Object.values(entry.parameters).map(made));
  net.compile({ optimizer: optimizerOf(entry), loss: lossOf(entry) });
  const batches = entry.batches.map(({ x, y }) => ({ x: made(x), y: made(y) }));
  const losses: number[] = [];
  for (let step = 0; step < 20; step++) {
    const { x, y } = batches[step % batches.length] as (typeof batches)[number];
    losses.push((await net.trainOnBatch(x, y)).loss as number);
  }
  return losses;
};

const lstm = (p: Parameters, tokens: Tensor): Tensor => {
  const at = (name: string): Tensor => p[name] as Tensor;
  const x = at('embedding').gather(tokens).permute([1, 0, 2]);
  const start = zeros([tokens.shape[0] as number, 16]);
  const [, states] = scan(
    ([h, c]: readonly [Tensor, Tensor], step: Tensor): [readonly [Tensor, Tensor], Tensor] => {
      const gates = step
        .matmul(at('kernel'))
        .add(h.matmul(at('recurrentKernel')))
        .add(at('bias'));
      const [i, f, g, o] = gates.split(4, 1) as [Tensor, Tensor, Tensor, Tensor];
      const next = f.sigmoid().mul(c).add(i.sigmoid().mul(g.tanh()));
      const out = o.sigmoid().mul(next.tanh());
      return [[out, next], out];
    },
    [start, start] as readonly [Tensor, Tensor],
    x,
  );
  return states.permute([1, 0, 2]).matmul(at('outputKernel')).add(at('outputBias'));
};

const transformer = (p: Parameters, tokens: Tensor): Tensor => {
  const at = (name: string): Tensor => p[name] as Tensor;
  const [batch, time] = tokens.shape as [number, number];
  const norm = (x: Tensor, name: string): Tensor => {
    const centred = x.sub(x.mean(-1, { keepDims: true }));
    const scaled = centred.mul(centred.square().mean(-1, { keepDims: true }).add(1e-5).rsqrt());
    return scaled.mul(at(`${name}Gamma`)).add(at(`${name}Beta`));
  };
  const map = (x: Tensor, name: string): Tensor => x.matmul(at(`${name}Kernel`)).add(at(`${name}Bias`));
  const isLater = arange(time).reshape([time, 1]).less(arange(time));
  let h = at('tokens').gather(tokens).add(at('positions'));
  for (const block of ['block0', 'block1']) {
    const heads = map(norm(h, `${block}Norm1`), `${block}Qkv`).split(3, 2);
    const [q, k, v] = heads.map(one => one.reshape([batch, time, 2, 8]).permute([0, 2, 1, 3])) as [Tensor, Tensor, Tensor];
    const scores = where(isLater, -1e9, q.matmul(k.swapAxes(2, 3)).div(Math.sqrt(8)));
    const mixed = scores.softmax(-1).matmul(v).permute([0, 2, 1, 3]).reshape([batch, time, 16]);
    h = h.add(map(mixed, `${block}Projection`));
    h = h.add(map(map(norm(h, `${block}Norm2`), `${block}Up`).gelu(), `${block}Down`));
  }
  return norm(h, 'finalNorm').matmul(at('headKernel'));
};

/** Plain functions learn by `valueAndGrad`, an optimizer and `jit`. */
const trainFunctions = async (name: string, forward: (p: Parameters, x: Tensor) => Tensor): Promise<readonly number[]> => {
  const entry = entries[name] as Entry;
  const [optimizer, loss] = [optimizerOf(entry), lossOf(entry)];
  let parameters: Parameters = Object.fromEntries(Object.entries(entry.parameters).map(([key, value]) => [key, made(value)]));
  let state = optimizer.init(parameters);
  const step = jit((weights: Parameters, memory: typeof state, x: Tensor, y: Tensor) => {
    const [value, gradients] = valueAndGrad((w: Parameters) => loss(y, forward(w, x)))(weights);
    return [value, ...optimizer.update(weights, gradients, memory)] as [Tensor, Parameters, typeof state];
  });
  const batches = entry.batches.map(({ x, y }) => ({ x: made(x), y: made(y) }));
  const losses: number[] = [];
  for (let round = 0; round < 20; round++) {
    const { x, y } = batches[round % batches.length] as (typeof batches)[number];
    const [value, weights, memory] = step(parameters, state, x, y);
    [parameters, state] = [weights, memory];
    losses.push(await value.item());
  }
  return losses;
};

describe.each(['reference', 'wasm'] as const)('on %s, the losses of 20 steps are those of PyTorch:', backend => {
  test.each(Object.keys(networks))(
    '%s, of layers',
    async name => {
      await configure({ backend });
      expectLosses(await trainLayers(name), entries[name] as Entry);
    },
    120_000,
  );

  test.each([['lstm', lstm] as const, ['transformer', transformer] as const])(
    '%s, of functions',
    async (name, forward) => {
      await configure({ backend });
      expectLosses(await trainFunctions(name, forward), entries[name] as Entry);
    },
    120_000,
  );
});
