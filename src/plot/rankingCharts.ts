import { checkSeries, said } from './check.ts';
import { type Frame, frameOf, lineStyle } from './frame.ts';
import { formatValue, grouped } from './numbers.ts';
import { pathThrough } from './path.ts';
import { averagePrecision, precisionRecallPoints, rocArea, rocPoints, type Truths } from './ranking.ts';
import { linearScale } from './scale.ts';
import { type PictureOptions, picture, place, sizeOf, tooltip } from './svg.ts';
import { seriesStyle, stroke } from './theme.ts';

/** One curve: a model, or a class against all others. */
export interface Ranking {
  readonly name: string;
  readonly truth: Truths;
  /** The higher, the more likely of the class: probabilities or logits. */
  readonly scores: ArrayLike<number>;
}

/** What an ROC or a precision-recall curve shows. */
export interface RankingChartOptions extends PictureOptions {
  readonly curves: readonly Ranking[];
}

interface Drawn {
  readonly name: string;
  readonly area: number;
  readonly xs: ArrayLike<number>;
  readonly ys: ArrayLike<number>;
  /** Steps instead of straight lines between the corners. */
  readonly isStepped: boolean;
  /** What a model that knows nothing gives. */
  readonly chance: number;
}

const unit = linearScale(0, 1, { padding: 0.01 });

const pathOf = ({ xs, ys, isStepped }: Drawn, frame: Frame): string => {
  const points = Array.from(xs, (x, index) => ({ x: frame.x(x), y: frame.y(ys[index] as number) }));
  // The precision after a step holds back to the recall before it, as the average precision sums it.
  const corners = isStepped
    ? points.flatMap((point, index) => (index === 0 ? [point] : [{ x: (points[index - 1] as typeof point).x, y: point.y }, point]))
    : points;
  return pathThrough(corners);
};

const draw = (
  chart: string,
  options: RankingChartOptions,
  curves: readonly Drawn[],
  labels: readonly [x: string, y: string],
  chanceLine: (frame: Frame) => string,
  areaName: string,
): string => {
  const { title } = options;
  const [width, height] = sizeOf(chart, options, [400, 380]);
  const named = curves.map(curve => ({
    ...curve,
    label: `${curve.name === '' ? '' : `${curve.name}: `}${areaName} ${grouped(curve.area, 3)}`,
  }));
  const legend = named.map(({ label }, index) => ({ name: label, style: seriesStyle(index), mark: 'line' as const }));
  const frame = frameOf({ width, height, hasTitle: title !== '', x: unit, y: unit, xLabel: labels[0], yLabel: labels[1], legend });
  const lines = named.map(
    (curve, index) => `<path ${lineStyle(seriesStyle(index), 2)} d="${pathOf(curve, frame)}">${tooltip(curve.label)}</path>`,
  );
  const listed = named
    .slice(0, 12)
    .map(({ name, area, chance }) => `${name === '' ? 'the model' : said(name)} ${grouped(area, 3)} (${formatValue(chance, 3)} by chance)`);
  const sentence = `${labels[1]} over ${labels[0]}, with the ${areaName}: ${listed.join(', ') || 'no curves'}.`;
  return picture(width, frame.height, title, options.description ?? sentence, frame.furniture + chanceLine(frame) + lines.join(''));
};

const dashed = (d: string): string => `<path ${stroke('soft')} fill="none" stroke-dasharray="3 3" d="${d}"/>`;

/**
 * ROC curves with the areas under them: 1 is perfect, the dashed diagonal (0.5) is chance.
 *
 * @throws ValueError as rocPoints does.
 * @example rocCurve({ title: 'ROC', curves: [{ name: 'network', truth: [0, 0, 1, 1], scores: [0.1, 0.4, 0.35, 0.8] }] })
 */
export const rocCurve = (options: RankingChartOptions): string => {
  checkSeries('rocCurve', options.curves.length);
  const curves = options.curves.map(({ name, truth, scores }): Drawn => {
    const { falsePositiveRate, truePositiveRate } = rocPoints(truth, scores);
    return { name, area: rocArea(truth, scores), xs: falsePositiveRate, ys: truePositiveRate, isStepped: false, chance: 0.5 };
  });
  return draw(
    'rocCurve',
    options,
    curves,
    ['false positive rate', 'true positive rate'],
    frame => dashed(`M${place(frame.x(0))} ${place(frame.y(0))}L${place(frame.x(1))} ${place(frame.y(1))}`),
    'area',
  );
};

/**
 * Precision-recall curves with the average precision: 1 is perfect, the share of the class (dashed, for a single curve) is chance.
 *
 * @throws ValueError as precisionRecallPoints does.
 */
export const precisionRecallCurve = (options: RankingChartOptions): string => {
  checkSeries('precisionRecallCurve', options.curves.length);
  const curves = options.curves.map(({ name, truth, scores }): Drawn => {
    const { recall, precision } = precisionRecallPoints(truth, scores);
    const share = Array.from(truth).filter(Boolean).length / truth.length;
    return { name, area: averagePrecision(truth, scores), xs: recall, ys: precision, isStepped: true, chance: share };
  });
  const [only] = curves;
  const chance = (frame: Frame): string =>
    only === undefined || curves.length > 1 ? '' : dashed(`M${place(frame.x(0))} ${place(frame.y(only.chance))}H${place(frame.x(1))}`);
  return draw('precisionRecallCurve', options, curves, ['recall', 'precision'], chance, 'average precision');
};
