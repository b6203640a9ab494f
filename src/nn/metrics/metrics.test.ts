import { expect, test } from 'vitest';
import { metrics, type Tensor, tensor } from '../../index.ts';

const value = async (metric: ReturnType<typeof metrics.accuracy>, target: Tensor, prediction: Tensor, options = {}): Promise<number> => {
  metric.reset();
  metric.update(target, prediction, options);
  return metric.result().item();
};

test('accuracy picks what fits the shapes, as Keras does', async () => {
  const accuracy = metrics.accuracy();
  expect(await value(accuracy, tensor([[0], [1], [1]]), tensor([[0.2], [0.7], [0.5]]))).toBeCloseTo(2 / 3, 6); // binary: above 0.5
  expect(await value(accuracy, tensor([0, 1, 1]), tensor([[0.2], [0.7], [0.5]]))).toBeCloseTo(2 / 3, 6);
  const three = tensor([
    [0.1, 0.8, 0.1],
    [0.5, 0.2, 0.3],
    [0.2, 0.3, 0.5],
    [0.3, 0.4, 0.3],
  ]);
  expect(await value(accuracy, tensor([1, 0, 2, 2], { dtype: 'int32' }), three)).toBe(0.75); // sparse
  expect(await value(accuracy, tensor([[1], [0], [2], [2]], { dtype: 'uint8' }), three)).toBe(0.75);
  expect(
    await value(
      accuracy,
      tensor([
        [0, 1, 0],
        [1, 0, 0],
        [0, 0, 1],
        [0, 0, 1],
      ]),
      three,
    ),
  ).toBe(0.75); // one-hot
});

test('goes on over batches, with weights, and begins anew after reset', async () => {
  const error = metrics.meanAbsoluteError();
  expect(await error.result().item()).toBe(0);
  error.update(tensor([[1], [2]]), tensor([[2], [4]]));
  error.update(tensor([[0]]), tensor([[6]]));
  expect(await error.result().item()).toBe(3);
  error.update(tensor([[0], [0]]), tensor([[1], [100]]), { sampleWeight: tensor([6, 0]) });
  expect(await error.result().item()).toBeCloseTo((1 + 2 + 6 + 6 * 1) / 9, 5);
  error.reset();
  error.update(tensor([[0]]), tensor([[0.5]]));
  expect(await error.result().item()).toBe(0.5);
});

test('rootMeanSquaredError takes the root last', async () => {
  const error = metrics.rootMeanSquaredError();
  error.update(tensor([[0]]), tensor([[3]]));
  error.update(tensor([[0]]), tensor([[4]]));
  expect(await error.result().item()).toBeCloseTo(Math.sqrt(12.5), 5);
});

test('binaryAccuracy has a threshold, and names may be given', async () => {
  const strict = metrics.binaryAccuracy({ threshold: 0.9, name: 'strict' });
  expect(strict.name).toBe('strict');
  expect(await value(strict, tensor([[1], [1]]), tensor([[0.8], [0.95]]))).toBe(0.5);
  expect(() => metrics.accuracy({ nmae: 'a' } as never)).toThrow("Did you mean 'name'?");
});
