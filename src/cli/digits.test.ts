import { describe, expect, test } from 'vitest';
import { drawImages } from './digits.ts';

/** An image of 28 x 28 whose pixels a function of row and column gives. */
const image = (pixel: (row: number, column: number) => number): number[] =>
  Array.from({ length: 28 * 28 }, (_, index) => pixel(Math.floor(index / 28), index % 28));

const black = image(() => 0);
const white = image(() => 255);
const upperHalf = image(row => (row < 14 ? 255 : 0));

describe('without colours', () => {
  test('each character is the mean of its 2 x 4 pixels, in ten shades', () => {
    const ramp = image((row, column) => (column < 14 ? (row < 4 ? 255 : 0) : row === 0 ? 255 : 0));
    const lines = drawImages({ images: ramp, side: 28, labels: [3], answers: [3] }, { columns: 80, colors: false });
    expect(lines).toEqual(['@@@@@@@:::::::', '', '', '', '', '', '', '   3 right']);
  });

  test('answers stand beneath their image, right or wrong', () => {
    const lines = drawImages(
      { images: [...upperHalf, ...black], side: 28, labels: [7, 4], answers: [7, 9] },
      { columns: 80, colors: false },
    );
    expect(lines).toEqual([...Array(3).fill('@@@@@@@@@@@@@@'), '++++++++++++++', '', '', '', '   7 right     9 wrong, is 4']);
  });

  test('a side that is no multiple of the cells is drawn whole', () => {
    const lines = drawImages({ images: new Uint8Array(81).fill(255), side: 9, labels: [1], answers: [1] }, { columns: 80, colors: false });
    expect(lines.slice(0, 7)).toEqual(Array(7).fill('@@@@@@@@@@@@@@'));
  });
});

describe('with colours', () => {
  test('each character is two pixels: the upper in the ink, the lower in the paper', () => {
    const stripes = image(row => (row % 4 < 2 ? 255 : 0));
    const lines = drawImages({ images: stripes, side: 28, labels: [1], answers: [1] }, { columns: 80, colors: true });
    expect(lines).toHaveLength(8);
    for (const line of lines.slice(0, 7)) expect(line).toBe(`${'\x1b[38;5;231;48;5;16m▀'.repeat(14)}\x1b[0m`);
    expect(lines[7]).toBe('\x1b[32m     1 ✓      \x1b[39m');
  });

  test('greys climb the ramp of the 256 colours', () => {
    const grey = (value: number): string => {
      const plain = image(() => value);
      const [line] = drawImages({ images: plain, side: 28, labels: [0], answers: [0] }, { columns: 80, colors: true }) as [string];
      return line.slice(0, line.indexOf('▀'));
    };
    expect([0, 12, 128, 250, 255].map(grey)).toEqual([16, 232, 244, 231, 231].map(color => `\x1b[38;5;${color};48;5;${color}m`));
  });

  test('a wrong answer is red and tells the right one', () => {
    const lines = drawImages({ images: white, side: 28, labels: [4], answers: [9] }, { columns: 80, colors: true });
    expect(lines.at(-1)).toBe('\x1b[31m   9 ✗ is 4   \x1b[39m');
  });
});

test.each([
  [200, [10]],
  [149, [10]],
  [148, [5, 5]],
  [80, [5, 5]],
  [60, [4, 4, 2]],
  [10, Array(10).fill(1)],
])('ten images in %d columns stand in rows of %j', (columns, rows) => {
  const ten = { images: Array(10).fill(white).flat(), side: 28, labels: [...Array(10).keys()], answers: [...Array(10).keys()] };
  const lines = drawImages(ten, { columns, colors: false });
  expect(lines.filter(line => line.includes('right')).map(line => line.match(/right/g)?.length)).toEqual(rows);
  expect(lines).toHaveLength(rows.length * 9 - 1);
  if (columns > 14) for (const line of lines) expect(line.length).toBeLessThanOrEqual(columns);
});

test('no images are no lines', () => {
  expect(drawImages({ images: [], side: 28, labels: [], answers: [] }, { columns: 80, colors: false })).toEqual([]);
});
