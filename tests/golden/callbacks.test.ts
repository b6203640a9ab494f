import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import {
  type Callback,
  callbacks,
  type FitOptions,
  layers,
  type Model,
  optimizers,
  sequential,
  type Tensor,
  tensor,
} from '../../src/index.ts';
import { mismatch } from '../support/compare.ts';
import { fill, type InputDescription } from '../support/inputs.ts';
import { silent, valuesOf } from '../support/models.ts';

interface Entry {
  readonly callbacks: readonly { readonly kind: string; readonly options: Readonly<Record<string, unknown>> }[];
  readonly fit: FitOptions & { readonly validation: boolean };
  readonly data: 'rows' | 'batches';
  readonly optimizer: Readonly<Record<string, unknown>>;
  readonly values: Readonly<Record<string, readonly number[]>> | null;
  readonly history: Readonly<Record<string, readonly number[]>>;
  readonly after?: readonly (readonly number[])[];
  readonly files: readonly string[];
  readonly texts: Readonly<Record<string, string>>;
}

interface EventsEntry {
  readonly events: readonly string[];
  readonly stopAt: readonly [epoch: number, step: number] | null;
  readonly fit: FitOptions;
}

interface Shared {
  readonly x: InputDescription;
  readonly y: InputDescription;
  readonly validation: readonly [InputDescription, InputDescription];
  readonly weights: readonly InputDescription[];
}

const golden = JSON.parse(readFileSync(join(import.meta.dirname, 'callbacks.json'), 'utf8')) as Record<string, unknown>;
const shared = golden as unknown as Shared;
const entries = Object.entries(golden).filter((entry): entry is [string, Entry] => Object.hasOwn(entry[1] as object, 'history'));
const sequences = Object.entries(golden).filter((entry): entry is [string, EventsEntry] => Object.hasOwn(entry[1] as object, 'events'));

const made = (description: InputDescription): Tensor => {
  const { data, shape } = fill(description);
  return tensor(Float32Array.from(data), { shape });
};
const [x, y] = [made(shared.x), made(shared.y)];
const validationData = [made(shared.validation[0]), made(shared.validation[1])] as const;

const net = (options: Readonly<Record<string, unknown>>): Model => {
  const own = sequential([layers.dense(4, { activation: 'tanh' }), layers.dense(2, { activation: 'sigmoid' })], { inputShape: [3] });
  own.setWeights(shared.weights.map(made));
  own.compile({ optimizer: optimizers.sgd(options), loss: 'meanSquaredError', metrics: ['binaryAccuracy'] });
  return own;
};

/** Where names are not Keras' in camelCase. */
const kinds: Readonly<Record<string, string>> = {
  reduceLROnPlateau: 'reduceLrOnPlateau',
  cSVLogger: 'csvLogger',
  swapEMAWeights: 'swapEmaWeights',
};
/** A pattern for file names, as Keras has it, in ours. */
const camelPattern = (text: string): string => text.replace('val_loss', 'valLoss').replace('.keras', '.gradus');
const monitors: Readonly<Record<string, string>> = { val_binary_accuracy: 'valBinaryAccuracy' };

const callbackOf = ({ kind, options }: Entry['callbacks'][number], folder: string): Callback => {
  const given = Object.fromEntries(
    Object.entries(options).map(([name, value]) => [
      name,
      typeof value === 'string' ? camelPattern((monitors[value] ?? value).replace('$', folder)) : value,
    ]),
  );
  if (kind === 'CSVLogger' || kind === 'cSVLogger') {
    const { filename, ...rest } = given;
    return callbacks.csvLogger(filename as string, rest);
  }
  const make = (callbacks as unknown as Readonly<Record<string, (options: object) => Callback>>)[kinds[kind] ?? kind];
  return (make as (options: object) => Callback)(given);
};

const put = (values: NonNullable<Entry['values']>): Callback => ({
  onEpochEnd(epoch, logs) {
    for (const [name, all] of Object.entries(values)) logs[name] = all[epoch] as number;
  },
});

function* batchesOf(size: number): Generator<readonly [Tensor, Tensor]> {
  for (let row = 0; row < x.shape[0]!; row += size) yield [x.slice([row], [size]), y.slice([row], [size])];
}

/** Some dozen steps in float32. */
const tolerance = { absolute: 2e-5, relative: 2e-4 };

describe('callbacks as in Keras', () => {
  test.each(entries)('%s', async (_, entry) => {
    const folder = mkdtempSync(join(tmpdir(), 'gradus-'));
    const own = net(entry.optimizer);
    const list = entry.callbacks.map(one => callbackOf(one, folder));
    const { validation, batchSize = 4, ...rest } = entry.fit;
    const options: FitOptions = {
      ...{ ...rest, ...silent, callbacks: entry.values === null ? list : [put(entry.values), ...list] },
      ...(validation ? { validationData: [validationData[0], validationData[1]] } : {}),
    };
    const history =
      entry.data === 'rows'
        ? await own.fit(x, y, { ...options, batchSize, shuffle: false })
        : await own.fit({ [Symbol.iterator]: () => batchesOf(batchSize) }, options);
    expect(Object.keys(history).sort()).toEqual(Object.keys(entry.history).sort());
    for (const [name, values] of Object.entries(entry.history))
      expect(mismatch(history[name] as number[], values, tolerance), name).toBeUndefined();
    const after = await valuesOf(own);
    if (entry.after !== undefined) expect(mismatch(after.flat(), entry.after.flat(), tolerance)).toBeUndefined();
    expect(readdirSync(folder).sort()).toEqual(entry.files.map(camelPattern));
    for (const [file, text] of Object.entries(entry.texts)) {
      const cells = (csv: string): string[][] => csv.split('\r\n').map(line => line.split(/[,;]/));
      const [got, expected] = [cells(readFileSync(join(folder, file), 'utf8')), cells(text)];
      expect(got[0]).toEqual(expected[0]?.map(name => name.replace(/_([a-z])/g, (__, letter: string) => letter.toUpperCase())));
      expect(got.map(({ length }) => length)).toEqual(expected.map(({ length }) => length));
      got.slice(1).forEach((line, row) => {
        line.forEach((cell, column) => {
          const wanted = expected[row + 1]?.[column] as string;
          if (wanted === '' || wanted === 'NA') expect(cell).toBe(wanted);
          else expect(Number(cell)).toBeCloseTo(Number(wanted), 4);
        });
      });
    }
  });
});

describe('the order of calls as in Keras', () => {
  test.each(sequences)('%s', async (_, { events, stopAt, fit }) => {
    const seen: string[] = [];
    let now = 0;
    const watch: Callback = {
      everyStep: true,
      onTrainBegin: () => void seen.push('trainBegin'),
      onTrainEnd: () => void seen.push('trainEnd'),
      onEpochBegin: epoch => {
        seen.push(`epochBegin ${epoch}`);
        now = epoch;
      },
      onEpochEnd: epoch => void seen.push(`epochEnd ${epoch}`),
      onBatchBegin: step => void seen.push(`batchBegin ${step}`),
      onBatchEnd: (steps, __, { stop }) => {
        seen.push(`batchEnd ${steps - 1}`); // ours says how many are done
        if (stopAt !== null && now === stopAt[0] && steps - 1 === stopAt[1]) stop();
      },
      onTestBegin: () => void seen.push('testBegin'),
      onTestEnd: () => void seen.push('testEnd'),
    };
    const own = net({ learningRate: 0.1 });
    await own.fit(x, y, {
      batchSize: 3,
      epochs: 3,
      shuffle: false,
      callbacks: [watch],
      validationData: [...validationData],
      ...fit,
      ...silent,
    });
    expect(seen).toEqual(events);
  });
});
