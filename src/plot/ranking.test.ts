import fc from 'fast-check';
import { expect, test } from 'vitest';
import { averagePrecision, calibrationBins, expectedCalibrationError, precisionRecallPoints, rocArea, rocPoints } from './index.ts';

/** Few different scores, so that many are equal. */
const rows = fc
  .array(fc.record({ label: fc.integer({ min: 0, max: 1 }), score: fc.integer({ min: -4, max: 4 }) }), { minLength: 2, maxLength: 80 })
  .filter(list => list.some(({ label }) => label === 1) && list.some(({ label }) => label === 0))
  .map(list => ({ truth: list.map(({ label }) => label), scores: list.map(({ score }) => score / 4) }));

test('the area under ROC is the share of pairs in the right order, equal scores counting half', () =>
  fc.assert(
    fc.property(rows, ({ truth, scores }) => {
      let [right, pairs] = [0, 0];
      truth.forEach((a, i) =>
        truth.forEach((b, j) => {
          if (a !== 1 || b !== 0) return;
          pairs++;
          right += Number((scores[i] as number) > (scores[j] as number)) + Number(scores[i] === scores[j]) / 2;
        }),
      );
      expect(rocArea(truth, scores)).toBe(right / pairs);
    }),
  ));

test('it is the area under the corners, falls to the rest of 1 when the scores are turned, and ignores how they are scaled', () =>
  fc.assert(
    fc.property(rows, ({ truth, scores }) => {
      const { falsePositiveRate: x, truePositiveRate: y, thresholds } = rocPoints(truth, scores);
      const area = x
        .slice(1)
        .reduce((sum, to, index) => sum + ((to - (x[index] as number)) * ((y[index] as number) + (y[index + 1] as number))) / 2, 0);
      expect(area).toBeCloseTo(rocArea(truth, scores), 12);
      expect([x[0], y[0], x.at(-1), y.at(-1)]).toEqual([0, 0, 1, 1]);
      expect(thresholds.length).toBe(new Set(scores).size + 1);
      const turned = scores.map(score => -score);
      expect(rocArea(truth, turned)).toBeCloseTo(1 - rocArea(truth, scores), 12);
      const bent = scores.map(score => Math.exp(3 * score));
      expect(rocArea(truth, bent)).toBe(rocArea(truth, scores));
    }),
  ));

test('the average precision is the sum over the steps of the curve', () =>
  fc.assert(
    fc.property(rows, ({ truth, scores }) => {
      const { recall, precision } = precisionRecallPoints(truth, scores);
      const sum = recall
        .slice(1)
        .reduce((total, to, index) => total + (to - (recall[index] as number)) * (precision[index + 1] as number), 0);
      expect(averagePrecision(truth, scores)).toBeCloseTo(sum, 12);
      expect(recall.at(-1)).toBe(1);
    }),
  ));

test('the examples of scikit-learn’s documentation come out', () => {
  const [truth, scores] = [
    [0, 0, 1, 1],
    [0.1, 0.4, 0.35, 0.8],
  ];
  expect(rocArea(truth, scores)).toBe(0.75);
  expect(averagePrecision(truth, scores)).toBeCloseTo(0.8333333333, 10);
  const roc = rocPoints(truth, scores);
  expect([...roc.falsePositiveRate]).toEqual([0, 0, 0.5, 0.5, 1]);
  expect([...roc.truePositiveRate]).toEqual([0, 0.5, 0.5, 1, 1]);
  expect([...roc.thresholds]).toEqual([Infinity, 0.8, 0.4, 0.35, 0.1]);
  const { precision, recall } = precisionRecallPoints(truth, scores);
  expect([...precision].reverse()).toEqual([0.5, 2 / 3, 0.5, 1, 1]);
  expect([...recall].reverse()).toEqual([1, 1, 0.5, 0.5, 0]);
});

test('what cannot be ranked is refused', () => {
  expect(() => rocArea([1, 1], [0.2, 0.4])).toThrow('rocArea needs rows of the class and of the others: 2 and 0 came.');
  expect(() => averagePrecision([0, 0], [0.2, 0.4])).toThrow('averagePrecision needs rows of the class: none came among 2.');
  expect(() => rocPoints([0, 1], [0.2, Number.NaN])).toThrow('rocPoints: scores[1] is NaN.');
  expect(() => rocPoints([0, 1], [0.2])).toThrow('rocPoints has 2 truths and 1 scores');
  expect(() => rocPoints([0, 2], [0.2, 0.3])).toThrow('rocPoints: truth[1] is 2, and only 0 and 1 can be there.');
});

test('every row lies in one bin of the reliability diagram, 0 in the first and 1 in the last', () =>
  fc.assert(
    fc.property(fc.array(fc.double({ min: 0, max: 1, noNaN: true })), fc.integer({ min: 1, max: 20 }), (probabilities, count) => {
      const bins = calibrationBins(
        probabilities,
        probabilities.map(value => Number(value > 0.5)),
        count,
      );
      expect(bins.reduce((sum, bin) => sum + bin.count, 0)).toBe(probabilities.length);
      for (const { confidence, from, to, count: rowsThere } of bins)
        if (rowsThere > 0) {
          expect(confidence).toBeGreaterThanOrEqual(from - 1e-9);
          expect(confidence).toBeLessThanOrEqual(to + 1e-9);
        }
    }),
  ));

test('the expected calibration error by hand: 0.9 of three rows of which two are true, 0.2 of one that is not', () => {
  const bins = calibrationBins([0.9, 0.9, 0.9, 0.2], [1, 1, 0, 0]);
  expect(expectedCalibrationError(bins)).toBeCloseTo((3 / 4) * (0.9 - 2 / 3) + (1 / 4) * 0.2, 12);
  expect(expectedCalibrationError([])).toBe(0);
});
