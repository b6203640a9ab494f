import { expect, test } from 'vitest';
import {
  DTypeError,
  FileError,
  FormatError,
  formatShape,
  GradusError,
  IndexError,
  nearestName,
  ShapeError,
  unknownName,
  ValueError,
} from './errors.ts';

test('shapes print as in NumPy', () => {
  expect([[], [4], [2, 3]].map(formatShape)).toEqual(['()', '(4,)', '(2, 3)']);
});

test.each(Object.entries({ ShapeError, DTypeError, IndexError, ValueError, FormatError, FileError }))(
  '%s bears its name and is a GradusError',
  (name, Kind) => {
    const error = new Kind('what came', { cause: 'why' });
    expect(error).toBeInstanceOf(GradusError);
    expect(String(error)).toBe(`${name}: what came`);
    expect(error.cause).toBe('why');
  },
);

const known = ['relu', 'sigmoid', 'softmax', 'softplus', 'hardSigmoid', 'tanh', 'meanSquaredError'];

test.each([
  ['rleu', 'relu'],
  ['Sigmoid', 'sigmoid'],
  ['hard_sigmoid', 'hardSigmoid'],
  ['mean_squared_error', 'meanSquaredError'],
  ['softmx', 'softmax'],
  ['tan', 'tanh'],
])('%s is near to %s', (name, nearest) => {
  expect(nearestName(name, known)).toBe(nearest);
});

test('a name far from all has no neighbour', () => {
  expect(nearestName('transformer', known)).toBeUndefined();
  expect(nearestName('anything', [])).toBeUndefined();
});

test('unknownName suggests the nearest name, or lists all', () => {
  expect(unknownName('activation', 'rleu', known).message).toBe(`unknown activation 'rleu'. Did you mean 'relu'?`);
  expect(unknownName('activation', 'transformer', ['relu', 'tanh']).message).toBe(`unknown activation 'transformer'. Known: relu, tanh.`);
});
