import { checkFinite, checkLengths, checkSeries, leftOut, quoted, said } from './check.ts';
import { type Frame, frameOf, lineStyle, marksAt } from './frame.ts';
import { counted, formatValue } from './numbers.ts';
import { type Point, pathThrough, runsOf } from './path.ts';
import { hasPlace, type ScaleKind, scaleOf } from './scale.ts';
import { type PictureOptions, picture, place, sizeOf, textAt, tooltip } from './svg.ts';
import { textWidth } from './text.ts';
import { type SeriesStyle, seriesStyle, stroke } from './theme.ts';

/** One line of a line chart. */
export interface Series {
  readonly name: string;
  readonly y: ArrayLike<number>;
  /** Places along the axis; 1, 2, 3 … unless given. */
  readonly x?: ArrayLike<number>;
}

/** A place along the x axis that is worth a word: the best epoch, the chosen rate. */
export interface LineMark {
  readonly x: number;
  readonly label: string;
}

/** What a line chart shows. */
export interface LineChartOptions extends PictureOptions {
  readonly series: readonly Series[];
  readonly xLabel?: string;
  readonly yLabel?: string;
  readonly xScale?: ScaleKind;
  readonly yScale?: ScaleKind;
  readonly marks?: readonly LineMark[];
}

interface Placed {
  readonly name: string;
  readonly xs: ArrayLike<number>;
  readonly ys: ArrayLike<number>;
  readonly style: SeriesStyle;
}

const countFrom = (length: number): Float64Array => Float64Array.from({ length }, (_, index) => index + 1);

/** So few points are marked each. */
const mostMarked = 30;

const lineOf = ({ name, xs, ys, style }: Placed, frame: Frame, xKind: ScaleKind, yKind: ScaleKind): string => {
  const points: (Point | undefined)[] = [];
  const lost: number[] = [];
  for (let index = 0; index < ys.length; index++) {
    const [x, y] = [xs[index] as number, ys[index] as number];
    const isSeen = hasPlace(x, xKind) && hasPlace(y, yKind);
    points.push(isSeen ? { x: frame.x(x), y: frame.y(y) } : undefined);
    if (!isSeen && hasPlace(x, xKind)) lost.push(frame.x(x));
  }
  const runs = runsOf(points);
  const marked = ys.length <= mostMarked ? runs.flat() : runs.filter(run => run.length === 1).flat();
  // A cross at the foot of the picture tells where a loss was no number.
  const crosses = [...new Set(lost.map(place))].map(x => `M${x} ${place(frame.bottom - 8)}m-3 0l6 6m0 -6l-6 6`).join('');
  return [
    `<path ${lineStyle(style)} d="${runs.map(pathThrough).join('')}">${tooltip(name)}</path>`,
    marksAt(marked, style),
    crosses === '' ? '' : `<path ${stroke(style.role)} fill="none" stroke-width="1.6" d="${crosses}"/>`,
  ].join('');
};

const markOf = ({ x, label }: LineMark, frame: Frame, index: number): string => {
  const at = frame.x(x);
  const room = Math.max(at - frame.left, frame.right - at) - 6;
  const isLeft = at + textWidth(label, 12) + 6 > frame.right;
  const line = `<path ${stroke('soft')} stroke-dasharray="3 3" fill="none" d="M${place(at)} ${place(frame.top)}V${place(frame.bottom)}"/>`;
  return line + textAt(isLeft ? at - 5 : at + 5, frame.top + 10 + 14 * index, label, { anchor: isLeft ? 'end' : 'start', room });
};

const sentenceOf = ({ name, xs, ys }: Placed, xLabel: string): string => {
  const seen = Array.from({ length: ys.length }, (_, index) => index).filter(
    index => Number.isFinite(ys[index]) && Number.isFinite(xs[index]),
  );
  const [first, last] = [seen[0], seen.at(-1)];
  if (first === undefined || last === undefined) return `${said(name)} has no values.`;
  const at = (index: number): string =>
    `${formatValue(ys[index] as number)} at ${xLabel === '' ? '' : `${said(xLabel)} `}${formatValue(xs[index] as number)}`;
  if (seen.length === 1) return `${said(name)} has one value, ${at(first)}.`;
  let [low, high] = [first, first];
  for (const index of seen) {
    if ((ys[index] as number) < (ys[low] as number)) low = index;
    if ((ys[index] as number) > (ys[high] as number)) high = index;
  }
  return `${said(name)} goes from ${at(first)} to ${at(last)}; its lowest is ${at(low)}, its highest ${at(high)}.`;
};

/**
 * Lines over one axis: learning curves, a learning-rate finder.
 *
 * Values that are no numbers, and values of zero or less on a logarithmic axis, break the line; a cross marks where, and a note says how
 * many. Lines of many points are thinned to what can be seen.
 *
 * @throws ValueError for x and y of different lengths, and for more than 40 series.
 * @example lineChart({ title: 'Loss', xLabel: 'epoch', series: [{ name: 'training', y: [2.3, 0.9, 0.4] }, { name: 'validation', y: [2.1, 1, 0.7] }] })
 */
export const lineChart = (options: LineChartOptions): string => {
  const { title, series, xLabel = '', yLabel = '', xScale = 'linear', yScale = 'linear', marks = [] } = options;
  const [width, asked] = sizeOf('lineChart', options, [420, 260]);
  checkSeries('lineChart', series.length);
  for (const { name, x, y } of series) if (x !== undefined) checkLengths(`lineChart: series ${quoted(name)}`, 'y', y, 'x', x);
  for (const { x, label } of marks) {
    checkFinite(`lineChart: mark ${quoted(label)}`, 'x', [x]);
  }
  const placed = series.map(({ name, y, x }, index): Placed => ({ name, ys: y, xs: x ?? countFrom(y.length), style: seriesStyle(index) }));
  const seen = placed.map(({ xs, ys }) => {
    const kept: [number[], number[]] = [[], []];
    for (let index = 0; index < ys.length; index++)
      if (hasPlace(xs[index] as number, xScale) && hasPlace(ys[index] as number, yScale)) {
        kept[0].push(xs[index] as number);
        kept[1].push(ys[index] as number);
      }
    return kept;
  });
  const lost = placed.flatMap(({ xs, ys }) =>
    Array.from(ys).flatMap((y, index) => (!hasPlace(y, yScale) ? [y] : hasPlace(xs[index] as number, xScale) ? [] : [xs[index] as number])),
  );
  const shown = marks.filter(({ x }) => hasPlace(x, xScale));
  const isWhole =
    xScale === 'linear' && [...placed.map(({ xs }) => xs), shown.map(mark => mark.x)].every(xs => Array.from(xs).every(Number.isInteger));
  const count = seen.reduce((sum, [xs]) => sum + xs.length, 0);
  // A value that was left out keeps its place along the axis, so that a curve that ends in NaN does not look shorter.
  const x = scaleOf([...placed.map(({ xs }) => xs), shown.map(mark => mark.x)], xScale, { isWhole });
  const y = scaleOf(
    seen.map(([, ys]) => ys),
    yScale,
    { padding: 0.05 },
  );
  const notes = leftOut(lost.length, lost[0] ?? 0, xScale === 'log' || yScale === 'log');
  const legend = series.length > 1 ? placed.map(({ name, style }) => ({ name, style, mark: 'line' as const })) : [];
  const frame = frameOf({ width, height: asked, hasTitle: title !== '', x, y, xLabel, yLabel, legend, notes });
  const drawing = [
    frame.furniture,
    count === 0 ? textAt((frame.left + frame.right) / 2, (frame.top + frame.bottom) / 2, 'no data', { anchor: 'middle' }) : '',
    ...shown.map((mark, index) => markOf(mark, frame, index % 3)),
    ...placed.map(one => lineOf(one, frame, xScale, yScale)),
  ];
  const listed = placed.slice(0, 8).map(one => sentenceOf(one, xLabel));
  const sentences = [
    `${counted(series.length, 'line')}${yLabel === '' ? '' : ` of ${said(yLabel)}`}${xLabel === '' ? '' : ` over ${said(xLabel)}`}.`,
    ...listed,
    ...shown.map(mark => `Marked: ${said(mark.label)}.`),
    ...notes,
  ];
  return picture(width, frame.height, title, options.description ?? sentences.join(' '), drawing.join(''));
};
