import { expect, test } from 'vitest';
import { fill, floats, integers } from '../../tests/support/inputs.ts';
import { silent, valuesOf } from '../../tests/support/models.ts';
import { configure, layers, losses, type Model, optimizers, sequential, type Tensor, tensor } from '../index.ts';

const images = (): { x: Tensor; y: Tensor } => ({
  x: tensor(Float32Array.from(fill(floats([40, 8, 8, 1], 1)).data), { shape: [40, 8, 8, 1] }),
  y: tensor(Int32Array.from(fill(integers([40], 2, 0, 4)).data)),
});

/** 100 steps of a small network with everything that draws random numbers. */
const train = async (interrupt: boolean): Promise<Model> => {
  const net = sequential(
    [
      layers.conv2d(4, 3, { activation: 'relu', padding: 'same' }),
      layers.batchNormalization(),
      layers.maxPool2d(2),
      layers.dropout(0.3),
      layers.flatten(),
      layers.dense(4),
    ],
    { inputShape: [8, 8, 1], seed: 11 },
  );
  net.compile({ optimizer: optimizers.adamW({ learningRate: 1e-3 }), loss: losses.sparseCategoricalCrossentropy({ fromLogits: true }) });
  const { x, y } = images();
  // A callback that waits makes slices fall elsewhere.
  const wait = { onBatchEnd: () => new Promise<void>(resolve => setTimeout(resolve, 3)) };
  await net.fit(x, y, { epochs: 10, batchSize: 4, callbacks: interrupt ? [wait] : [{}], ...silent });
  return net;
};

test('reproducible numerics: the same seed gives the same weights bit for bit after 100 steps, wherever slices end', async () => {
  await configure({ numerics: 'reproducible' });
  const [first, second] = [await valuesOf(await train(false)), await valuesOf(await train(true))];
  expect(first.flat().length).toBeGreaterThan(300);
  expect(second).toEqual(first);
  expect(first.flat().every(Number.isFinite)).toBe(true);
});
