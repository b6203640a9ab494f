import { type Case, checkCases } from '../../tests/support/tensorCases.ts';
import { arange, grad, type Tensor, tensor } from './index.ts';

// Expected values: NumPy 2.4 in float64, rounded to seven digits.
const a = tensor([
  [-1.5, 0.5, 2],
  [3, -0.25, 1],
]);

// biome-ignore format: a line a case
const reductions: readonly Case[] = [
  ['sum', () => a.sum(), 4.75],
  ['prod', () => a.prod(), 1.125],
  ['mean', () => a.mean(), 0.7916667],
  ['variance', () => a.variance(), 2.1336806],
  ['standardDeviation', () => a.standardDeviation(), 1.4607123],
  ['max', () => a.max(), 3.0],
  ['min', () => a.min(), -1.5],
  ['logSumExp', () => a.logSumExp(), 3.4917547],
  ['norm', () => a.norm(), 4.0697051],
  ['argMax', () => a.argMax(), 3.0],
  ['argMin', () => a.argMin(), 0.0],
  ['cumSum', () => a.cumSum(), [-1.5, -1.0, 1.0, 4.0, 3.75, 4.75]],
  ['cumProd', () => a.cumProd(), [-1.5, -0.75, -1.5, -4.5, 1.125, 1.125]],
  ['sum along 0', () => a.sum(0), [1.5, 0.25, 3.0]],
  ['mean along 0', () => a.mean(0), [0.75, 0.125, 1.5]],
  ['variance along 0', () => a.variance(0), [5.0625, 0.140625, 0.25]],
  ['max along 0', () => a.max(0), [3.0, 0.5, 2.0]],
  ['prod along 0', () => a.prod(0), [-4.5, -0.125, 2.0]],
  ['logSumExp along 0', () => a.logSumExp(0), [3.0110477, 0.886871, 2.3132617]],
  ['argMax along 0', () => a.argMax(0), [1.0, 0.0, 0.0]],
  ['argMin along 0', () => a.argMin(0), [0.0, 1.0, 1.0]],
  ['cumSum along 0', () => a.cumSum(0), [[-1.5, 0.5, 2.0], [1.5, 0.25, 3.0]]],
  ['cumProd along 0', () => a.cumProd(0), [[-1.5, 0.5, 2.0], [-4.5, -0.125, 2.0]]],
  ['min along 0', () => a.min(0), [-1.5, -0.25, 1.0]],
  ['standardDeviation along 0', () => a.standardDeviation(0), [2.25, 0.375, 0.5]],
  ['norm along 0', () => a.norm(0), [3.354102, 0.559017, 2.236068]],
  ['sum that keeps axes', () => a.sum(-1, { keepDims: true }), [[1.0], [3.75]]],
  ['sum over two axes', () => a.sum([0, 1]), 4.75],
  ['argMax that keeps its axis', () => a.argMax(1, { keepDims: true }), [[2.0], [0.0]]],
  ['variance of a sample', () => a.variance(1, { correction: 1 }), [3.0833333, 2.6875]],
  ['logSumExp that keeps axes', () => a.logSumExp(1, { keepDims: true }), [[2.225802], [3.16051]]],
  ['logSumExp of large numbers', () => tensor([1000, 1000]).logSumExp(), 1000.6931472],
  ['logSumExp of nothing, which is -∞', () => tensor([]).logSumExp().exp(), 0],
  ['standardDeviation of a constant', () => tensor([7, 7]).standardDeviation(), 0],
  ['norm of order 1', () => a.norm(1, { order: 1 }), [4.0, 4.25]],
  ['norm of order 3', () => a.norm(1, { order: 3 }), [2.2571787, 3.0371537]],
  ['largest norm', () => a.norm(1, { order: Infinity }), [2.0, 3.0]],
  ['any', () => a.greater(2.5).any(1), [false, true]],
  ['all', () => a.greater(-1).all(1), [false, true]],
  ['all of numbers', () => tensor([[1, 0], [2, 3]]).all(1), [false, true]],
  ['countNonZero', () => tensor([[1, 0], [2, 3]]).countNonZero(1), [1.0, 2.0]],
  ['mean of many halves', () => arange(70000).mul(0).add(2).cast('float16').mean(), 2],
  ['variance of large halves', () => tensor([300, 500], { dtype: 'float16' }).variance(), 10000],
  ['a number that bytes do not have', () => tensor(new Uint8Array([250, 3])).add(300), [550, 303]],
  ['a negative number and bytes', () => tensor(new Uint8Array([255, 3])).equal(-1), [false, false]],
  ['sum of bool', () => tensor([true, true, false]).sum(), 2.0],
  ['sum of bytes', () => tensor(new Uint8Array([200, 100])).sum(), 300.0],
  ['mean of integers', () => tensor([1, 2], { dtype: 'int32' }).mean(), 1.5],
  ['cumSum from the end, exclusive', () => tensor([1, 2, 3]).cumSum(0, { reverse: true, exclusive: true }), [5.0, 3.0, 0.0]],
  ['cumProd from the end', () => tensor([1, 2, 3]).cumProd(0, { reverse: true }), [6.0, 6.0, 3.0]],
  ['cumProd, exclusive', () => tensor([2, 3, 4]).cumProd(0, { exclusive: true }), [1.0, 2.0, 6.0]],
  ['cumProd of seven', () => arange(1, 8).cumProd(0), [1.0, 2.0, 6.0, 24.0, 120.0, 720.0, 5040.0]],
];

checkCases('reductions', reductions);

// PyTorch's choice: the derivative is 0 where the root of 0 has none.
// biome-ignore format: a line a case
const atZero: readonly Case[] = [
  ['standardDeviation of a constant row', () => grad((x: Tensor) => x.standardDeviation(1).sum())(tensor([[7, 7], [1, 3]])), [[0, 0], [-0.5, 0.5]]],
  ['norm of zeros', () => grad((x: Tensor) => x.norm(1).sum())(tensor([[0, 0], [3, 4]])), [[0, 0], [0.6, 0.8]]],
  ['norm of order 3 of zeros', () => grad((x: Tensor) => x.norm(1, { order: 3 }).sum())(tensor([[0, 0], [0, 2]])), [[0, 0], [0, 1]]],
];

checkCases('derivatives where a root is 0', atZero);
