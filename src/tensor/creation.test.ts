import { type Case, checkCases } from '../../tests/support/tensorCases.ts';
import { arange, einsum, eye, full, linspace, ones, onesLike, tensor, zeros, zerosLike } from './index.ts';

// Expected values: NumPy 2.4 in float64, rounded to seven digits.
const a = tensor([
  [-1.5, 0.5, 2],
  [3, -0.25, 1],
]);
const b = tensor([
  [2, -1, 0.5],
  [1, 4, -2],
]);

// biome-ignore format: a line a case
const sums: readonly Case[] = [
  ['product', () => einsum('ij,kj->ik', a, b), [[-2.5, -3.5], [6.75, 0.0]]],
  ['implicit', () => einsum('ij,kj', a, b), [[-2.5, -3.5], [6.75, 0.0]]],
  ['batch', () => einsum('bij,bjk->bik', arange(12).reshape([2, 3, 2]), arange(8).reshape([2, 2, 2])), [[[2.0, 3.0], [6.0, 11.0], [10.0, 19.0]], [[66.0, 79.0], [86.0, 103.0], [106.0, 127.0]]]],
  ['trace', () => einsum('ii', tensor([[1, 2], [3, 4]])), 5.0],
  ['diagonal', () => einsum('ii->i', tensor([[1, 2], [3, 4]])), [1.0, 4.0]],
  ['transpose', () => einsum('ij->ji', a), [[-1.5, 3.0], [0.5, -0.25], [2.0, 1.0]]],
  ['sum', () => einsum('ij->j', a), [1.5, 0.25, 3.0]],
  ['outer product', () => einsum('i,j->ij', tensor([1, 2]), tensor([3, 4])), [[3.0, 4.0], [6.0, 8.0]]],
  ['elementwise', () => einsum('ij,ij->ij', a, b), [[-3.0, -0.5, 1.0], [3.0, -1.0, -2.0]]],
  ['three', () => einsum('ij,jk,kl->il', a, b.transpose(), a), [[-6.75, -0.375, -8.5], [-10.125, 3.375, 13.5]]],
  ['leading axes', () => einsum('...ij,jk->...ik', arange(12).reshape([2, 3, 2]), tensor([[1, 0], [2, -1]])), [[[2.0, -1.0], [8.0, -3.0], [14.0, -5.0]], [[20.0, -7.0], [26.0, -9.0], [32.0, -11.0]]]],
  ['broadcast leading axes', () => einsum('...i,...i->...', arange(6).reshape([2, 3]), arange(3).reshape([1, 3])), [5.0, 14.0]],
  ['axis of one alone', () => einsum('ij,k->i', a, tensor([1, 2])), [3.0, 11.25]],
];

// biome-ignore format: a line a case
const creation: readonly Case[] = [
  ['zeros', () => zeros([2, 1]), [[0.0], [0.0]]],
  ['ones', () => ones([2], { dtype: 'int32' }), [1.0, 1.0]],
  ['full', () => full([2], 2.5), [2.5, 2.5]],
  ['full of bool', () => full([2], true), [true, true]],
  ['zerosLike', () => zerosLike(a), [[-0.0, 0.0, 0.0], [0.0, -0.0, 0.0]]],
  ['onesLike', () => onesLike(a), [[1.0, 1.0, 1.0], [1.0, 1.0, 1.0]]],
  ['arange', () => arange(4), [0.0, 1.0, 2.0, 3.0]],
  ['arange with steps', () => arange(5, 0, -2), [5.0, 3.0, 1.0]],
  ['arange of fractions', () => arange(0, 1, 0.25), [0.0, 0.25, 0.5, 0.75]],
  ['linspace', () => linspace(0, 1, 5), [0.0, 0.25, 0.5, 0.75, 1.0]],
  ['eye', () => eye(2, 3), [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]],
  ['booleans', () => tensor([[true], [false]]), [[true], [false]]],
  ['a typed array', () => tensor(new Float32Array(4), { shape: [2, 2] }), [[0.0, 0.0], [0.0, 0.0]]],
  ['a scalar', () => tensor(3), 3.0],
  ['an empty one', () => tensor([[], []]), [[], []]],
  ['half floats', () => tensor([1.0009765625, 65504, 1e-7], { dtype: 'float16' }), [1.0009766, 65504.0, 1e-07]],
  ['bfloat16', () => tensor([1.00390625, 3], { dtype: 'bfloat16' }).add(1), [2.0, 4.0]],
  ['whole numbers, fractions dropped', () => tensor([1.9, -1.9, 3e9], { dtype: 'int32' }), [1.0, -1.0, 2147483647.0]],
  ['float64', () => tensor([0.1], { dtype: 'float64' }).mul(3), [0.3]],
];

checkCases('einsum', sums);
checkCases('creation', creation);
