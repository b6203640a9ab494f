import fc from 'fast-check';
import { expect, test } from 'vitest';
import { strongestShade } from './confusionMatrixChart.ts';
import { formatValue, grouped } from './numbers.ts';
import { linearScale, logScale } from './scale.ts';
import { inColumns, plainText, shortened, terminalWidth, textWidth } from './text.ts';
import { mostSeries, seriesStyle, shades } from './theme.ts';

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });

test('marks of an axis lie inside of it, evenly, at 1, 2 or 5 times a power of ten, with labels that tell them apart', () =>
  fc.assert(
    fc.property(finite, finite, fc.integer({ min: 2, max: 12 }), (a, b, count) => {
      const scale = linearScale(Math.min(a, b), Math.max(a, b));
      const ticks = scale.ticks(count);
      expect(ticks.length).toBeLessThanOrEqual(count + 1);
      for (const { value } of ticks) {
        expect(scale.share(value)).toBeGreaterThanOrEqual(-1e-5);
        expect(scale.share(value)).toBeLessThanOrEqual(1 + 1e-5);
      }
      expect(new Set(ticks.map(({ label }) => label)).size).toBe(ticks.length);
      const least = ticks.find(({ value }) => value !== 0);
      if (ticks.length > 2 && least !== undefined) {
        const step = (ticks[1] as { value: number }).value / 2 - (ticks[0] as { value: number }).value / 2;
        const lead = Number((step * 2).toExponential(6).split('e')[0]);
        if (Number.isFinite(step * 2) && Math.abs(least.value / step) < 1e6)
          expect([1, 2, 5, 10]).toContain(Math.round(lead * 1000) / 1000);
      }
    }),
    { numRuns: 500 },
  ));

test('the usual axes have the usual labels', () => {
  const labels = (scale: ReturnType<typeof linearScale>, count: number): string[] => scale.ticks(count).map(({ label }) => label);
  expect(labels(linearScale(0, 1), 5)).toEqual(['0', '0.2', '0.4', '0.6', '0.8', '1.0']);
  expect(labels(linearScale(-12_000, 31_000), 5)).toEqual(['−10,000', '0', '10,000', '20,000', '30,000']);
  expect(labels(linearScale(0, 4e-12), 4)).toEqual(['0', '10⁻¹²', '2×10⁻¹²', '3×10⁻¹²', '4×10⁻¹²']);
  expect(labels(linearScale(1e12, 3e12), 4)).toEqual(['10¹²', '1.5×10¹²', '2×10¹²', '2.5×10¹²', '3×10¹²']);
  expect(labels(linearScale(1, 4, { isWhole: true }), 9)).toEqual(['1', '2', '3', '4']);
  expect(labels(logScale(0.001, 10), 9)).toEqual(['0.001', '0.01', '0.1', '1', '10']);
  expect(labels(logScale(1e-7, 1), 4)).toEqual(['10⁻⁶', '10⁻⁴', '10⁻²', '10⁰']);
  expect(labels(logScale(2, 3), 4)).toEqual(['2.0', '2.5', '3.0']);
  expect(labels(linearScale(5, 5), 2)).toEqual(['4.5', '5.0', '5.5']);
});

test('numbers for reading', () => {
  expect([1234567, 0.04125, 0.000031, -12.5, 0, Number.NaN, -Infinity, 1e12, 5e-324, 0.99999].map(value => formatValue(value))).toEqual([
    '1,234,567',
    '0.04125',
    '3.1×10⁻⁵',
    '−12.5',
    '0',
    'not a number',
    '−∞',
    '10¹²',
    '5×10⁻³²⁴',
    '1',
  ]);
  expect([grouped(-0.001, 2), grouped(999, 0), grouped(-1234.5, 1)]).toEqual(['0.00', '999', '−1,234.5']);
});

test('a text is cut where it does not fit, never inside of a letter', () => {
  expect(shortened('validation', 200, 12)).toBe('validation');
  expect(shortened('a very long name indeed', 60, 12)).toMatch(/^a very.*…$/);
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), fc.integer({ min: 12, max: 200 }), (text, room) => {
      const kept = shortened(text, room, 12);
      expect(kept === '…' || textWidth(kept, 12) <= room).toBe(true);
      if (kept.endsWith('…') && !text.endsWith('…')) expect(plainText(text).startsWith(kept.slice(0, -1))).toBe(true);
    }),
  );
});

test('columns of a terminal are filled exactly', () =>
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 30 }), fc.integer({ min: 1, max: 30 }), (text, columns) => {
      expect(terminalWidth(inColumns(text, columns))).toBe(columns);
    }),
  ));

/** Relative luminance and contrast, WCAG 2.2. */
const luminance = (rgb: readonly number[]): number => {
  const [r, g, b] = rgb.map(value => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4)) as [
    number,
    number,
    number,
  ];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};
const contrast = (a: readonly number[], b: readonly number[]): number => {
  const [dark, light] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (light + 0.05) / (dark + 0.05);
};
const rgbOf = (hex: string): number[] => [1, 3, 5].map(start => Number.parseInt(hex.slice(start, start + 2), 16));

test('text has a contrast of 4.5, marks have one of 3, on light and on dark, and on the darkest cell of a matrix', () => {
  for (const ground of [0, 1] as const) {
    const surface = rgbOf(shades.surface[ground]);
    for (const role of ['ink', 'soft'] as const) expect(contrast(rgbOf(shades[role][ground]), surface), role).toBeGreaterThanOrEqual(4.5);
    for (const [role, colors] of Object.entries(shades))
      if (role.startsWith('series')) expect(contrast(rgbOf(colors[ground]), surface), role).toBeGreaterThanOrEqual(3);
    for (const role of ['series0', 'series1'] as const) {
      const cell = rgbOf(shades[role][ground]).map(
        (value, index) => value * strongestShade + (surface[index] as number) * (1 - strongestShade),
      );
      expect(contrast(rgbOf(shades.ink[ground]), cell), `a cell of ${role}`).toBeGreaterThanOrEqual(4.5);
    }
  }
});

test('no two series look the same, nor differ by colour alone', () => {
  const looks = Array.from({ length: mostSeries }, (_, index) => seriesStyle(index));
  expect(new Set(looks.map(({ role, dash }) => `${role} ${dash}`)).size).toBe(mostSeries);
  expect(new Set(looks.slice(0, 5).map(({ dash }) => dash)).size).toBe(5);
  expect(new Set(looks.slice(0, 6).map(({ shape }) => shape)).size).toBe(6);
});
