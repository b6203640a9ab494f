import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { broadcastShapes, checkShape, normalizeAxes, normalizeAxis, resolveReshape, sameShape, sizeOf, stridesOf } from './shape.ts';

const shapes = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 5 });

test('sizeOf multiplies, a scalar has one element', () => {
  expect(sizeOf([])).toBe(1);
  expect(sizeOf([2, 3, 4])).toBe(24);
  expect(sizeOf([2, 0, 4])).toBe(0);
});

test('sameShape tells ranks apart', () => {
  expect(sameShape([2, 3], [2, 3])).toBe(true);
  expect(sameShape([2, 3], [2, 3, 1])).toBe(false);
  expect(sameShape([2, 3], [3, 2])).toBe(false);
});

test('strides count the elements in row-major order', () => {
  expect(stridesOf([2, 3, 4])).toEqual([12, 4, 1]);
  const [rows, columns, planes] = [3, 2, 5];
  const [row, column, plane] = stridesOf([rows, columns, planes]) as [number, number, number];
  let position = 0;
  for (let i = 0; i < rows; i++)
    for (let j = 0; j < columns; j++) for (let k = 0; k < planes; k++) expect(i * row + j * column + k * plane).toBe(position++);
});

describe('broadcastShapes', () => {
  test.each([
    [[], [2, 3], [2, 3]],
    [[3], [2, 3], [2, 3]],
    [
      [2, 1],
      [1, 3],
      [2, 3],
    ],
    [
      [8, 1, 6, 1],
      [7, 1, 5],
      [8, 7, 6, 5],
    ],
    [[0], [1], [0]],
    [
      [0, 1],
      [1, 4],
      [0, 4],
    ],
  ])('%j with %j gives %j', (a, b, result) => {
    expect(broadcastShapes('add', a, b)).toEqual(result);
    expect(broadcastShapes('add', b, a)).toEqual(result);
  });

  test('shows both shapes when they do not fit', () => {
    expect(() => broadcastShapes('add', [2, 3], [4])).toThrow('add cannot broadcast shapes (2, 3) and (4,)');
    expect(() => broadcastShapes('add', [0], [2])).toThrow('add cannot broadcast shapes (0,) and (2,)');
  });

  test('is commutative, and associative where it succeeds', () => {
    const attempt = (a: readonly number[] | undefined, b: readonly number[] | undefined): readonly number[] | undefined => {
      try {
        return a === undefined || b === undefined ? undefined : broadcastShapes('add', a, b);
      } catch {
        return undefined;
      }
    };
    fc.assert(
      fc.property(shapes, shapes, shapes, (a, b, c) => {
        expect(attempt(a, b)).toEqual(attempt(b, a));
        const [left, right] = [attempt(attempt(a, b), c), attempt(a, attempt(b, c))];
        expect(left).toEqual(right);
      }),
    );
  });
});

describe('axes', () => {
  test('count from the end when negative', () => {
    expect([0, 2, -1, -3].map(axis => normalizeAxis('sum', axis, 3))).toEqual([0, 2, 2, 0]);
  });

  test.each([3, -4, 0.5, NaN])('%d is no axis of rank 3', axis => {
    expect(() => normalizeAxis('sum', axis, 3)).toThrow(`sum cannot use axis ${axis}: a tensor of rank 3 has axes -3 to 2.`);
  });

  test('a scalar has none', () => {
    expect(() => normalizeAxis('sum', 0, 0)).toThrow('sum cannot use axis 0: the tensor is a scalar, which has no axes.');
  });

  test('as a list: all by default, ascending, each once', () => {
    expect(normalizeAxes('sum', undefined, 3)).toEqual([0, 1, 2]);
    expect(normalizeAxes('sum', -1, 3)).toEqual([2]);
    expect(normalizeAxes('sum', [-1, 0], 3)).toEqual([0, 2]);
    expect(normalizeAxes('sum', [], 3)).toEqual([]);
    expect(() => normalizeAxes('sum', [0, -3], 3)).toThrow('sum got an axis twice: 0, 0. Name each axis once.');
  });
});

test('checkShape takes whole numbers from 0 on', () => {
  expect(checkShape('zeros', [2, 0])).toEqual([2, 0]);
  for (const size of [-1, 1.5, NaN, Infinity]) expect(() => checkShape('zeros', [2, size])).toThrow('zeros cannot use shape');
});

describe('resolveReshape', () => {
  test.each([
    [
      [2, 6],
      [3, 4],
      [3, 4],
    ],
    [
      [2, 6],
      [3, -1],
      [3, 4],
    ],
    [[2, 6], [-1], [12]],
    [[1], [], []],
    [
      [0, 3],
      [3, 0],
      [3, 0],
    ],
    [
      [0, 3],
      [-1, 3],
      [0, 3],
    ],
  ])('%j to %j gives %j', (from, to, result) => {
    expect(resolveReshape(from, to)).toEqual(result);
  });

  test.each([
    [
      [2, 6],
      [5, -1],
    ],
    [
      [2, 6],
      [-1, -1],
    ],
    [[2, 6], [13]],
    [
      [2, 6],
      [-3, -4],
    ],
    [
      [2, 6],
      [-2, -6, 1],
    ],
    [
      [0, 3],
      [-1, 0],
    ],
    [
      [2, 6],
      [1.5, 8],
    ],
  ])('%j to %j is refused', (from, to) => {
    expect(() => resolveReshape(from, to)).toThrow('the number of elements must stay the same; one size may be -1.');
  });

  test('finds the size that is left', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 6 }), { minLength: 1, maxLength: 5 }), fc.nat(), (shape, seed) => {
        const hole = seed % shape.length;
        expect(
          resolveReshape(
            [sizeOf(shape)],
            shape.map((size, axis) => (axis === hole ? -1 : size)),
          ),
        ).toEqual(shape);
      }),
    );
  });
});
