import { ValueError } from '../core/errors.ts';
import { quoted, said } from './check.ts';
import { formatShare, grouped } from './numbers.ts';
import { type PictureOptions, picture, place, textAt, textSize, tooltip } from './svg.ts';
import { shortened, textWidth } from './text.ts';
import { fill, stroke } from './theme.ts';

/** What a confusion matrix shows. */
export interface ConfusionMatrixChartOptions extends PictureOptions {
  readonly names: readonly string[];
  /** How often: rows by what it is, columns by what the model says. */
  readonly matrix: readonly (readonly number[])[];
}

/** More classes than this are no picture any more. */
export const mostConfusionClasses = 25;

/** Up to so many classes zeros are written; beyond, the empty cells say it better. */
const mostWithZeros = 6;

/** Strongest shade of a cell: the text on it keeps its contrast. */
export const strongestShade = 0.5;

const check = (names: readonly string[], matrix: ConfusionMatrixChartOptions['matrix']): void => {
  if (names.length > mostConfusionClasses)
    throw new ValueError(
      `confusionMatrixChart draws at most ${mostConfusionClasses} classes, and ${names.length} came: show the commonest mistakes in a table instead.`,
    );
  if (matrix.length !== names.length)
    throw new ValueError(`confusionMatrixChart: ${names.length} names need as many rows, and ${matrix.length} came.`);
  matrix.forEach((row, truth) => {
    if (row.length !== names.length)
      throw new ValueError(
        `confusionMatrixChart: the row of ${quoted(names[truth] as string)} has ${row.length} counts for ${names.length} classes. Give one for each class.`,
      );
    for (const count of row)
      if (!(Number.isFinite(count) && count >= 0))
        throw new ValueError(
          `confusionMatrixChart: the row of ${quoted(names[truth] as string)} holds ${count}. Counts are numbers from 0.`,
        );
  });
};

/** `12.3k`, where a cell is too small for the number. */
const compact = (count: number): string =>
  count < 10_000 ? grouped(count) : count < 1e6 ? `${(count / 1000).toFixed(count < 1e5 ? 1 : 0)}k` : `${(count / 1e6).toFixed(1)}M`;

/**
 * How often each class (a row) was taken for each class (a column). The darker a cell, the larger the share of its row; what is right
 * has a frame, so that the diagonal does not rest on colour.
 *
 * @throws ValueError for a matrix that does not fit the names, for counts below zero, and for more than 25 classes.
 * @example confusionMatrixChart({ title: 'Mistakes', names: ['cat', 'dog'], matrix: [[40, 3], [5, 52]] })
 */
export const confusionMatrixChart = (options: ConfusionMatrixChartOptions): string => {
  const { title, names, matrix } = options;
  check(names, matrix);
  const longest = Math.max(16, ...names.map(name => textWidth(name.slice(0, 60), textSize)));
  const side = Math.min(130, longest);
  const texts = matrix.map(row => row.map(compact));
  const widest = Math.max(14, ...texts.flat().map(text => textWidth(text, textSize))) + 10;
  const wanted = Math.min(64, ((options.width ?? 420) - side - 30) / Math.max(1, names.length));
  const cell = Math.max(24, widest, wanted);
  const isTilted = longest > cell - 4;
  const left = side + 28;
  const head = isTilted ? side * 0.72 + 14 : 20;
  const top = (title === '' ? 4 : 26) + 16 + head;
  const height = top + cell * 0.8 * names.length + 8;
  const width = Math.max(120, left + cell * names.length + (isTilted ? Math.max(8, side * 0.72 - cell / 2) : 8));
  const cells = matrix.flatMap((row, truth) => {
    const total = row.reduce((sum, count) => sum + count, 0);
    return row.map((count, guess) => {
      const [x, y] = [left + guess * cell, top + truth * cell * 0.8];
      const isRight = truth === guess;
      if (count === 0 && !isRight)
        return names.length > mostWithZeros ? '' : textAt(x + cell / 2, y + cell * 0.4 + 4, '0', { anchor: 'middle' });
      const share = total === 0 ? 0 : count / total;
      const words = `${names[truth]} taken for ${names[guess]}: ${grouped(count)} (${formatShare(share)} of its row)`;
      const shade = (0.05 + (strongestShade - 0.05) * share).toFixed(2);
      const box = `x="${place(x + 1)}" y="${place(y + 1)}" width="${place(cell - 2)}" height="${place(cell * 0.8 - 2)}"`;
      const ground = `<rect ${box} ${fill(isRight ? 'series0' : 'series1')} fill-opacity="${shade}"/>`;
      const frame = isRight ? `<rect ${box} fill="none" ${stroke('series0')} stroke-width="1.5"/>` : '';
      const number = textAt(x + cell / 2, y + cell * 0.4 + 4, texts[truth]?.[guess] as string, {
        anchor: 'middle',
        role: 'ink',
        isBold: isRight,
      });
      return `<g>${tooltip(words)}${ground}${frame}${number}</g>`;
    });
  });
  const [right, bottom] = [left + cell * names.length, top + cell * 0.8 * names.length];
  const lines = Array.from(
    { length: names.length + 1 },
    (_, index) =>
      `M${place(left)} ${place(top + index * cell * 0.8)}H${place(right)}M${place(left + index * cell)} ${place(top)}V${place(bottom)}`,
  );
  const rowNames = names.map((name, index) =>
    textAt(left - 8, top + (index + 0.5) * cell * 0.8 + 4, name, { anchor: 'end', role: 'ink', room: side }),
  );
  const columnNames = names.map((name, index) => {
    const [x, y] = [left + (index + 0.5) * cell, top - 8];
    if (!isTilted) return textAt(x, y, name, { anchor: 'middle', role: 'ink', room: cell - 2 });
    const shown = shortened(name, side, textSize);
    return `<g transform="rotate(-45 ${place(x)} ${place(y)})">${textAt(x, y, shown, { role: 'ink' })}</g>`;
  });
  const middle = top + (cell * 0.8 * names.length) / 2;
  const drawing = [
    textAt(left, title === '' ? 12 : 37, 'what the model says', { room: Math.max(60, width - left) }),
    `<g transform="rotate(-90 10 ${place(middle)})">${textAt(10, middle + 4, 'what it is', { anchor: 'middle' })}</g>`,
    ...rowNames,
    ...columnNames,
    `<path ${stroke('rule')} fill="none" d="${lines.join('')}"/>`,
    ...cells,
    names.length === 0 ? textAt(width / 2, height - 20, 'no classes', { anchor: 'middle' }) : '',
  ];
  const total = matrix.flat().reduce((sum, count) => sum + count, 0);
  const hits = matrix.reduce((sum, row, index) => sum + (row[index] as number), 0);
  const mistakes = matrix
    .flatMap((row, truth) => row.map((count, guess) => ({ truth, guess, count })))
    .filter(({ truth, guess, count }) => truth !== guess && count > 0)
    .sort((a, b) => b.count - a.count)
    .slice(0, 3)
    .map(({ truth, guess, count }) => `${said(names[truth] as string)} taken for ${said(names[guess] as string)} (${grouped(count)})`);
  const sentence = [
    `A confusion matrix of ${names.length} classes: ${grouped(hits)} of ${grouped(total)} rows are right${total === 0 ? '' : ` (${formatShare(hits / total)})`}.`,
    mistakes.length === 0 ? '' : `Most often wrong: ${mistakes.join(', ')}.`,
  ];
  return picture(width, Math.max(height, 120), title, options.description ?? sentence.join(' ').trim(), drawing.join(''));
};
