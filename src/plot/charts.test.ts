import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { outside, parseMarkup } from '../../tests/support/markup.ts';
import * as plot from './index.ts';

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.constantFrom(
    '<script>alert(1)</script>',
    '"\'&&lt;]]>',
    '\u202eabc\u0000\ud800',
    'שלום עולם',
    '👩‍👩‍👧'.repeat(40),
    'x'.repeat(100_000),
    '',
  ),
);
/** Numbers as tame as losses, as small and large as numbers get, and none at all. */
const number = fc.oneof(
  fc.double({ min: -10, max: 10, noNaN: true }),
  fc.double(),
  fc.constantFrom(0, -0, 1e-12, 1e12, 5e-324, -Number.MAX_VALUE, Number.MAX_VALUE, Infinity, Number.NaN),
);
const list = fc.array(number, { maxLength: 40 });
const kind = fc.constantFrom('linear' as const, 'log' as const);

/** Well-formed, labelled, inside of its frame, and without numbers that no renderer takes. */
const checkPicture = (svg: string): void => {
  const [root, ...rest] = parseMarkup(svg);
  expect(root?.name).toBe('svg');
  expect(root?.attributes.role).toBe('img');
  expect(root?.attributes['aria-label']).toMatch(/[.!?…]$/);
  expect(outside(svg)).toEqual([]);
  for (const { name, attributes } of rest)
    for (const [key, value] of Object.entries(attributes))
      if (!key.startsWith('aria')) expect(value, `${name} ${key}`).not.toMatch(/NaN|Infinity|undefined/);
};

const seriesOf = (...lists: (readonly number[])[]): plot.Series[] => lists.map((y, index) => ({ name: `series ${index}`, y }));

describe('whatever the names and numbers', () => {
  const settings = { numRuns: 150 };

  test('a line chart is a picture', () =>
    fc.assert(
      fc.property(
        text,
        text,
        fc.array(fc.tuple(text, list), { maxLength: 5 }),
        kind,
        kind,
        fc.array(number, { maxLength: 3 }),
        (title, label, lines, xScale, yScale, at) => {
          const series = lines.map(([name, y]) => ({ name, y, x: y.toReversed() }));
          const marks = at.filter(Number.isFinite).map(x => ({ x, label }));
          checkPicture(plot.lineChart({ title, xLabel: label, yLabel: label, series, xScale, yScale, marks }));
        },
      ),
      settings,
    ));

  test('a scatter chart and residuals are pictures', () =>
    fc.assert(
      fc.property(text, list, kind, fc.boolean(), (title, x, scale, hasDiagonal) => {
        const y = x.toReversed();
        checkPicture(
          plot.scatterChart({ title, series: [{ name: title, x, y }], hasDiagonal, xScale: scale, yScale: scale, xLabel: title }),
        );
        checkPicture(plot.residualChart({ title, truth: x, predictions: y }));
      }),
      settings,
    ));

  test('a histogram is a picture, and counts each number once, in its bin', () =>
    fc.assert(
      fc.property(text, list, (title, values) => {
        const { edges, counts } = plot.histogramBins(values);
        const finite = values.filter(Number.isFinite);
        expect(counts.reduce((sum, count) => sum + count, 0)).toBe(finite.length);
        for (let bin = 0; bin < counts.length; bin++) expect(edges[bin + 1]).toBeGreaterThan(edges[bin] as number);
        counts.forEach((count, bin) => {
          const isLast = bin === counts.length - 1;
          const inside = finite.filter(
            value => (bin === 0 || value >= (edges[bin] as number)) && (isLast || value < (edges[bin + 1] as number)),
          );
          expect(inside.length).toBe(count);
        });
        checkPicture(plot.histogramChart({ title, values, xLabel: title }));
      }),
      settings,
    ));

  test('a bar chart is a picture', () =>
    fc.assert(
      fc.property(text, fc.array(fc.record({ name: text, value: number }), { maxLength: 12 }), (title, bars) => {
        checkPicture(plot.barChart({ title, bars, xLabel: title }));
        const deviated = bars.map((bar, index) => ({ ...bar, deviation: index }));
        checkPicture(plot.barChart({ title, bars: deviated, deviationLabel: title }));
      }),
      settings,
    ));

  test('a confusion matrix is a picture', () =>
    fc.assert(
      fc.property(text, fc.array(text, { maxLength: 25 }), fc.integer({ min: 0, max: 2_000_000 }), (title, names, count) => {
        checkPicture(plot.confusionMatrixChart({ title, names, matrix: names.map(() => names.map((_, place) => (place % 3) * count)) }));
      }),
      { numRuns: 40 },
    ));

  test('curves and a reliability diagram are pictures', () =>
    fc.assert(
      fc.property(text, fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 2, maxLength: 60 }), (title, scores) => {
        const truth = scores.map((_, row) => row % 2);
        const curves = [{ name: title, truth, scores }];
        checkPicture(plot.rocCurve({ title, curves }));
        checkPicture(plot.precisionRecallCurve({ title, curves: [...curves, ...curves] }));
        checkPicture(plot.calibrationChart({ title, probabilities: scores, truth }));
      }),
      { numRuns: 60 },
    ));

  test('a waveform is a picture', () =>
    fc.assert(
      fc.property(text, fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { maxLength: 900 }), (title, samples) =>
        checkPicture(plot.waveformChart({ title, samples, sampleRate: 8000 })),
      ),
      { numRuns: 40 },
    ));
});

test('a line that breaks tells where, and how often', () => {
  const svg = plot.lineChart({ title: 'Loss', yScale: 'log', series: seriesOf([1, 0.5, Number.NaN, 0.2, 0, Infinity, 0.1]) });
  const texts = parseMarkup(svg).filter(({ name }) => name === 'text');
  expect(texts.map(one => one.text)).toContain('Left out: 3 values without a place, such as NaN.');
  const d = parseMarkup(svg).find(({ attributes }) => attributes['stroke-width'] === '1.8')?.attributes.d ?? '';
  expect(d.match(/M/g)).toHaveLength(3); // 1 to 0.5, 0.2, 0.1: no line leads over a gap
});

test('the description is a sentence with the numbers', () => {
  const label = (svg: string): string => parseMarkup(svg)[0]?.attributes['aria-label'] ?? '';
  expect(label(plot.lineChart({ title: 'Loss', xLabel: 'epoch', series: [{ name: 'training', y: [2, 0.5, 0.75] }] }))).toBe(
    'Loss. 1 line over epoch. training goes from 2 at epoch 1 to 0.75 at epoch 3; its lowest is 0.5 at epoch 2, its highest 2 at epoch 1.',
  );
  expect(
    label(
      plot.confusionMatrixChart({
        title: 'Mistakes',
        names: ['cat', 'dog'],
        matrix: [
          [40, 3],
          [5, 52],
        ],
      }),
    ),
  ).toBe(
    'Mistakes. A confusion matrix of 2 classes: 92 of 100 rows are right (92.0 %). Most often wrong: dog taken for cat (5), cat taken for dog (3).',
  );
  expect(label(plot.barChart({ title: 'Importance', bars: [{ name: 'age', value: 1234.5 }] }))).toBe('Importance. Bars: age 1,230.');
});

test('many points are thinned and counted, not all drawn', () => {
  const y = Float64Array.from({ length: 300_000 }, (_, index) => Math.sin(index / 5000));
  y[150_000] = 40;
  const svg = plot.lineChart({ title: 'Long', series: [{ name: 'wave', y }] });
  expect(svg.length).toBeLessThan(40_000);
  expect(svg).toContain('its highest 40 at 150,001');
  checkPicture(svg);
  const cloud = plot.scatterChart({ title: 'Cloud', series: [{ name: 'rows', x: y, y: y.map(value => value ** 2) }] });
  expect(cloud.length).toBeLessThan(40_000);
  expect(cloud).toContain('The larger a square, the more points are there');
});

test('impossible data are refused, in words that say what to do', () => {
  const cases: readonly (readonly [() => string, string])[] = [
    [
      () => plot.lineChart({ title: '', series: [{ name: 'loss', x: [1, 2, 3], y: [1, 2] }] }),
      "lineChart: series 'loss' has 2 y and 3 x: give one x for each of the y.",
    ],
    [
      () => plot.lineChart({ title: '', series: seriesOf(...Array.from({ length: 41 }, () => [1])) }),
      'lineChart can tell 40 series apart, and 41 came',
    ],
    [() => plot.lineChart({ title: '', series: [], width: Number.NaN }), 'lineChart cannot draw a width of NaN pixels'],
    [() => plot.lineChart({ title: '', series: [], marks: [{ x: Number.NaN, label: 'best' }] }), "lineChart: mark 'best': x[0] is NaN"],
    [() => plot.scatterChart({ title: '', series: [{ name: 'a', x: [1], y: [] }] }), "scatterChart: series 'a' has 1 x and 0 y"],
    [() => plot.residualChart({ title: '', truth: [1], predictions: [] }), 'residualChart has 1 truth and 0 predictions'],
    [() => plot.histogramChart({ title: '' }), 'histogramChart needs either values or bins: neither came.'],
    [() => plot.histogramChart({ title: '', bins: { edges: [0, 1], counts: [1, 2] } }), '2 counts need 3 edges, and 2 came'],
    [() => plot.histogramChart({ title: '', bins: { edges: [0, 2, 1], counts: [1, 2] } }), 'edges must grow, but edges[2] = 1 follows 2'],
    [
      () => plot.histogramChart({ title: '', bins: { edges: [0, 1], counts: [-1] } }),
      'counts[0] is -1, and nothing can be counted less than 0 times',
    ],
    [() => plot.barChart({ title: '', bars: [{ name: 'age', value: 1, deviation: -1 }] }), "the deviation of 'age' is -1"],
    [() => plot.confusionMatrixChart({ title: '', names: ['a'], matrix: [] }), '1 names need as many rows, and 0 came'],
    [() => plot.confusionMatrixChart({ title: '', names: ['a'], matrix: [[1, 2]] }), "the row of 'a' has 2 counts for 1 classes"],
    [() => plot.confusionMatrixChart({ title: '', names: ['a'], matrix: [[Number.NaN]] }), "the row of 'a' holds NaN"],
    [
      () => plot.confusionMatrixChart({ title: '', names: Array.from({ length: 26 }, String), matrix: [] }),
      'draws at most 25 classes, and 26 came',
    ],
    [
      () => plot.calibrationChart({ title: '', probabilities: [1.5], truth: [1] }),
      'probabilities[0] is 1.5, and a probability lies from 0 to 1',
    ],
    [() => plot.calibrationChart({ title: '', probabilities: [0.5], truth: [3] }), 'truth[0] is 3, and only 0 and 1 can be there'],
    [() => plot.waveformChart({ title: '', samples: [0], sampleRate: 0 }), 'cannot use a rate of 0 samples a second'],
  ];
  for (const [draw, message] of cases) expect(draw).toThrow(message);
});

test('a picture with nothing in it says so', () => {
  const nothing = [
    plot.lineChart({ title: 'Empty', series: [] }),
    plot.lineChart({ title: 'Empty', series: seriesOf([Number.NaN]) }),
    plot.scatterChart({ title: 'Empty', series: [] }),
    plot.histogramChart({ title: 'Empty', values: [] }),
    plot.barChart({ title: 'Empty', bars: [] }),
    plot.calibrationChart({ title: 'Empty', probabilities: [], truth: [] }),
  ];
  for (const svg of nothing) expect(parseMarkup(svg).map(one => one.text)).toContain('no data');
});
