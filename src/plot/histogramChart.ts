import { ValueError } from '../core/errors.ts';
import { checkFinite, checkLengths, leftOut } from './check.ts';
import { frameOf } from './frame.ts';
import { counted, formatValue } from './numbers.ts';
import { extentOf, linearScale, niceStep } from './scale.ts';
import { type PictureOptions, picture, place, sizeOf, textAt, tooltip } from './svg.ts';
import { fill } from './theme.ts';

/** Counts of values between edges: bin i holds edges[i] ≤ value < edges[i + 1], the last one its upper edge too. */
export interface Bins {
  readonly edges: readonly number[];
  readonly counts: readonly number[];
}

/** What a histogram shows: values to be counted, or counts. */
export interface HistogramChartOptions extends PictureOptions {
  readonly values?: ArrayLike<number>;
  readonly bins?: Bins;
  /** About so many bins; chosen from the spread of the values unless given. */
  readonly binCount?: number;
  readonly xLabel?: string;
  readonly yLabel?: string;
}

const mostBins = 200;

/** The width of bins by Freedman and Diaconis 1981: 2 IQR / ∛n; where the middle half is one value, by Sturges 1926. */
const usualCount = (sorted: Float64Array): number => {
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] as number;
  const span = at(1) - at(0);
  const width = (2 * (at(0.75) - at(0.25))) / Math.cbrt(sorted.length);
  const count = width > 0 ? span / width : 1 + Math.log2(sorted.length);
  return Number.isFinite(count) ? Math.min(60, Math.max(5, count)) : 30;
};

/**
 * Counts values in bins whose width is 1, 2 or 5 times a power of ten. A few different whole numbers get a bin each, with the number in
 * its middle. NaN and infinities are in no bin.
 */
export const histogramBins = (values: ArrayLike<number>, binCount?: number): Bins => {
  if (binCount !== undefined && !(binCount >= 1 && binCount <= mostBins))
    throw new ValueError(`histogramBins cannot make ${binCount} bins: give a number from 1 to ${mostBins}, or leave it out.`);
  const sorted = Float64Array.from(Array.from(values).filter(Number.isFinite)).sort();
  if (sorted.length === 0) return { edges: [], counts: [] };
  const [least, most] = [sorted[0] as number, sorted.at(-1) as number];
  const half = most / 2 - least / 2;
  const size = Math.max(Math.abs(least), Math.abs(most));
  const isWhole = half <= 20 && size < 1e12 && sorted.every(Number.isInteger);
  // Equal numbers, or nearly so, share one bin around them.
  if (!isWhole && half <= Math.max(1e-300, size * 1e-11)) {
    const room = size * 0.05 || 0.5;
    return { edges: [Math.max(-Number.MAX_VALUE, least - room), Math.min(Number.MAX_VALUE, most + room)], counts: [sorted.length] };
  }
  const step = isWhole && binCount === undefined ? 1 : niceStep(half, binCount ?? usualCount(sorted));
  const shift = isWhole && step === 1 ? 0.5 : 0;
  const first = Math.floor(least / step + shift);
  const count = Math.max(1, Math.ceil(most / step + shift) - first, shift === 0 ? 1 : Math.floor(most / step + shift) - first + 1);
  const edges = Array.from({ length: count + 1 }, (_, index) =>
    Math.min(Number.MAX_VALUE, Math.max(-Number.MAX_VALUE, Number(((first - shift + index) * step).toPrecision(15)))),
  );
  const counts = new Array<number>(count).fill(0);
  let bin = 0;
  for (const value of sorted) {
    while (bin < count - 1 && value >= (edges[bin + 1] as number)) bin++;
    counts[bin] = (counts[bin] as number) + 1;
  }
  return { edges, counts };
};

const checkBins = ({ edges, counts }: Bins): void => {
  if (counts.length > 0 || edges.length > 0) {
    if (edges.length !== counts.length + 1)
      throw new ValueError(`histogramChart: ${counts.length} counts need ${counts.length + 1} edges, and ${edges.length} came.`);
    checkFinite('histogramChart', 'edges', edges);
    checkFinite('histogramChart', 'counts', counts);
    counts.forEach((count, index) => {
      if (count < 0) throw new ValueError(`histogramChart: counts[${index}] is ${count}, and nothing can be counted less than 0 times.`);
      if (!((edges[index + 1] as number) > (edges[index] as number)))
        throw new ValueError(`histogramChart: edges must grow, but edges[${index + 1}] = ${edges[index + 1]} follows ${edges[index]}.`);
    });
  }
};

/**
 * How often values occur: bars over bins, whose area is the share of the values (bins of unequal widths are drawn as densities).
 *
 * @throws ValueError without values and bins, or with both; for edges that do not grow, or do not fit the counts.
 * @example histogramChart({ title: 'Residuals', values: [0.1, -0.2, 0.05, 0.4], xLabel: 'true − predicted' })
 */
export const histogramChart = (options: HistogramChartOptions): string => {
  const { title, values, xLabel = '' } = options;
  const [width, asked] = sizeOf('histogramChart', options, [420, 240]);
  if ((values === undefined) === (options.bins === undefined))
    throw new ValueError(`histogramChart needs either values or bins: ${values === undefined ? 'neither' : 'both'} came.`);
  const bins = options.bins ?? histogramBins(values as ArrayLike<number>, options.binCount);
  checkBins(bins);
  checkLengths('histogramChart', 'counts', bins.counts, 'upper edge', bins.edges.slice(1));
  const { edges, counts } = bins;
  const widths = counts.map((_, index) => (edges[index + 1] as number) - (edges[index] as number));
  const narrowest = Math.min(...widths);
  const isEven = widths.every(one => one <= narrowest * (1 + 1e-6));
  const heights = counts.map((count, index) => (isEven ? count : (count / (widths[index] as number)) * narrowest));
  const lost = Array.from(values ?? []).filter(value => !Number.isFinite(value));
  const notes = leftOut(lost.length, lost[0] ?? 0, false);
  const x = linearScale(edges[0] ?? 0, edges.at(-1) ?? 1);
  const highest = extentOf([heights])?.[1] ?? 1;
  const y = linearScale(0, highest > 0 ? highest * 1.04 : 1, { isWhole: isEven && counts.every(Number.isInteger) });
  const yLabel = options.yLabel ?? (isEven ? 'count' : 'count for each least width');
  const frame = frameOf({ width, height: asked, hasTitle: title !== '', x, y, xLabel, yLabel, notes });
  const bars = heights.map((height, index) => {
    const [from, to] = [frame.x(edges[index] as number), frame.x(edges[index + 1] as number)];
    const gap = to - from > 4 ? 1 : 0;
    const label = `${formatValue(edges[index] as number)} to ${formatValue(edges[index + 1] as number)}: ${formatValue(counts[index] as number)}`;
    const top = frame.y(height);
    return `<rect x="${place(from + gap / 2)}" y="${place(top)}" width="${place(Math.max(0.5, to - from - gap))}" height="${place(frame.bottom - top)}" ${fill('series0')}>${tooltip(label)}</rect>`;
  });
  const total = counts.reduce((sum, count) => sum + count, 0);
  const peak = counts.indexOf(Math.max(...counts));
  const sentence =
    total === 0
      ? 'A histogram without values.'
      : `A histogram of ${counted(total, 'value')} from ${formatValue(edges[0] as number)} to ${formatValue(edges.at(-1) as number)}, in ${counted(counts.length, 'bin')}; most, ${formatValue(counts[peak] as number)}, lie from ${formatValue(edges[peak] as number)} to ${formatValue(edges[peak + 1] as number)}.`;
  const empty = total === 0 ? textAt((frame.left + frame.right) / 2, (frame.top + frame.bottom) / 2, 'no data', { anchor: 'middle' }) : '';
  return picture(
    width,
    frame.height,
    title,
    options.description ?? [sentence, ...notes].join(' '),
    frame.furniture + bars.join('') + empty,
  );
};
