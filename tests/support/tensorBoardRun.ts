/** A training that writes event files: node tests/support/tensorBoardRun.ts FOLDER */
import { callbacks, layers, losses, optimizers, sequential, tensor } from '../../src/index.ts';
import { fill, floats, integers } from './inputs.ts';
import { silent } from './models.ts';

/** Everything that the callback writes, of a small training from given weights. */
export const writeLogs = async (logDir: string): Promise<void> => {
  const net = sequential(
    [
      layers.conv2d(2, 2, { activation: 'relu', useBias: false }),
      layers.flatten(),
      layers.dense(3, { activation: 'softmax', name: 'output' }),
    ],
    { inputShape: [3, 3, 1], seed: 1 },
  );
  const given = (shape: readonly number[], seed: number): ReturnType<typeof tensor> =>
    tensor(Float32Array.from(fill(floats(shape, seed)).data), { shape: [...shape] });
  net.setWeights(net.getWeights().map(({ shape }, index) => given(shape, 10 + index)));
  net.compile({ optimizer: optimizers.sgd({ learningRate: 0.1 }), loss: losses.sparseCategoricalCrossentropy(), metrics: ['accuracy'] });
  const x = given([8, 3, 3, 1], 1);
  const y = tensor(Int32Array.from(fill(integers([8], 2, 0, 3)).data));
  const board = callbacks.tensorBoard({
    ...{ logDir, histogramFreq: 2, writeImages: true, updateFreq: 3 },
    hparams: { units: 3, optimizer: 'sgd', dropout: false },
  });
  const schedule = callbacks.learningRateScheduler((epoch, rate) => (epoch === 2 ? rate / 2 : rate));
  const options = { epochs: 3, batchSize: 2, shuffle: false, callbacks: [schedule, board], ...silent };
  await net.fit(x, y, { ...options, validationData: [x.slice([0], [3]), y.slice([0], [3])] });
};

if (process.argv[1] === import.meta.filename) await writeLogs(process.argv[2] as string);
