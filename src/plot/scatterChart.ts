import { checkLengths, checkSeries, leftOut, quoted, said } from './check.ts';
import { dotsAt, type Frame, frameOf, marksAt } from './frame.ts';
import { counted, formatValue } from './numbers.ts';
import type { Point } from './path.ts';
import { extentOf, hasPlace, type ScaleKind, scaleOf } from './scale.ts';
import { type PictureOptions, picture, place, sizeOf, textAt } from './svg.ts';
import { fill, type SeriesStyle, scaledShape, seriesStyle, stroke } from './theme.ts';

/** Points of one kind. */
export interface PointSeries {
  readonly name: string;
  readonly x: ArrayLike<number>;
  readonly y: ArrayLike<number>;
}

/** What a scatter chart shows. */
export interface ScatterChartOptions extends PictureOptions {
  readonly series: readonly PointSeries[];
  readonly xLabel?: string;
  readonly yLabel?: string;
  readonly xScale?: ScaleKind;
  readonly yScale?: ScaleKind;
  /** Both axes alike, with the line on which y equals x: predicted against true. */
  readonly hasDiagonal?: boolean;
  /** A level line, such as 0 for residuals. */
  readonly level?: number;
}

/** More points than this would hide each other: they are counted by places. */
const mostPoints = 1000;
/** More than this are drawn smaller. */
const fewPoints = 150;
const cell = 4;
/** More cells than a picture has rows: one number names a cell. */
const farApart = 1e5;

/** Squares that are the larger, the more points lie at their place; area, and no shade, carries the count. */
const squaresOf = (points: readonly Point[], { role }: SeriesStyle): { readonly drawing: string; readonly most: number } => {
  const counts = new Map<number, number>();
  for (const { x, y } of points) {
    const key = Math.round(x / cell) * farApart + Math.round(y / cell);
    counts.set(key, (counts.get(key) ?? 0) + 1);
  }
  let most = 1;
  for (const count of counts.values()) most = Math.max(most, count);
  const squares = [...counts].map(([key, count]) => {
    const side = Math.max(1.2, Math.round(10 * (cell - 0.3) * Math.sqrt(count / most)) / 10);
    const [column, row] = [Math.floor(key / farApart), key % farApart];
    return `M${place(column * cell - side / 2)} ${place(row * cell - side / 2)}h${side}v${side}h-${side}z`;
  });
  return { drawing: `<path ${fill(role)} d="${squares.join('')}"/>`, most };
};

/** Pearson's correlation; undefined where one of both does not vary. */
const correlation = (xs: readonly number[], ys: readonly number[]): number | undefined => {
  const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value / values.length, 0);
  const [mx, my] = [mean(xs), mean(ys)];
  let [xy, xx, yy] = [0, 0, 0];
  xs.forEach((x, index) => {
    const [dx, dy] = [x - mx, (ys[index] as number) - my];
    xy += dx * dy;
    xx += dx * dx;
    yy += dy * dy;
  });
  const value = xy / Math.sqrt(xx) / Math.sqrt(yy);
  return Number.isFinite(value) ? value : undefined;
};

const lineAcross = (from: Point, to: Point): string =>
  `<path ${stroke('soft')} stroke-width="1.2" stroke-dasharray="5 3" fill="none" d="M${place(from.x)} ${place(from.y)}L${place(to.x)} ${place(to.y)}"/>`;

/**
 * Points over two axes. More than 1,000 of them are counted by places: the larger a square, the more points are there.
 *
 * Points with a coordinate that is no finite number are left out, and a note says how many.
 *
 * @throws ValueError for x and y of different lengths, and for more than 40 series.
 * @example scatterChart({ title: 'Predicted and true', hasDiagonal: true, xLabel: 'true', yLabel: 'predicted', series: [{ name: 'houses', x: [1, 2, 3], y: [1.1, 1.8, 3.2] }] })
 */
export const scatterChart = (options: ScatterChartOptions): string => {
  const { title, series, xLabel = '', yLabel = '', xScale = 'linear', yScale = 'linear', hasDiagonal = false, level } = options;
  const [width, asked] = sizeOf('scatterChart', options, [420, hasDiagonal ? 400 : 280]);
  checkSeries('scatterChart', series.length);
  let [lost, example] = [0, 0];
  const seen = series.map(({ name, x, y }, place) => {
    checkLengths(`scatterChart: series ${quoted(name)}`, 'x', x, 'y', y);
    const [xs, ys]: [number[], number[]] = [[], []];
    for (let index = 0; index < x.length; index++) {
      const [a, b] = [x[index] as number, y[index] as number];
      if (hasPlace(a, xScale) && hasPlace(b, yScale)) {
        xs.push(a);
        ys.push(b);
      } else {
        if (lost === 0) example = hasPlace(a, xScale) ? b : a;
        lost++;
      }
    }
    return { name, xs, ys, style: { ...seriesStyle(place), dash: '' } };
  });
  const [allX, allY] = [seen.map(({ xs }) => xs), seen.map(({ ys }) => ys)];
  const both = hasDiagonal ? [...allX, ...allY] : undefined;
  const x = scaleOf(both ?? allX, xScale, { padding: 0.03 });
  const y = scaleOf(both ?? [...allY, level === undefined ? [] : [level]], yScale, { padding: 0.05 });
  const count = seen.reduce((sum, { xs }) => sum + xs.length, 0);
  const isDense = count > mostPoints;
  const legend =
    seen.length > 1 ? seen.map(({ name, style }) => ({ name, style, mark: isDense ? ('box' as const) : ('point' as const) })) : [];
  const missing = leftOut(lost, example, xScale === 'log' || yScale === 'log');
  // Two passes: the note names the largest count, which is known when the places are.
  const layout = (notes: readonly string[]): Frame =>
    frameOf({ width, height: asked, hasTitle: title !== '', x, y, xLabel, yLabel, legend, notes: [...notes, ...missing] });
  const pointsIn = (frame: Frame): Point[][] =>
    seen.map(({ xs, ys }) => xs.map((value, index) => ({ x: frame.x(value), y: frame.y(ys[index] as number) })));
  const noteFor = (most: number): string[] =>
    isDense ? [`The larger a square, the more points are there (at most ${formatValue(most)}).`] : [];
  const frame = layout(noteFor(1e6));
  const squares = isDense ? pointsIn(frame).map((points, index) => squaresOf(points, (seen[index] as (typeof seen)[number]).style)) : [];
  const notes = noteFor(squares.reduce((most, one) => Math.max(most, one.most), 0));
  const final = layout(notes);
  const marks = isDense
    ? squares.map(({ drawing }) => drawing)
    : pointsIn(final).map((points, index) => {
        const { style } = seen[index] as (typeof seen)[number];
        if (count <= fewPoints) return marksAt(points, style);
        return seen.length === 1 ? dotsAt(points, style.role) : marksAt(points, { ...style, shape: scaledShape(style.shape, 0.65) });
      });
  const [from, to] = [Math.max(x.domain[0], y.domain[0]), Math.min(x.domain[1], y.domain[1])];
  const diagonal = hasDiagonal ? lineAcross({ x: final.x(from), y: final.y(from) }, { x: final.x(to), y: final.y(to) }) : '';
  const levelLine =
    level !== undefined && hasPlace(level, yScale)
      ? lineAcross({ x: final.left, y: final.y(level) }, { x: final.right, y: final.y(level) })
      : '';
  const empty = seen.every(({ xs }) => xs.length === 0)
    ? textAt((final.left + final.right) / 2, (final.top + final.bottom) / 2, 'no data', { anchor: 'middle' })
    : '';
  const sentences = seen.slice(0, 8).map(({ name, xs, ys }) => {
    const [a, b] = [extentOf([xs]), extentOf([ys])];
    if (a === undefined || b === undefined) return `${said(name)} has no points.`;
    const together = xs.length > 2 ? correlation(xs, ys) : undefined;
    const ranges = `${said(xLabel || 'x')} from ${formatValue(a[0])} to ${formatValue(a[1])}, ${said(yLabel || 'y')} from ${formatValue(b[0])} to ${formatValue(b[1])}`;
    return `${said(name)}: ${counted(xs.length, 'point')}, ${ranges}${together === undefined ? '' : `, correlation ${formatValue(together, 3)}`}.`;
  });
  const description =
    options.description ?? [...sentences, ...missing, hasDiagonal ? 'On the dashed line both are equal.' : ''].join(' ').trim();
  return picture(width, final.height, title, description, [final.furniture, diagonal, levelLine, ...marks, empty].join(''));
};

/** What a chart of residuals shows. */
export interface ResidualChartOptions extends PictureOptions {
  readonly truth: ArrayLike<number>;
  readonly predictions: ArrayLike<number>;
  /** What is predicted, with its unit. */
  readonly quantity?: string;
}

/**
 * What is true minus what was predicted, over what was predicted: a good model leaves a level band around zero.
 *
 * @throws ValueError for truths and predictions of different lengths.
 */
export const residualChart = (options: ResidualChartOptions): string => {
  const { truth, predictions, quantity = '' } = options;
  checkLengths('residualChart', 'truth', truth, 'predictions', predictions);
  const residuals = Array.from(truth, (value, index) => value - (predictions[index] as number));
  return scatterChart({
    ...options,
    height: options.height ?? 280,
    series: [{ name: 'residuals', x: predictions, y: residuals }],
    xLabel: `predicted${quantity === '' ? '' : ` ${quantity}`}`,
    yLabel: 'true − predicted',
    level: 0,
  });
};
