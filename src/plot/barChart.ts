import { ValueError } from '../core/errors.ts';
import { quoted, said } from './check.ts';
import { formatValue } from './numbers.ts';
import { extentOf, linearScale } from './scale.ts';
import { type PictureOptions, picture, place, sizeOf, textAt, textSize, tooltip, wrapped } from './svg.ts';
import { textWidth } from './text.ts';
import { fill, stroke } from './theme.ts';

/** One bar. */
export interface Bar {
  readonly name: string;
  readonly value: number;
  /** Half the length of its error bar, such as a standard deviation. */
  readonly deviation?: number;
}

/** What a bar chart shows. */
export interface BarChartOptions extends PictureOptions {
  readonly bars: readonly Bar[];
  readonly xLabel?: string;
  /** Says what the error bars are. */
  readonly deviationLabel?: string;
}

const rowHeight = 22;

/**
 * Bars from zero to the right (or left, below zero), each with its name and value: feature importance. In the order given; as high as it
 * needs, unless a height is given.
 *
 * A value that is no finite number gets no bar but says so.
 *
 * @throws ValueError for a deviation below zero.
 * @example barChart({ title: 'Importance', bars: [{ name: 'age', value: 0.31, deviation: 0.02 }, { name: 'fare', value: 0.12 }] })
 */
export const barChart = (options: BarChartOptions): string => {
  const { title, bars, xLabel = '', deviationLabel = '' } = options;
  for (const { name, deviation } of bars)
    if (deviation !== undefined && !(deviation >= 0))
      throw new ValueError(`barChart: the deviation of ${quoted(name)} is ${deviation}. Give a number from 0, or leave it out.`);
  const hasDeviations = bars.some(({ deviation }) => deviation !== undefined);
  const notes = hasDeviations && deviationLabel !== '' ? [deviationLabel] : [];
  const top = title === '' ? 4 : 26;
  const [width] = sizeOf('barChart', { title, ...(options.width === undefined ? {} : { width: options.width }) }, [420, 240]);
  const lines = notes.flatMap(note => wrapped(note, width - 4));
  const below = 22 + (xLabel === '' ? 0 : 17) + lines.length * 17;
  const [, height] = sizeOf('barChart', options, [420, Math.max(120, top + Math.max(1, bars.length) * rowHeight + below)]);
  const bottom = height - below;
  const ends = bars.flatMap(({ value, deviation = 0 }) => (Number.isFinite(value) ? [value - deviation, value + deviation, value] : []));
  const extent = extentOf([ends]) ?? [0, 1];
  const [least, most] = [Math.min(0, extent[0]), Math.max(0, extent[1])];
  const scale = least === most ? linearScale(0, 1) : linearScale(least, most);
  const texts = bars.map(({ value }) => (Number.isFinite(value) ? formatValue(value, 3) : formatValue(value)));
  const left = Math.min(width * 0.42, Math.max(20, ...bars.map(({ name }) => textWidth(name.slice(0, 80), textSize) + 10)));
  const right = Math.max(left + 30, width - 8 - Math.max(0, ...texts.map(text => textWidth(text, textSize))));
  const x = (value: number): number => left + (right - left) * scale.share(value);
  const step = (bottom - top) / Math.max(1, bars.length);
  const thickness = Math.min(14, Math.max(1.5, step - 6));
  const ticks = scale.ticks(Math.max(2, Math.floor((right - left) / 80)));
  const rows = bars.map(({ name, value, deviation }, index) => {
    const middle = top + (index + 0.5) * step;
    const label = textAt(left - 8, middle + 4, name, { anchor: 'end', role: 'ink', room: left - 10 });
    if (!Number.isFinite(value)) return label + textAt(x(0) + 5, middle + 4, texts[index] as string);
    const [from, to] = [Math.min(x(0), x(value)), Math.max(x(0), x(value))];
    const words = `${name}: ${formatValue(value)}${deviation === undefined ? '' : ` ± ${formatValue(deviation)}`}`;
    const bar = `<rect x="${place(from)}" y="${place(middle - thickness / 2)}" width="${place(to - from)}" height="${place(thickness)}" ${fill('series0')}>${tooltip(words)}</rect>`;
    const [low, high] = [x(value - (deviation ?? 0)), x(value + (deviation ?? 0))];
    const line =
      deviation === undefined || deviation === 0
        ? ''
        : `<path ${stroke('ink')} fill="none" stroke-width="1.4" d="M${place(low)} ${place(middle)}H${place(high)}M${place(low)} ${place(middle - 4)}v8M${place(high)} ${place(middle - 4)}v8"/>`;
    return label + bar + line + textAt(Math.max(to, high) + 5, middle + 4, texts[index] as string);
  });
  const grid = ticks.map(({ value }) => `M${place(x(value))} ${place(top)}V${place(bottom)}`).join('');
  const labels = ticks.map(({ value, label }) => textAt(x(value), bottom + 16, label, { anchor: 'middle' }));
  const drawing = [
    `<path ${stroke('rule')} fill="none" d="${grid}"/>`,
    ...rows,
    `<path ${stroke('soft')} fill="none" d="M${place(x(0))} ${place(top)}V${place(bottom)}"/>`,
    ...labels,
    xLabel === '' ? '' : textAt((left + right) / 2, bottom + 33, xLabel, { anchor: 'middle', room: width }),
    ...lines.map((line, index) => textAt(0, height - 5 - (lines.length - 1 - index) * 17, line)),
    bars.length === 0 ? textAt((left + right) / 2, (top + bottom) / 2, 'no data', { anchor: 'middle' }) : '',
  ];
  const listed = bars.slice(0, 10).map(({ name }, index) => `${said(name)} ${texts[index]}`);
  const rest = bars.length > 10 ? ` and ${bars.length - 10} more` : '';
  const sentence =
    bars.length === 0 ? 'A bar chart without bars.' : `Bars${xLabel === '' ? '' : ` of ${said(xLabel)}`}: ${listed.join(', ')}${rest}.`;
  return picture(width, height, title, options.description ?? [sentence, ...notes].join(' '), drawing.join(''));
};
