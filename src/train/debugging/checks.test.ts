import { describe, expect, test } from 'vitest';
import {
  checkGradients,
  customGradient,
  defineLayer,
  input,
  layers,
  losses,
  model,
  random,
  sequential,
  type Tensor,
  tensor,
} from '../../index.ts';

describe('trace', () => {
  test('gives what each layer makes, by name', async () => {
    const net = sequential([layers.dense(3, { activation: 'relu' }), layers.dense(2, { name: 'last' })], { inputShape: [4], seed: 1 });
    const x = tensor([[1, -2, 3, -4]]);
    const trace = await net.trace(x);
    expect(Object.keys(trace)).toEqual(['input', 'dense', 'last']);
    const { kernel, bias } = net.weights.dense as Record<'kernel' | 'bias', Tensor>;
    expect(await (trace.dense as Tensor).array()).toEqual(await x.matmul(kernel).add(bias).relu().array());
    const predicted = await (await net.predict(x)).data(); // in one program: other fusions round elsewhere
    (await (trace.last as Tensor).data()).forEach((value, index) => expect(value).toBeCloseTo(predicted[index] as number, 6));
  });

  test('names the calls of a shared layer and the outputs of a layer that has several', async () => {
    const twoOutputs = defineLayer('traceTwo', () => ({ call: (_, x: Tensor) => [x, x.neg()] }))();
    const [a, b] = [input([2], { name: 'a' }), input([2])];
    const shared = layers.dense(2, { name: 'shared' });
    const [same, negative] = twoOutputs(layers.add()([shared(a), shared(b)]));
    const net = model({ inputs: [a, b], outputs: [same as never, negative as never] });
    const trace = await net.trace([tensor([[1, 2]]), tensor([[3, 4]])]);
    expect(Object.keys(trace)).toEqual(['a', 'input1', 'shared', 'shared#2', 'add', 'traceTwo', 'traceTwo[1]']);
    expect(await (trace['traceTwo[1]'] as Tensor).array()).toEqual(await (trace.add as Tensor).neg().array());
  });

  test('in training mode dropout drops', async () => {
    const net = sequential([layers.dropout(0.5)], { inputShape: [100] });
    const x = tensor(new Float32Array(100).fill(1), { shape: [1, 100] });
    const { dropout } = await net.trace(x, { training: true, key: random.key(1) });
    expect((await (dropout as Tensor).data()).filter(value => value === 0).length).toBeGreaterThan(20);
    await expect(net.trace(tensor([[1]]))).rejects.toThrow('trace cannot take x of shape (1, 1)');
  });
});

describe('checkGradients', () => {
  test.each([
    ['dense', layers.dense(3, { activation: 'tanh' }), { inputShape: [4] }],
    ['a convolution', layers.conv2d(2, 2), { inputShape: [3, 3, 2] }],
    ['batch normalization, in training', layers.batchNormalization(), { inputShape: [4] }],
    ['layer normalization', layers.layerNormalization(), { inputShape: [5] }],
    ['a layer of two inputs', layers.multiply(), { inputShape: [[4], [4]] }],
    ['dropout, by one key', layers.dropout(0.4), { inputShape: [6] }],
  ])('%s is right', async (_, layer, options) => {
    const { isRight, error } = await checkGradients(layer, options);
    expect(error).toBeLessThan(1e-6);
    expect(isRight).toBe(true);
  });

  test('functions and losses of trees of tensors; what is no float is left alone', async () => {
    const target = tensor([0, 2, 1], { dtype: 'int32' });
    const logits = tensor([
      [0.1, 0.5, -0.3],
      [1, -1, 0.2],
      [0, 0.3, 0.4],
    ]);
    expect((await checkGradients(losses.sparseCategoricalCrossentropy({ fromLogits: true }), [target, logits])).isRight).toBe(true);
    const f = ({ a, b }: { a: Tensor; b: Tensor }): Tensor[] => [a.mul(b).exp(), a.div(b)];
    expect((await checkGradients(f, [{ a: tensor([0.5, 1]), b: tensor([2, 3]) }])).error).toBeLessThan(1e-7);
  });

  test('a wrong gradient is found and named', async () => {
    const square = customGradient((x: Tensor) => [x.square(), (dy: Tensor) => [dy.mul(x)]] as never) as unknown as (x: Tensor) => Tensor;
    const wrong = defineLayer('wrongSquare', () => ({
      build: shape => ({ scale: { shape: [shape.at(-1) as number], initializer: 'ones' } }),
      call: ({ scale }, x: Tensor) => square(x).mul(scale as Tensor),
    }));
    const { isRight, error, worst } = await checkGradients(wrong(), { inputShape: [3] });
    expect(isRight).toBe(false);
    expect(error).toBeGreaterThan(0.01);
    expect(worst?.path).toBe('inputs.0');
    expect((worst?.gradient as number) * 2).toBeCloseTo(worst?.difference as number, 6);
  });

  test('says what it needs', async () => {
    await expect(checkGradients(layers.dense(2), {})).rejects.toThrow("needs the shape of a row for layer 'dense'");
    await expect(checkGradients((x: Tensor) => x, [tensor([1], { dtype: 'int32' })])).rejects.toThrow('got no tensor of floats');
    await expect(checkGradients((x: Tensor) => x, tensor([1]) as never)).rejects.toThrow('takes a function and the list of its arguments');
    await expect(checkGradients(layers.dense(2), { inputshape: [1] } as never)).rejects.toThrow("Did you mean 'inputShape'?");
  });
});
