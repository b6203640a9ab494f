import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { decodeModel, encodeModel, input, layers, model, type Tensor } from '../../index.ts';
import { huggingFaceTokenizer, learnPreparation, loadPreparation, type Preparation, preparationOf, tableOf } from '../index.ts';

const rows = Array.from({ length: 60 }, (_, row) => ({
  size: row % 7 === 6 ? null : 10 + row,
  money: `$${1000 + row},000`.replace('$1', '$1,'),
  colour: ['red', 'green', 'blue'][row % 3] as string,
  seen: `2026-0${1 + (row % 9)}-1${row % 3} 12:00`,
  note: ['good tea', 'not good', 'fresh and good tea', 'bad'][row % 4] as string,
  always: 1,
  id: row,
  price: 100 * row,
  tags: ['a|b', 'b', 'a|c', ''][row % 4] as string,
}));

const columns = { note: { kind: 'text' }, money: { scale: 'none' }, price: { kind: 'ignored' }, tags: { kind: 'ignored' } } as const;

describe('columns become numbers', () => {
  const preparation = learnPreparation(rows, { target: 'colour', columns });

  test('by what they hold', () => {
    expect(preparation.config.steps.map(({ name, kind }) => [name, kind])).toEqual([
      ['size', 'number'],
      ['money', 'number'],
      ['seen', 'date'],
      ['note', 'text'],
    ]);
    expect(preparation.config.ignored.map(({ name, why }) => `${name}: ${why}`)).toEqual([
      ...['always: it always is the same', 'id: each row has another one', 'price: asked for', 'tags: asked for'],
    ]);
    expect(preparation.target).toMatchObject({ task: 'classification', classes: ['blue', 'green', 'red'] });
    expect(preparation.inputs).toEqual([
      { name: 'numbers', shape: [9], dtype: 'float32', kind: 'numbers' },
      { name: 'note', shape: [7], dtype: 'int32', kind: 'text', vocabulary: expect.any(Number) },
    ]);
  });

  test('missing numbers become the mean and are said; others have mean 0 and deviation 1', async () => {
    const [numbers] = preparation.encode(rows) as [Tensor];
    const table = (await numbers.array()) as number[][];
    expect(table[6]?.slice(0, 2)).toEqual([0, 1]);
    const known = table.filter(row => row[1] === 0).map(row => row[0] as number);
    expect(known.reduce((a, b) => a + b) / known.length).toBeCloseTo(0, 5);
    expect(Math.sqrt(known.reduce((a, b) => a + b * b, 0) / known.length)).toBeCloseTo(1, 5);
    expect(table[3]?.[2]).toBe(1_003_000);
  });

  test('from a table as from records, and some rows', async () => {
    const table = await tableOf(rows);
    const learned = learnPreparation(table, { target: 'colour', columns });
    expect(learned.config).toEqual(preparation.config);
    const some = await Promise.all(learned.encode(table, [5, 3]).map(part => part.array()));
    expect(some).toEqual(await Promise.all(preparation.encode([rows[5], rows[3]] as never).map(part => part.array())));
    expect(await learned.encodeTarget(table, [0, 1, 2]).array()).toEqual([2, 1, 0]);
  });
});

test('quantiles spread any numbers evenly; unknown values stay in range', async () => {
  const heavy = Array.from({ length: 1000 }, (_, row) => ({ x: Math.exp(row / 50), y: row }));
  const preparation = learnPreparation(heavy, { columns: { x: { scale: 'quantile' }, y: { kind: 'ignored' } } });
  const values = (await (preparation.encode(heavy)[0] as Tensor).data()) as Float32Array;
  const mean = values.reduce((a, b) => a + b) / values.length;
  expect(mean).toBeCloseTo(0, 2);
  expect(values.reduce((a, b) => a + (b - mean) ** 2, 0) / values.length).toBeCloseTo(1, 1);
  expect(await (preparation.encode([{ x: -5 }, { x: 1e30 }])[0] as Tensor).array()).toEqual([
    [-Math.fround(Math.sqrt(3))],
    [Math.fround(Math.sqrt(3))],
  ]);
});

test('categories: numbers of their own, codes, hashes; rare and unknown ones together', async () => {
  const names = ['a', 'a', 'a', 'b', 'b', 'c', null].map((name, place) => ({ name, y: place }));
  const encoded = async (kind: 'category' | 'embedded' | 'hashed'): Promise<unknown> =>
    (
      learnPreparation(names, { columns: { name: { kind, most: 8 }, y: { kind: 'ignored' } } }).encode([
        ...names,
        { name: 'zzz' },
      ])[0] as Tensor
    ).array();
  expect(await encoded('category')).toEqual([
    ...[
      [1, 0, 0],
      [1, 0, 0],
      [1, 0, 0],
      [0, 1, 0],
      [0, 1, 0],
    ],
    ...[
      [0, 0, 1],
      [0, 0, 1],
      [0, 0, 1],
    ],
  ]);
  expect(await encoded('embedded')).toEqual([[2], [2], [2], [3], [3], [1], [0], [1]]);
  const hashed = (await encoded('hashed')) as number[][];
  expect(hashed[6]).toEqual([0]);
  expect(hashed.every(([code]) => (code as number) >= 0 && (code as number) <= 8)).toBe(true);
  expect(hashed[0]).toEqual(hashed[2]);
});

test('targets: numbers and back, several classes at once from one column or several', async () => {
  const prices = learnPreparation(rows, { target: 'price', columns: { tags: { kind: 'ignored' } } });
  expect(prices.target?.task).toBe('regression');
  const back = await prices.answerNumbers(prices.encodeTarget(rows));
  rows.forEach(({ price }, row) => expect(back[row]).toBeCloseTo(price, 1));
  const tags = learnPreparation(rows, { target: 'tags', task: 'multiLabel', columns: { price: { kind: 'ignored' } } });
  expect(tags.target).toMatchObject({ classes: ['a', 'b', 'c'], separator: '|' });
  expect(await tags.encodeTarget(rows, [0, 1, 2, 3]).array()).toEqual([
    [1, 1, 0],
    [0, 1, 0],
    [1, 0, 1],
    [0, 0, 0],
  ]);
  const flags = [
    { x: 1, wet: 'yes', cold: '0' },
    { x: 2, wet: 'no', cold: '1' },
  ];
  const both = learnPreparation(flags, { target: ['wet', 'cold'] });
  expect(await both.encodeTarget(flags).array()).toEqual([
    [1, 0],
    [0, 1],
  ]);
});

test('kept inside of a model, it serves raw rows', async () => {
  const preparation = learnPreparation(rows, { target: 'colour', columns });
  const [numbers, note] = preparation.inputs.map(({ name, shape, dtype }) => input([...shape], { name, dtype }));
  const words = layers.globalAveragePool1d()(layers.embedding(preparation.inputs[1]?.vocabulary as number, 4)(note as never));
  const net = model({
    inputs: [numbers, note] as never,
    outputs: layers.dense(preparation.outputs)(layers.concatenate()([numbers as never, words])),
    seed: 1,
  });
  preparation.keepIn(net);
  const again = await decodeModel(await encodeModel(net));
  const answers = await preparationOf(again)?.predict(again, rows.slice(0, 3));
  expect(answers).toEqual(await preparation.predict(net, rows.slice(0, 3)));
  for (const { value, probabilities } of answers ?? []) {
    expect(['red', 'green', 'blue']).toContain(value);
    expect(Object.values(probabilities ?? {}).reduce((a, b) => a + b)).toBeCloseTo(1, 5);
  }
});

test('lists of numbers are sequences, also as a table holds them', async () => {
  const signals = Array.from({ length: 20 }, (_, row) => ({
    signal: Array.from({ length: 5 + (row % 3) }, (__, at) => at * row),
    y: row % 2,
  }));
  const preparation = learnPreparation(signals, { target: 'y' });
  expect(preparation.inputs).toEqual([{ name: 'signal', shape: [7], dtype: 'float32', kind: 'sequence' }]);
  const [encoded] = preparation.encode(signals) as [Tensor];
  const { mean, deviation } = preparation.config.steps[0] as { mean: number; deviation: number };
  const third = ((await encoded.array()) as number[][])[3] as number[];
  expect(third.slice(5)).toEqual([0, 0]);
  third.slice(0, 5).forEach((value, at) => expect(value).toBeCloseTo((3 * at - mean) / deviation, 5));
  const table = await tableOf(signals);
  expect(learnPreparation(table, { target: 'y' }).config).toEqual(preparation.config);
});

test('a tokenizer that is there reads a column, and comes back with the model', async () => {
  const { tokenizer } = JSON.parse(readFileSync(join(import.meta.dirname, '../../../tests/golden/byte_pairs.json'), 'utf8')) as {
    tokenizer: object;
  };
  const theirs = await huggingFaceTokenizer(new TextEncoder().encode(JSON.stringify(tokenizer)));
  const preparation = learnPreparation(rows, {
    target: 'colour',
    columns: { ...columns, note: { kind: 'text', tokenizer: theirs, length: 6 } },
  });
  const model = { metadata: undefined as Record<string, unknown> | undefined };
  preparation.keepIn(model);
  const kept = JSON.parse(JSON.stringify(model)) as { metadata: Record<string, unknown> };
  expect(() => preparationOf(kept)).toThrow('await loadPreparation(net)');
  const again = (await loadPreparation(kept)) as Preparation;
  const codes = (await (again.encode(rows)[1] as Tensor).array()) as number[][];
  expect(codes[0]).toEqual([...theirs.encode('good tea'), 0, 0, 0, 0, 0, 0].slice(0, 6));
});

test.each<readonly [string, () => unknown, string]>([
  ['no rows', () => learnPreparation([]), 'needs rows, got none'],
  ['an unknown target', () => learnPreparation(rows, { target: 'colours' }), "Did you mean 'colour'?"],
  ['an unknown column', () => learnPreparation(rows, { columns: { siz: {} } }), "Did you mean 'size'?"],
  ['an unknown kind', () => learnPreparation(rows, { columns: { size: { kind: 'numbr' as never } } }), "Did you mean 'number'?"],
  ['words as numbers', () => learnPreparation(rows, { columns: { colour: { kind: 'number' } } }), "'colour' holds no number"],
  ['a constant target', () => learnPreparation(rows, { target: 'always' }), "always is '1'"],
  [
    'nothing to learn from',
    () =>
      learnPreparation(
        Array.from({ length: 8 }, (_, row) => ({ a: 1, b: row % 2 })),
        { target: 'b' },
      ),
    'no column is left',
  ],
  [
    'a target that lacks',
    () => learnPreparation(rows, { target: 'size', columns }).encodeTarget(rows),
    "the target 'size' is missing in row 7",
  ],
  [
    'a class that training did not see',
    () => learnPreparation(rows, { target: 'colour', columns }).encodeTarget([{ ...rows[0], colour: 'pink' }] as never),
    "holds 'pink', which training did not see",
  ],
  [
    'a column that is not there any more',
    () => learnPreparation(rows, { target: 'colour', columns }).encode([{ size: 3 }]),
    "the data lacks the column 'money'",
  ],
])('%s is an error', (_, action, message) => {
  expect(action).toThrow(message);
});
