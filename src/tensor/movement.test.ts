import { type Case, checkCases } from '../../tests/support/tensorCases.ts';
import { arange, concat, stack, type Tensor, tensor, zeros } from './index.ts';

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
const movement: readonly Case[] = [
  ['reshape', () => a.reshape([3, -1]), [[-1.5, 0.5], [2.0, 3.0], [-0.25, 1.0]]],
  ['flatten', () => a.flatten(), [-1.5, 0.5, 2.0, 3.0, -0.25, 1.0]],
  ['transpose', () => a.transpose(), [[-1.5, 3.0], [0.5, -0.25], [2.0, 1.0]]],
  ['permute', () => arange(6).reshape([1, 2, 3]).permute([2, 0, -2]), [[[0.0, 3.0]], [[1.0, 4.0]], [[2.0, 5.0]]]],
  ['swapAxes', () => a.swapAxes(0, -1), [[-1.5, 3.0], [0.5, -0.25], [2.0, 1.0]]],
  ['expandDims', () => a.expandDims(1), [[[-1.5, 0.5, 2.0]], [[3.0, -0.25, 1.0]]]],
  ['expandDims at two places', () => tensor([1, 2]).expandDims([0, -1]), [[[1.0], [2.0]]]],
  ['squeeze', () => a.expandDims(0).squeeze(), [[-1.5, 0.5, 2.0], [3.0, -0.25, 1.0]]],
  ['squeeze of one axis', () => a.reshape([1, 6, 1]).squeeze(-1), [[-1.5, 0.5, 2.0, 3.0, -0.25, 1.0]]],
  ['slice', () => a.slice([0, 1], [2, 1]), [[0.5], [-0.25]]],
  ['slice to the end', () => a.slice([1, -2], [-1, -1]), [[-0.25, 1.0]]],
  ['slice of the first axis', () => a.slice(1), [[3.0, -0.25, 1.0]]],
  ['split', () => a.split(3, 1)[2] as Tensor, [[2.0], [1.0]]],
  ['split by sizes', () => a.split([1, 2], 1)[1] as Tensor, [[0.5, 2.0], [-0.25, 1.0]]],
  ['flip', () => a.flip(1), [[2.0, 0.5, -1.5], [1.0, -0.25, 3.0]]],
  ['flip of all', () => a.flip(), [[1.0, -0.25, 3.0], [2.0, 0.5, -1.5]]],
  ['roll', () => a.roll(1, 1), [[2.0, -1.5, 0.5], [1.0, 3.0, -0.25]]],
  ['roll back', () => a.roll(-1), [[0.5, 2.0, 3.0], [-0.25, 1.0, -1.5]]],
  ['roll of two axes', () => a.roll([1, 2], [0, 1]), [[-0.25, 1.0, 3.0], [0.5, 2.0, -1.5]]],
  ['pad', () => a.pad([[1, 0], [0, 2]], 9), [[9.0, 9.0, 9.0, 9.0, 9.0], [-1.5, 0.5, 2.0, 9.0, 9.0], [3.0, -0.25, 1.0, 9.0, 9.0]]],
  ['tile', () => a.tile([2, 1]), [[-1.5, 0.5, 2.0], [3.0, -0.25, 1.0], [-1.5, 0.5, 2.0], [3.0, -0.25, 1.0]]],
  ['tile of more axes', () => tensor([1, 2]).tile([2, 2]), [[1.0, 2.0, 1.0, 2.0], [1.0, 2.0, 1.0, 2.0]]],
  ['repeat', () => a.repeat(2, 1), [[-1.5, -1.5, 0.5, 0.5, 2.0, 2.0], [3.0, 3.0, -0.25, -0.25, 1.0, 1.0]]],
  ['repeat flat', () => tensor([[1, 2]]).repeat(2), [1.0, 1.0, 2.0, 2.0]],
  ['broadcastTo', () => tensor([1, 2, 3]).broadcastTo([2, 3]), [[1.0, 2.0, 3.0], [1.0, 2.0, 3.0]]],
  ['stack', () => stack([tensor([1, 2]), tensor([3, 4])], 1), [[1.0, 3.0], [2.0, 4.0]]],
  ['concat', () => concat([a, b], 1), [[-1.5, 0.5, 2.0, 2.0, -1.0, 0.5], [3.0, -0.25, 1.0, 1.0, 4.0, -2.0]]],
  ['concat of two types', () => concat([tensor([1], { dtype: 'int32' }), tensor([0.5])]), [1.0, 0.5]],
];

// biome-ignore format: a line a case
const indexing: readonly Case[] = [
  ['at', () => a.at(1), [3.0, -0.25, 1.0]],
  ['at from the end', () => a.at(-1, 1), [2.0, 1.0]],
  ['at a tensor', () => a.at(tensor([1, 0], { dtype: 'int32' })), [[3.0, -0.25, 1.0], [-1.5, 0.5, 2.0]]],
  ['gather', () => a.gather([2, 0], 1), [[2.0, -1.5], [1.0, 3.0]]],
  ['gather of a matrix', () => a.gather([[0, 1], [1, 1]]), [[[-1.5, 0.5, 2.0], [3.0, -0.25, 1.0]], [[3.0, -0.25, 1.0], [3.0, -0.25, 1.0]]]],
  ['takeAlongAxis', () => a.takeAlongAxis([[2], [0]], 1), [[2.0], [3.0]]],
  ['takeAlongAxis along 0', () => a.takeAlongAxis([[1, 0, 1]], 0), [[3.0, 0.5, 1.0]]],
  ['scatterAdd', () => zeros([3, 2]).scatterAdd([0, 2, 0], tensor([[1, 2], [3, 4], [5, 6]])), [[6.0, 8.0], [0.0, 0.0], [3.0, 4.0]]],
  ['scatterMax', () => tensor([1, 5]).scatterMax([0, 1], tensor([3, 4])), [3.0, 5.0]],
  ['scatterReplace', () => tensor([1, 5, 7]).scatterReplace([1, 1], tensor([3, 4])), [1.0, 4.0, 7.0]],
  ['scatterAdd of a number along 1', () => zeros([2, 3]).scatterAdd([1], 2, 1), [[0.0, 2.0, 0.0], [0.0, 2.0, 0.0]]],
  ['oneHot', () => tensor([1, 0], { dtype: 'int32' }).oneHot(3), [[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]]],
  ['oneHot along 0', () => tensor(new Uint8Array([1, 0])).oneHot(2, { axis: 0, dtype: 'int32' }), [[0.0, 1.0], [1.0, 0.0]]],
  ['sort', () => a.sort(), [[-1.5, 0.5, 2.0], [-0.25, 1.0, 3.0]]],
  ['sort along 0, descending', () => a.sort(0, { descending: true }), [[3.0, 0.5, 2.0], [-1.5, -0.25, 1.0]]],
  ['sort with NaN', () => tensor([2, NaN, 1]).sort().isNaN(), [false, false, true]],
  ['argSort', () => a.argSort(1), [[0.0, 1.0, 2.0], [1.0, 2.0, 0.0]]],
  ['argSort is stable', () => tensor([1, 0, 1, 0]).argSort(), [1.0, 3.0, 0.0, 2.0]],
  ['topK', () => a.topK(2).values, [[2.0, 0.5], [3.0, 1.0]]],
  ['places of topK', () => a.topK(2).indices, [[2.0, 1.0], [0.0, 2.0]]],
];

checkCases('movement', movement);
checkCases('indexing', indexing);
