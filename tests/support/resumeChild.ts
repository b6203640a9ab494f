/**
 * A training that is started again and again until it gets to its end: node tests/support/resumeChild.ts FOLDER MODE DATA KILL_AT
 *
 * KILL_AT: the process kills itself at this event (steps, and the beginning and end of each file operation); 0: never. What the end is
 * like stands in FOLDER/result.json.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { platform, setPlatform } from '../../src/core/platform.ts';
import { dataset } from '../../src/data/index.ts';
import { callbacks, configure, type FitOptions, layers, type Model, optimizers, sequential } from '../../src/index.ts';
import { classes } from './models.ts';

const [folder = '', mode = 'reproducible', data = 'rows', killAt = '0'] = process.argv.slice(2);

let events = 0;
const event = (): void => {
  if (++events === Number(killAt)) process.kill(process.pid, 'SIGKILL');
};
const watched = <Args extends unknown[], R>(work: (...args: Args) => Promise<R>): ((...args: Args) => Promise<R>) => {
  return async (...args) => {
    event();
    const result = await work(...args);
    event();
    return result;
  };
};
const real = platform();
setPlatform({
  ...real,
  writeFileAtomic: watched(real.writeFileAtomic),
  appendFile: watched(real.appendFile),
  removeFile: watched(real.removeFile),
});

await configure({ numerics: mode as 'fast' | 'reproducible' });
const { x, y } = classes(60);
const test = classes(20, 9);
const made = (seed: object): Model =>
  sequential(
    [
      layers.dense(16, { activation: 'relu' }),
      layers.batchNormalization(),
      layers.dropout(0.3),
      layers.dense(3, { activation: 'softmax' }),
    ],
    {
      inputShape: [3],
      ...seed,
    },
  );
// Without a seed of its own it is another one in each process: that of the training comes from the checkpoint.
const net = made({});
net.setWeights(made({ seed: 3 }).getWeights());
net.compile({
  optimizer: optimizers.adam({ learningRate: 0.02, useEma: true }),
  loss: 'sparseCategoricalCrossentropy',
  metrics: ['accuracy', 'sparseTopKCategoricalAccuracy'],
});
const hasBackup = (await real.listFolder(join(folder, 'backup'))).some(name => name.endsWith('.checkpoint'));
const options: FitOptions = {
  ...{ epochs: 8, verbose: 'silent', validationData: [test.x, test.y] },
  ...(hasBackup ? {} : { seed: 5 }),
  ...(data === 'rows' ? { batchSize: 8 } : { stepsPerEpoch: 7 }),
  callbacks: [
    {
      everyStep: true,
      async onBatchEnd() {
        event();
        await new Promise(resolve => setTimeout(resolve, 4)); // so that a kill from outside finds it somewhere
      },
    },
    callbacks.learningRateScheduler((epoch, rate) => (epoch === 3 ? rate / 3 : rate)),
    callbacks.reduceLrOnPlateau({ patience: 1, minDelta: 0.2, factor: 0.7, cooldown: 1 }),
    callbacks.earlyStopping({ patience: 4, minDelta: 0.01, restoreBestWeights: true }),
    callbacks.csvLogger(join(folder, 'log.csv')),
    callbacks.jsonLogger(join(folder, 'log.jsonl')),
    callbacks.modelCheckpoint(join(folder, 'best.gradus'), { saveBestOnly: true }),
    callbacks.swapEmaWeights({ swapOnEpoch: true }),
    callbacks.backupAndRestore({ directory: join(folder, 'backup'), saveFreq: 3 }),
  ],
};
const batches = dataset(x, y).shuffle({ seed: 2 }).batch(8).prefetch();
const history = data === 'rows' ? await net.fit(x, y, options) : await net.fit(batches, options);
const weights = await Promise.all(net.getWeights().map(async weight => Buffer.from((await weight.data()).buffer).toString('hex')));
writeFileSync(join(folder, 'result.json'), JSON.stringify({ weights, history, learningRate: net.learningRate, events }));
