import { ValueError } from '../core/errors.ts';
import { checkBinary, checkLengths, checkProbabilities } from './check.ts';
import { frameOf, lineStyle, marksAt } from './frame.ts';
import { counted, formatShare, formatValue, grouped } from './numbers.ts';
import { pathThrough } from './path.ts';
import type { Truths } from './ranking.ts';
import { linearScale } from './scale.ts';
import { type PictureOptions, picture, place, sizeOf, textAt, tooltip } from './svg.ts';
import { fill, seriesStyle, stroke } from './theme.ts';

/** Rows whose probability lies in one stretch. */
export interface CalibrationBin {
  readonly from: number;
  readonly to: number;
  readonly count: number;
  /** Mean probability of the rows; NaN without rows. */
  readonly confidence: number;
  /** Share of the rows that are true; NaN without rows. */
  readonly frequency: number;
}

/**
 * Rows by their probability, in stretches of equal width; the last one holds 1 too.
 *
 * @throws ValueError for probabilities outside of 0 to 1, truths that are not 0 or 1, and lists of different lengths.
 */
export const calibrationBins = (probabilities: ArrayLike<number>, truth: Truths, binCount = 10): CalibrationBin[] => {
  checkLengths('calibrationBins', 'probabilities', probabilities, 'truth', truth);
  checkProbabilities('calibrationBins', probabilities);
  checkBinary('calibrationBins', truth);
  if (!(Number.isInteger(binCount) && binCount >= 1 && binCount <= 100))
    throw new ValueError(`calibrationBins cannot make ${binCount} bins: give a whole number from 1 to 100.`);
  const sums = Array.from({ length: binCount }, () => ({ count: 0, confidence: 0, hits: 0 }));
  for (let row = 0; row < probabilities.length; row++) {
    const probability = probabilities[row] as number;
    const bin = sums[Math.min(binCount - 1, Math.floor(probability * binCount))] as (typeof sums)[number];
    bin.count++;
    bin.confidence += probability;
    if (truth[row]) bin.hits++;
  }
  return sums.map(({ count, confidence, hits }, index) => ({
    from: index / binCount,
    to: (index + 1) / binCount,
    count,
    confidence: confidence / count,
    frequency: hits / count,
  }));
};

/**
 * Expected calibration error: how far frequency and confidence lie apart, on average over the rows.
 *
 *     Σ nᵦ / n · |frequencyᵦ − confidenceᵦ|
 *
 * Source: Guo et al. 2017, arXiv:1706.04599, eq. 3.
 */
export const expectedCalibrationError = (bins: readonly CalibrationBin[]): number => {
  const total = bins.reduce((sum, { count }) => sum + count, 0);
  return bins.reduce(
    (sum, { count, confidence, frequency }) => sum + (count === 0 ? 0 : (count / total) * Math.abs(frequency - confidence)),
    0,
  );
};

/** What a reliability diagram shows. */
export interface CalibrationChartOptions extends PictureOptions {
  readonly probabilities: ArrayLike<number>;
  readonly truth: Truths;
  readonly binCount?: number;
  readonly xLabel?: string;
  readonly yLabel?: string;
}

/** Height of the bars that tell how many rows there are. */
const countsHeight = 46;

/**
 * A reliability diagram: how often it is true where the model says it is so likely; on the diagonal both agree. The bars below tell how
 * many rows lie in each stretch.
 *
 * @throws ValueError as calibrationBins does.
 * @example calibrationChart({ title: 'Calibration', probabilities: [0.1, 0.8, 0.7, 0.9], truth: [0, 1, 0, 1] })
 */
export const calibrationChart = (options: CalibrationChartOptions): string => {
  const { title, probabilities, truth, binCount = 10, xLabel = 'probability by the model', yLabel = 'share that is true' } = options;
  const [width, height] = sizeOf('calibrationChart', options, [400, 400]);
  const bins = calibrationBins(probabilities, truth, binCount);
  const filled = bins.filter(({ count }) => count > 0);
  const scale = linearScale(0, 1, { padding: 0.02 });
  const frame = frameOf({ width, height: height - countsHeight - 20, hasTitle: title !== '', x: scale, y: scale, xLabel, yLabel });
  const style = seriesStyle(0);
  const points = filled.map(({ confidence, frequency }) => ({ x: frame.x(confidence), y: frame.y(frequency) }));
  const most = Math.max(1, ...bins.map(({ count }) => count));
  const foot = frame.height + 18 + countsHeight;
  const bars = filled.map(({ from, to, count }) => {
    const [left, right] = [frame.x(from) + 1, frame.x(to) - 1];
    const tall = Math.max(1, (countsHeight * count) / most);
    return `<rect x="${place(left)}" y="${place(foot - tall)}" width="${place(right - left)}" height="${place(tall)}" ${fill('series7')}>${tooltip(`${formatValue(from)} to ${formatValue(to)}: ${counted(count, 'row')}`)}</rect>`;
  });
  const error = expectedCalibrationError(bins);
  const drawing = [
    frame.furniture,
    `<path ${stroke('soft')} fill="none" stroke-dasharray="3 3" d="M${place(frame.x(0))} ${place(frame.y(0))}L${place(frame.x(1))} ${place(frame.y(1))}"/>`,
    `<path ${lineStyle(style, 2)} d="${pathThrough(points)}"/>`,
    ...filled.map(({ confidence, frequency, count }, index) => {
      const point = points[index] as (typeof points)[number];
      return `<g>${tooltip(`said ${formatShare(confidence)}, true ${formatShare(frequency)}, ${counted(count, 'row')}`)}${marksAt([point], style)}</g>`;
    }),
    textAt(0, frame.height + 11, `rows, at most ${grouped(most)}`, { room: width }),
    ...bars,
    `<path ${stroke('soft')} fill="none" d="M${place(frame.left)} ${place(foot)}H${place(frame.right)}"/>`,
    filled.length === 0 ? textAt((frame.left + frame.right) / 2, (frame.top + frame.bottom) / 2, 'no data', { anchor: 'middle' }) : '',
  ];
  const sentence =
    filled.length === 0
      ? 'A reliability diagram without rows.'
      : `A reliability diagram of ${counted(probabilities.length, 'row')}, expected calibration error ${formatValue(error, 3)}: ${filled.map(one => `where the model says ${formatShare(one.confidence)}, ${formatShare(one.frequency)} of ${counted(one.count, 'row')} are true`).join('; ')}.`;
  return picture(width, Math.max(height, foot + 4), title, options.description ?? sentence, drawing.join(''));
};
