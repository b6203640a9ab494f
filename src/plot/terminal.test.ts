import { inflateSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dataUri, encodePng, terminalBars, terminalLine } from './index.ts';
import { terminalWidth } from './text.ts';

test('a sparkline has a block for each value, or for a stretch of them', () => {
  expect(terminalLine([0, 1, 2, 3, 4, 5, 6, 7], { width: 20 })).toBe('▁▂▃▄▅▆▇█');
  expect(terminalLine([0, 0, 7, 7], { width: 2 })).toBe('▁█');
  expect(terminalLine([3, 3, 3], { width: 5 })).toBe('▄▄▄');
  expect(terminalLine([1, Number.NaN, 2], { width: 5 })).toBe('▁×█');
  expect(terminalLine([], { width: 5 })).toBe('');
  expect(terminalLine([-Number.MAX_VALUE, 0, Number.MAX_VALUE], { width: 3 })).toBe('▁▅█');
});

test('a higher curve has its highest and lowest value at the left', () => {
  expect(terminalLine([2, 1.5, 1.25, 1], { width: 12, height: 3 })).toBe(['2 ┤█', '  │█▅', '1 ┤██▇▁'].join('\n'));
});

test('bars have names and values, and fill the width', () => {
  expect(
    terminalBars(
      [
        { name: 'age', value: 0.5 },
        { name: 'fare', value: 0.25 },
        { name: 'deck', value: -0.5 },
        { name: 'sex', value: Number.NaN },
      ],
      { width: 32 },
    ),
  ).toBe(
    [
      'age  ██████████████          0.5',
      'fare ███████                0.25',
      'deck ░░░░░░░░░░░░░░         −0.5',
      'sex                 not a number',
    ].join('\n'),
  );
});

test('whatever the names, every line has the width, and no control character comes through', () =>
  fc.assert(
    fc.property(
      fc.array(fc.record({ name: fc.string({ unit: 'binary' }), value: fc.double() }), { minLength: 1, maxLength: 6 }),
      fc.integer({ min: 20, max: 100 }),
      (bars, width) => {
        const text = terminalBars([{ name: '\x1b[31mred', value: 1 }, ...bars], { width });
        for (const line of text.split('\n')) expect(terminalWidth(line)).toBe(width);
        expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
      },
    ),
  ));

test('a width that is no width is refused', () => {
  expect(() => terminalLine([1], { width: 0 })).toThrow('terminalLine cannot draw a width of 0: give a whole number from 1 to 10000.');
  expect(() => terminalLine([1, 2], { width: 3, height: 2 })).toThrow('terminalLine needs more than 3 columns for its labels');
  expect(() => terminalBars([], { width: 4.5 })).toThrow('terminalBars cannot draw a width of 4.5');
});

test('a PNG holds the pixels, whatever its size', () =>
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 200 }),
      fc.integer({ min: 1, max: 120 }),
      fc.constantFrom(1, 2, 3, 4),
      (width, height, channels) => {
        const pixels = Uint8Array.from({ length: width * height * channels }, (_, index) => (index * 31) & 255);
        const bytes = encodePng({ width, height, channels, pixels });
        const view = new DataView(bytes.buffer);
        expect([view.getUint32(16), view.getUint32(20), bytes[24], bytes[25]]).toEqual([width, height, 8, [0, 4, 2, 6][channels - 1]]);
        const length = view.getUint32(33);
        const lines = inflateSync(bytes.subarray(41, 41 + length)); // checks Adler-32
        for (let row = 0; row < height; row++) {
          const line = width * channels;
          expect(lines[row * (line + 1)]).toBe(0);
          expect(
            Buffer.compare(lines.subarray(row * (line + 1) + 1, (row + 1) * (line + 1)), pixels.subarray(row * line, (row + 1) * line)),
          ).toBe(0);
        }
        expect(dataUri('image/png', bytes)).toBe(`data:image/png;base64,${Buffer.from(bytes).toString('base64')}`);
      },
    ),
    { numRuns: 25 },
  ));

test('an image that is none is refused', () => {
  expect(() => encodePng({ width: 2, height: 2, channels: 3, pixels: new Uint8Array(4) })).toThrow(
    '2 x 2 pixels of 3 channels are 12 numbers, and 4 came.',
  );
  expect(() => encodePng({ width: 2, height: 2, channels: 5, pixels: new Uint8Array(20) })).toThrow('encodePng cannot write 5 channels');
  expect(() => encodePng({ width: 0, height: 2, channels: 1, pixels: new Uint8Array() })).toThrow('0 x 2 pixels');
});
