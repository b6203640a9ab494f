// Digits of a stranger: recordings out of an archive, cut or filled to one length, tested on a speaker that training never heard.
// GRADUS_DATA=../shared/data node examples/data/spokenDigits.ts
import { datasets, type Recording } from '../../src/data/index.ts';

const digits = await datasets.fsdd();
console.log(datasets.info('fsdd').citation, `(${datasets.info('fsdd').licence})`);
const { train, test } = digits.bySpeaker('theo');
console.log(`${train.count} recordings to learn from, ${test.count} of theo to be tested with.`);

const second = ({ samples, label }: Recording) => {
  const cut = new Float32Array(digits.sampleRate);
  cut.set(samples.subarray(0, cut.length));
  return [cut, label] as const;
};
for await (const [x, y] of train.shuffle({ seed: 1 }).map(second).batch(32).take(2))
  console.log('x', x.shape, x.dtype, 'y', await y.array());
