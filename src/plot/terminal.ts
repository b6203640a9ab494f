import { ValueError } from '../core/errors.ts';
import type { Bar } from './barChart.ts';
import { formatValue } from './numbers.ts';
import { extentOf } from './scale.ts';
import { inColumns, terminalWidth } from './text.ts';

/** How a line is drawn in a terminal. */
export interface TerminalLineOptions {
  /** Columns there are. */
  readonly width: number;
  /** Rows; 1, a sparkline, unless given. */
  readonly height?: number;
}

const rising = ' ▁▂▃▄▅▆▇█';
const growing = ['', '▏', '▎', '▍', '▌', '▋', '▊', '▉', '█'];

const checkSize = (what: string, name: string, value: number, least: number): void => {
  if (!(Number.isInteger(value) && value >= least && value <= 10_000))
    throw new ValueError(`${what} cannot draw a ${name} of ${value}: give a whole number from ${least} to 10000.`);
};

/** Means of so many stretches of the values; NaN where one of them is not finite, so that it is seen. */
const stretches = (values: ArrayLike<number>, count: number): number[] =>
  Array.from({ length: count }, (_, index) => {
    const [from, to] = [Math.floor((index * values.length) / count), Math.floor(((index + 1) * values.length) / count)];
    let mean = 0;
    for (let place = from; place < to; place++) mean += (values[place] as number) / (to - from);
    return Number.isFinite(mean) ? mean : Number.NaN;
  });

/**
 * A curve of blocks, `▇▅▃▂▁▁`: one column for each value, or the mean of several where there are more values than columns. With more
 * rows than one the highest and the lowest value stand at the left. `×` marks what is no finite number.
 *
 * @throws ValueError for a width or height that is no whole number above zero, or too narrow for the labels.
 * @example terminalLine([5, 3, 2, 1.5, 1.2, 1.1], { width: 20 })
 */
export const terminalLine = (values: ArrayLike<number>, { width, height = 1 }: TerminalLineOptions): string => {
  checkSize('terminalLine', 'width', width, 1);
  checkSize('terminalLine', 'height', height, 1);
  const extent = extentOf([stretches(values, Math.min(width, values.length))]);
  const [least, most] = extent ?? [0, 0];
  const labels = height === 1 || extent === undefined ? [] : [formatValue(most), formatValue(least)];
  const margin = labels.length === 0 ? 0 : Math.max(...labels.map(terminalWidth)) + 2;
  if (margin >= width)
    throw new ValueError(`terminalLine needs more than ${margin} columns for its labels, and ${width} came. Give more, or a height of 1.`);
  const columns = stretches(values, Math.min(width - margin, values.length));
  const eighths = height * 8;
  // Halves, because the whole may be beyond the largest number.
  const levels = columns.map(value =>
    most === least ? Math.ceil(eighths / 2) : 1 + Math.round(((value / 2 - least / 2) / (most / 2 - least / 2)) * (eighths - 1)),
  );
  return Array.from({ length: height }, (_, row) => {
    const below = (height - 1 - row) * 8;
    const blocks = levels.map(level =>
      Number.isNaN(level) ? (below === 0 ? '×' : ' ') : rising.charAt(Math.min(8, Math.max(0, level - below))),
    );
    const label = row === 0 ? labels[0] : row === height - 1 ? labels[1] : '';
    const head = margin === 0 ? '' : `${inColumns(label ?? '', margin - 2, 'end')} ${label === '' ? '│' : '┤'}`;
    return (head + blocks.join('')).trimEnd();
  }).join('\n');
};

/** How bars are drawn in a terminal. */
export interface TerminalBarsOptions {
  /** Columns there are. */
  readonly width: number;
}

/**
 * Bars of blocks, one a line, each with its name before it and its value behind it. A bar below zero is drawn with `░`; what is no
 * finite number has no bar.
 *
 * @throws ValueError for a width below 20.
 * @example terminalBars([{ name: 'age', value: 0.31 }, { name: 'fare', value: 0.12 }], { width: 40 })
 */
export const terminalBars = (bars: readonly Pick<Bar, 'name' | 'value'>[], { width }: TerminalBarsOptions): string => {
  checkSize('terminalBars', 'width', width, 20);
  const texts = bars.map(({ value }) => formatValue(value));
  const textColumns = Math.max(0, ...texts.map(terminalWidth));
  const nameColumns = Math.min(
    Math.floor(width * 0.4),
    width - textColumns - 3,
    Math.max(0, ...bars.map(({ name }) => terminalWidth(inColumns(name, 60).trimEnd()))),
  );
  const room = Math.max(1, width - nameColumns - textColumns - 2);
  const largest = extentOf([bars.map(({ value }) => Math.abs(value))])?.[1] ?? 0;
  return bars
    .map(({ name, value }, index) => {
      const eighths =
        Number.isFinite(value) && largest > 0 ? Math.max(value === 0 ? 0 : 1, Math.round((Math.abs(value) / largest) * room * 8)) : 0;
      const bar = value < 0 ? '░'.repeat(Math.ceil(eighths / 8)) : '█'.repeat(Math.floor(eighths / 8)) + (growing[eighths % 8] as string);
      return `${inColumns(name, nameColumns)} ${inColumns(bar, room)} ${inColumns(texts[index] as string, textColumns, 'end')}`;
    })
    .join('\n');
};
