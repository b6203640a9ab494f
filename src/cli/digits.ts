/** Images to draw side by side, each with the class that it is and the one that the network named. */
export interface AnsweredImages {
  /** (count, side, side), row-major, 0 black to 255 white. */
  readonly images: ArrayLike<number>;
  readonly side: number;
  readonly labels: readonly number[];
  readonly answers: readonly number[];
}

export interface DrawingStyle {
  readonly columns: number;
  /** With 256 colours each character shows two pixels in grey; without, one in a sign of like darkness. */
  readonly colors: boolean;
}

/** Width and height of a drawn image in characters; a character is about twice as high as wide, so this is a square. */
const cells = { columns: 14, rows: 7 } as const;
const gap = 1;

const shades = ' .:-=+*#%@';

/** The mean of a rectangle of an image; bounds within a pixel take it whole. */
const meanOf = (
  { images, side }: AnsweredImages,
  index: number,
  [top, bottom]: readonly [number, number],
  [left, right]: readonly [number, number],
): number => {
  let sum = 0;
  let count = 0;
  for (let row = Math.floor(top); row < Math.ceil(bottom); row++)
    for (let column = Math.floor(left); column < Math.ceil(right); column++) {
      sum += images[(index * side + row) * side + column] as number;
      count++;
    }
  return sum / count;
};

/** The 256 colours of xterm hold 24 greys from 232 on, without black (16) and white (231). */
const greyOf = (value: number): number => {
  const level = Math.round((value / 255) * 25);
  return level === 0 ? 16 : level === 25 ? 231 : 231 + level;
};

/** One line of characters of one image. In colour the upper half block takes the colour of the ink, the lower that of the paper. */
const drawRow = (images: AnsweredImages, index: number, row: number, colors: boolean): string => {
  let line = '';
  for (let column = 0; column < cells.columns; column++) {
    // Multiplied first: where the side is a multiple of the cells, bounds are whole numbers, exactly.
    const pixelColumn = (at: number): number => (at * images.side) / cells.columns;
    const pixelRow = (at: number): number => (at * images.side) / cells.rows;
    const part = (from: number, to: number): number =>
      meanOf(images, index, [pixelRow(row + from), pixelRow(row + to)], [pixelColumn(column), pixelColumn(column + 1)]);
    if (colors) line += `\x1b[38;5;${greyOf(part(0, 0.5))};48;5;${greyOf(part(0.5, 1))}m▀`;
    else line += shades[Math.round((part(0, 1) / 255) * (shades.length - 1))];
  }
  return colors ? `${line}\x1b[0m` : line;
};

const answerOf = (label: number, answer: number, colors: boolean): string => {
  const right = label === answer;
  const text = colors ? (right ? `${answer} ✓` : `${answer} ✗ is ${label}`) : right ? `${answer} right` : `${answer} wrong, is ${label}`;
  const before = Math.max(0, Math.floor((cells.columns - text.length) / 2));
  const line = (' '.repeat(before) + text).padEnd(cells.columns);
  return colors ? `\x1b[${right ? 32 : 31}m${line}\x1b[39m` : line;
};

/**
 * Draws images in a row, the network's answers beneath; as many a row as `columns` has room for, evenly spread.
 *
 * @example drawImages({ images, side: 28, labels: [7, 2], answers: [7, 3] }, { columns: 80, colors: true }).join('\n')
 */
export const drawImages = (images: AnsweredImages, { columns, colors }: DrawingStyle): string[] => {
  const count = images.labels.length;
  const most = Math.max(1, Math.floor((columns + gap) / (cells.columns + gap)));
  const perRow = Math.ceil(count / Math.max(1, Math.ceil(count / most)));
  const lines: string[] = [];
  for (let first = 0; first < count; first += perRow) {
    const row = Array.from({ length: Math.min(perRow, count - first) }, (_, offset) => first + offset);
    const beside = (draw: (index: number) => string): string => row.map(draw).join(' '.repeat(gap)).trimEnd();
    if (first > 0) lines.push('');
    for (let y = 0; y < cells.rows; y++) lines.push(beside(index => drawRow(images, index, y, colors)));
    lines.push(beside(index => answerOf(images.labels[index] as number, images.answers[index] as number, colors)));
  }
  return lines;
};
