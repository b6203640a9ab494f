import { expect, test } from 'vitest';
import { silent } from '../../tests/support/models.ts';
import {
  concat,
  input,
  type Layer,
  layers,
  losses,
  type Model,
  model,
  type Optimizer,
  optimizers,
  random,
  sequential,
  type Tensor,
} from '../index.ts';

const types = ['float32', 'float16', 'bfloat16'] as const;
type Type = (typeof types)[number];

const fromLogits = losses.sparseCategoricalCrossentropy({ fromLogits: true });

interface Task {
  readonly make: () => Model;
  readonly x: Tensor;
  readonly y: Tensor;
}

/** Rows of noise around the pattern of their class. */
const patterns = (rows: number, shape: readonly number[]): { x: Tensor; y: Tensor } => {
  const y = random.integers([rows], { high: 10, key: random.key(1) });
  const centres = random.normal([10, ...shape], { key: random.key(2) });
  return { x: centres.gather(y, 0).add(random.normal([rows, ...shape], { key: random.key(3) }).mul(1.5)), y };
};

const vocabulary = 17;
/** Each letter follows from the two before it, but for some chance. */
const letters = (rows: number, length: number): { x: Tensor; y: Tensor } => {
  const all = random.integers([rows, 2], { high: vocabulary, key: random.key(4) }).split(2, 1);
  for (let at = 2; at <= length; at++)
    all.push(
      (all[at - 1] as Tensor)
        .mul(3)
        .add(all[at - 2] as Tensor)
        .add(1)
        .mod(vocabulary),
    );
  const whole = concat(all, 1);
  return { x: whole.slice([0, 0], [rows, length]), y: whole.slice([0, 1], [rows, length]) };
};

const tasks: Readonly<Record<string, Task>> = {
  MLP: {
    make: () =>
      sequential(
        [layers.dense(64, { activation: 'relu' }), layers.dropout(0.1), layers.dense(64, { activation: 'gelu' }), layers.dense(10)],
        {
          inputShape: [32],
          seed: 1,
        },
      ),
    ...patterns(512, [32]),
  },
  CNN: {
    make: () => {
      const block = (filters: number): readonly Layer[] => [
        layers.conv2d(filters, 3, { padding: 'same', useBias: false }),
        layers.batchNormalization(),
        layers.activation('relu'),
        layers.maxPool2d(2),
      ];
      return sequential([...block(8), ...block(16), layers.flatten(), layers.dense(10)], { inputShape: [12, 12, 1], seed: 1 });
    },
    ...patterns(256, [12, 12, 1]),
  },
  GPT: {
    make: () => {
      const tokens = input([16], { dtype: 'int32' });
      const embedded = layers.embedding(vocabulary, 32)(tokens);
      let hidden = layers.add()([embedded, layers.positionEmbedding(16)(embedded)]);
      for (let block = 0; block < 2; block++)
        hidden = layers.transformerDecoder(64, 4, { normalizeFirst: true, activation: 'gelu' })(hidden);
      return model({ inputs: tokens, outputs: layers.dense(vocabulary)(layers.layerNormalization()(hidden)), seed: 1 });
    },
    ...letters(128, 16),
  },
};

const train = async (
  { make, x, y }: Task,
  mixedPrecision: Type,
  wrap = (optimizer: Optimizer): Optimizer => optimizer,
): Promise<number[]> => {
  const net = make();
  net.compile({ optimizer: wrap(optimizers.adam({ learningRate: 3e-3 })), loss: fromLogits, mixedPrecision });
  return (await net.fit(x, y, { epochs: 12, batchSize: 32, seed: 5, ...silent })).loss as number[];
};

test.each(Object.keys(tasks))('%s: it ends within a hundredth of the loss in float32', async name => {
  const task = tasks[name] as Task;
  const [exact, ...others] = await Promise.all(types.map(type => train(task, type)));
  const [first, last] = [exact?.[0] as number, exact?.at(-1) as number];
  expect(last).toBeLessThan(0.9 * first);
  for (const losses of others) {
    expect(losses).not.toEqual(exact);
    expect(Math.abs((losses.at(-1) as number) - last)).toBeLessThan(0.01 * last);
  }
});

test('the loss of the first step is that of float32, to the last digit', async () => {
  const losses = [];
  for (const type of types) {
    const net = (tasks.CNN as Task).make();
    net.compile({ optimizer: 'adam', loss: fromLogits, mixedPrecision: type });
    losses.push((await net.fit((tasks.CNN as Task).x, (tasks.CNN as Task).y, { epochs: 1, batchSize: 256, ...silent })).loss[0]);
  }
  expect(Math.abs((losses[1] as number) - (losses[0] as number))).toBeLessThan(1e-6);
  expect(losses[2]).toBe(losses[1]);
});

test('a loss that is scaled trains alike', async () => {
  const [plain, scaled] = [await train(tasks.MLP as Task, 'float16'), await train(tasks.MLP as Task, 'float16', optimizers.lossScale)];
  expect(Math.abs((scaled.at(-1) as number) - (plain.at(-1) as number))).toBeLessThan(0.01 * (plain.at(-1) as number));
});

test('summary tells what a step needs', () => {
  const bytes = types.map(mixedPrecision => {
    const net = (tasks.GPT as Task).make();
    net.compile({ loss: fromLogits, mixedPrecision });
    const [, value, unit] = /needs ([\d.]+) (kB|MB) at its peak/.exec(net.summary({ print: false, batchSize: 256 })) as RegExpExecArray;
    return Number(value) * (unit === 'MB' ? 1000 : 1);
  });
  expect(bytes[1]).toBeLessThan(0.6 * (bytes[0] as number));
  expect(bytes[2]).toBeLessThan(0.6 * (bytes[0] as number));
});

test('debugging goes through the same steps', async () => {
  const { make, x, y } = tasks.MLP as Task;
  const losses = [];
  for (const debug of [false, true]) {
    const net = make();
    net.compile({ optimizer: 'adam', loss: fromLogits, mixedPrecision: 'bfloat16' });
    losses.push((await net.fit(x, y, { epochs: 2, batchSize: 32, seed: 5, debug, ...silent })).loss.at(-1) as number);
  }
  expect(Math.abs((losses[1] as number) - (losses[0] as number))).toBeLessThan(1e-4);
});

test('another element type is refused, with the known ones', () => {
  const net = (tasks.MLP as Task).make();
  expect(() => net.compile({ loss: fromLogits, mixedPrecision: 'half' as never })).toThrow(
    "unknown element type for mixedPrecision 'half'. Known: float32, float16, bfloat16.",
  );
});
