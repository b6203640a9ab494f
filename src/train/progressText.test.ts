import { stripVTControlCharacters } from 'node:util';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { epochLine, formatNumber, formatRate, formatSeconds, type Progress, progressBar } from './progressText.ts';

test.each([
  [0.2143, '0.2143'],
  [0.04119, '0.0412'],
  [0.0000312, '3.1e-5'],
  [-0.5, '-0.5000'],
  [12.34567, '12.346'],
  [12345.67, '12345.7'],
  [12345678.9, '1.235e+7'],
  [0, '0'],
  [3, '3'],
  [2e6, '2.000e+6'],
  [NaN, 'NaN'],
  [Infinity, 'Infinity'],
])('the number %d is written %s', (value, text) => {
  expect(formatNumber(value)).toBe(text);
});

test.each([
  [0, '0.0 s'],
  [9.94, '9.9 s'],
  [9.96, '10 s'],
  [59.4, '59 s'],
  [59.6, '1:00'],
  [187, '3:07'],
  [3600, '1:00:00'],
  [3765, '1:02:45'],
])('%d seconds are written %s', (seconds, text) => {
  expect(formatSeconds(seconds)).toBe(text);
});

test('rates have thousands separated, and a digit more below ten', () => {
  expect([0.25, 9.94, 10.4, 51230.4].map(formatRate)).toEqual(['0.3', '9.9', '10', '51,230']);
});

const progress: Progress = {
  epoch: 1,
  epochs: 3,
  step: 420,
  steps: 938,
  samplesPerSecond: 51_230,
  secondsLeft: 12,
  logs: { loss: 0.2143, accuracy: 0.9356, topFive: 0.99 },
};

describe('progressBar', () => {
  const at = (columns: number): string => progressBar(progress, { columns, colors: false });

  test('gives up one part after the other as the terminal narrows', () => {
    const values = 'loss 0.2143  accuracy 0.9356  topFive 0.9900';
    expect(at(200)).toBe(`Epoch 1/3  ━━━━━━━━━━━━━─────────────────  420/938  51,230 samples/s  ${values}  12 s left`);
    expect(at(110)).toBe(`Epoch 1/3  ━━━━━━─────────  420/938  51,230 samples/s  ${values}  12 s left`);
    expect(at(100)).toBe(`Epoch 1/3  420/938  51,230 samples/s  ${values}  12 s left`);
    expect(at(85)).toBe(`Epoch 1/3  420/938  ${values}  12 s left`);
    expect(at(65)).toBe('Epoch 1/3  420/938  loss 0.2143  accuracy 0.9356  12 s left');
    expect(at(50)).toBe('Epoch 1/3  420/938  loss 0.2143  12 s left');
    expect(at(35)).toBe('Epoch 1/3  420/938  loss 0.2143');
    expect(at(20)).toBe('Epoch 1/3  420/938 …');
  });

  test('shows a stream of unknown length by its steps, without a bar or a time left', () => {
    const stream = { ...progress, steps: undefined, secondsLeft: undefined };
    expect(progressBar(stream, { columns: 60, colors: false })).toBe('Epoch 1/3  step 420  loss 0.2143  accuracy 0.9356');
  });

  test('fills from empty to full, and the step keeps its width', () => {
    const bar = (step: number): string => progressBar({ ...progress, step }, { columns: 200, colors: false });
    expect(bar(0)).toContain(`  ${'─'.repeat(30)}    0/938  `);
    expect(bar(937)).toContain(`  ${'━'.repeat(29)}─  937/938  `);
    expect(bar(938)).toContain(`  ${'━'.repeat(30)}  938/938  `);
  });

  test('colours change the looks, not the text', () => {
    const colored = progressBar(progress, { columns: 110, colors: true });
    expect(colored).toContain('\x1b[36m━━━━━━\x1b[39m\x1b[90m─────────\x1b[39m');
    expect(stripVTControlCharacters(colored)).toBe(at(110));
    expect(progressBar({ ...progress, step: 938 }, { columns: 110, colors: true })).toContain('\x1b[32m━━━━━━━━━━━━━━━\x1b[39m  938/938');
  });

  test('never passes the width, whatever it shows', () => {
    const number = fc.double({ noDefaultInfinity: false });
    const whole = fc.nat({ max: 1e6 });
    fc.assert(
      fc.property(
        fc.record({
          epoch: whole,
          epochs: whole,
          step: whole,
          steps: fc.option(whole, { nil: undefined }),
          samplesPerSecond: fc.double({ min: 0, max: 1e9, noNaN: true }),
          secondsLeft: fc.option(fc.double({ min: 0, max: 1e7, noNaN: true }), { nil: undefined }),
          logs: fc.dictionary(fc.string({ unit: fc.constantFrom('a', 'b', 'C'), minLength: 1 }), number, { maxKeys: 5 }),
        }),
        fc.integer({ min: 1, max: 200 }),
        (shown, columns) => {
          const line = progressBar(shown, { columns, colors: false });
          expect(line.length).toBeLessThanOrEqual(columns);
          expect(line).not.toContain('undefined');
        },
      ),
    );
  });
});

test('epochLine holds the time, the rate and every log', () => {
  expect(epochLine({ ...progress, logs: { loss: 0.2143, valLoss: 0.0812 } }, 11.2)).toBe(
    'Epoch 1/3  11 s  51,230 samples/s  loss 0.2143  valLoss 0.0812',
  );
});
