import { type Case, checkCases } from '../../tests/support/tensorCases.ts';
import { arange, tensor, where } from './index.ts';

// Expected values: NumPy 2.4 in float64, rounded to seven digits.
const a = tensor([
  [-1.5, 0.5, 2],
  [3, -0.25, 1],
]);
const b = tensor([
  [2, -1, 0.5],
  [1, 4, -2],
]);
const p = a.abs().add(0.1);

// biome-ignore format: a line a case
const elements: readonly Case[] = [
  ['neg', () => a.neg(), [[1.5, -0.5, -2.0], [-3.0, 0.25, -1.0]]],
  ['abs', () => a.abs(), [[1.5, 0.5, 2.0], [3.0, 0.25, 1.0]]],
  ['sign', () => a.sign(), [[-1.0, 1.0, 1.0], [1.0, -1.0, 1.0]]],
  ['square', () => a.square(), [[2.25, 0.25, 4.0], [9.0, 0.0625, 1.0]]],
  ['exp', () => a.exp(), [[0.2231302, 1.6487213, 7.3890561], [20.0855369, 0.7788008, Math.E]]],
  ['expm1', () => a.expm1(), [[-0.7768698, 0.6487213, 6.3890561], [19.0855369, -0.2211992, 1.7182818]]],
  ['sin', () => a.sin(), [[-0.997495, 0.4794255, 0.9092974], [0.14112, -0.247404, 0.841471]]],
  ['cos', () => a.cos(), [[0.0707372, 0.8775826, -0.4161468], [-0.9899925, 0.9689124, 0.5403023]]],
  ['tan', () => a.tan(), [[-14.1014199, 0.5463025, -2.1850399], [-0.1425465, -0.2553419, 1.5574077]]],
  ['tanh', () => a.tanh(), [[-0.9051483, 0.4621172, 0.9640276], [0.9950548, -0.2449187, 0.7615942]]],
  ['erf', () => a.erf(), [[-0.9661051, 0.5204999, 0.9953223], [0.9999779, -0.2763264, 0.8427008]]],
  ['floor', () => a.floor(), [[-2.0, 0.0, 2.0], [3.0, -1.0, 1.0]]],
  ['ceil', () => a.ceil(), [[-1.0, 1.0, 2.0], [3.0, -0.0, 1.0]]],
  ['reciprocal', () => a.reciprocal(), [[-0.6666667, 2.0, 0.5], [0.3333333, -4.0, 1.0]]],
  ['sigmoid', () => a.sigmoid(), [[0.1824255, 0.6224593, 0.8807971], [0.9525741, 0.4378235, 0.7310586]]],
  ['relu', () => a.relu(), [[0.0, 0.5, 2.0], [3.0, 0.0, 1.0]]],
  ['softplus', () => a.softplus(), [[0.2014133, 0.974077, 2.126928], [3.0485874, 0.5759394, 1.3132617]]],
  ['silu', () => a.silu(), [[-0.2736383, 0.3112297, 1.7615942], [2.8577224, -0.1094559, 0.7310586]]],
  ['gelu', () => a.gelu(), [[-0.1002108, 0.3457312, 1.9544997], [2.9959503, -0.1003234, 0.8413447]]],
  ['softmax', () => a.softmax(), [[0.0240938, 0.1780302, 0.797876], [0.8517093, 0.0330244, 0.1152663]]],
  ['logSoftmax', () => a.logSoftmax(), [[-3.725802, -1.725802, -0.225802], [-0.16051, -3.41051, -2.16051]]],
  ['gelu by tanh', () => a.gelu({ approximate: true }), [[-0.1004284, 0.345714, 1.9545977], [2.9963626, -0.1003246, 0.841192]]],
  ['softmax along 0', () => a.softmax(0), [[0.0109869, 0.6791787, 0.7310586], [0.9890131, 0.3208213, 0.2689414]]],
  ['sqrt', () => p.sqrt(), [[1.2649111, 0.7745967, 1.4491377], [1.7606817, 0.591608, 1.0488088]]],
  ['rsqrt', () => p.rsqrt(), [[0.7905694, 1.2909944, 0.6900656], [0.5679618, 1.6903085, 0.9534626]]],
  ['log', () => p.log(), [[0.4700036, -0.5108256, 0.7419373], [1.1314021, -1.0498221, 0.0953102]]],
  ['log1p', () => p.log1p(), [[0.9555114, 0.4700036, 1.1314021], [1.410987, 0.3001046, 0.7419373]]],
  ['round', () => tensor([-1.5, -0.5, 0.5, 1.5, 2.5, 2.6]).round(), [-2.0, 0.0, 0.0, 2.0, 2.0, 3.0]],
  ['sqrt of integers', () => tensor([1, 4], { dtype: 'int32' }).sqrt(), [1.0, 2.0]],
  ['not', () => tensor([true, false]).not(), [false, true]],
  ['isNaN', () => tensor([NaN, 1, Infinity]).isNaN(), [true, false, false]],
  ['isFinite', () => tensor([NaN, 1, -Infinity]).isFinite(), [false, true, false]],
  ['cast', () => a.cast('int32'), [[-1.0, 0.0, 2.0], [3.0, -0.0, 1.0]]],
  ['cast to bool', () => tensor([0, -2]).cast('bool'), [false, true]],
];

// biome-ignore format: a line a case
const pairs: readonly Case[] = [
  ['add', () => a.add(b), [[0.5, -0.5, 2.5], [4.0, 3.75, -1.0]]],
  ['sub', () => a.sub(b), [[-3.5, 1.5, 1.5], [2.0, -4.25, 3.0]]],
  ['mul', () => a.mul(b), [[-3.0, -0.5, 1.0], [3.0, -1.0, -2.0]]],
  ['div', () => a.div(b), [[-0.75, -0.5, 4.0], [3.0, -0.0625, -0.5]]],
  ['floorDivide', () => a.floorDivide(b), [[-1.0, -1.0, 4.0], [3.0, -1.0, -1.0]]],
  ['mod', () => a.mod(b), [[0.5, -0.5, 0.0], [0.0, 3.75, -1.0]]],
  ['maximum', () => a.maximum(b), [[2.0, 0.5, 2.0], [3.0, 4.0, 1.0]]],
  ['minimum', () => a.minimum(b), [[-1.5, -1.0, 0.5], [1.0, -0.25, -2.0]]],
  ['equal', () => a.equal(b), [[false, false, false], [false, false, false]]],
  ['notEqual', () => a.notEqual(b), [[true, true, true], [true, true, true]]],
  ['greater', () => a.greater(b), [[false, true, true], [true, false, true]]],
  ['greaterEqual', () => a.greaterEqual(b), [[false, true, true], [true, false, true]]],
  ['less', () => a.less(b), [[true, false, false], [false, true, false]]],
  ['lessEqual', () => a.lessEqual(b), [[true, false, false], [false, true, false]]],
  ['add of a row', () => a.add(tensor([1, 2, 3])), [[-0.5, 2.5, 5.0], [4.0, 1.75, 4.0]]],
  ['add of a number', () => a.add(1), [[-0.5, 1.5, 3.0], [4.0, 0.75, 2.0]]],
  ['pow', () => p.pow(b), [[2.56, 1.6666667, 1.4491377], [3.1, 0.0150062, 0.8264463]]],
  ['pow by a number', () => a.pow(3), [[-3.375, 0.125, 8.0], [27.0, -0.015625, 1.0]]],
  ['division of integers', () => tensor([1, 3], { dtype: 'int32' }).div(2), [0.5, 1.5]],
  ['floorDivide of integers', () => tensor([-3, 3], { dtype: 'int32' }).floorDivide(2), [-2.0, 1.0]],
  ['clip', () => a.clip(-1, 1), [[-1.0, 0.5, 1.0], [1.0, -0.25, 1.0]]],
  ['clip below', () => a.clip(0), [[0.0, 0.5, 2.0], [3.0, 0.0, 1.0]]],
  ['clip above', () => a.clip(undefined, 0.5), [[-1.5, 0.5, 0.5], [0.5, -0.25, 0.5]]],
  ['and', () => a.greater(0).and(b.greater(0)), [[false, false, true], [true, false, false]]],
  ['or', () => a.greater(0).or(b.greater(0)), [[true, true, true], [true, true, true]]],
  ['xor', () => a.greater(0).xor(b.greater(0)), [[true, true, false], [false, true, true]]],
  ['where', () => where(a.greater(0), a, b), [[2.0, 0.5, 2.0], [3.0, 4.0, 1.0]]],
  ['where with a number', () => where(a.greater(0), a, -1), [[-1.0, 0.5, 2.0], [3.0, -1.0, 1.0]]],
  ['matmul', () => a.matmul(b.transpose()), [[-2.5, -3.5], [6.75, 0.0]]],
  ['matmul of a row', () => tensor([1, 2]).matmul(a), [4.5, 0.0, 4.0]],
  ['matmul of a column', () => a.matmul(tensor([1, 2, 3])), [5.5, 5.5]],
  ['matmul of two vectors', () => tensor([1, 2, 3]).matmul(tensor([4, 5, 6])), 32.0],
  ['matmul of stacks', () => arange(12).reshape([2, 3, 2]).matmul(arange(8).reshape([1, 2, 4])), [[[4.0, 5.0, 6.0, 7.0], [12.0, 17.0, 22.0, 27.0], [20.0, 29.0, 38.0, 47.0]], [[28.0, 41.0, 54.0, 67.0], [36.0, 53.0, 70.0, 87.0], [44.0, 65.0, 86.0, 107.0]]]],
  ['matmul of a stack and a matrix', () => arange(12).reshape([2, 3, 2]).matmul(tensor([[1, 0], [2, -1]])), [[[2.0, -1.0], [8.0, -3.0], [14.0, -5.0]], [[20.0, -7.0], [26.0, -9.0], [32.0, -11.0]]]],
  ['outer', () => tensor([1, 2]).outer(tensor([3, 4, 5])), [[3.0, 4.0, 5.0], [6.0, 8.0, 10.0]]],
];

checkCases('elements', elements);
checkCases('pairs', pairs);
