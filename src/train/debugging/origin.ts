import { isFloat, type TypedArray } from '../../core/dtype.ts';
import { type Node, topological } from '../../graph/node.ts';
import type { Op } from '../../graph/ops.ts';
import { ready } from '../../tensor/ready.ts';
import { nodeOf, type Tensor, wrap } from '../../tensor/tensor.ts';

/** What made the first number that is not finite, and what to do about it. */
export interface Origin {
  readonly words: string;
  readonly advice: string;
  /** Whether numbers have become too large. */
  readonly isOverflow?: boolean;
}

/** Index of the first element that is no finite number, or -1. */
export const firstNonFinite = (values: ArrayLike<number>): number => {
  for (let index = 0; index < values.length; index++) if (!Number.isFinite(values[index])) return index;
  return -1;
};

const short = (value: number): string => String(Number(value.toPrecision(4)));

const overflow = {
  advice: 'Make the learning rate smaller, clip gradients (clipNorm), or bring data and first weights to the size of 1.',
  isOverflow: true,
} as const;

/** What an operation of one or two inputs does wrong at one element. */
const explain = (op: Op, [x = Number.NaN, y = Number.NaN]: readonly number[], elementType: string): Origin => {
  if (op === 'log' || op === 'log1p')
    return {
      words: `the logarithm of ${op === 'log1p' ? `1 + ${short(x)}` : x === 0 ? '0' : `a negative number, ${short(x)}`}`,
      advice: 'Keep its argument away from 0: x.maximum(1e-7).log(), or take a loss of logits (fromLogits: true).',
    };
  if (op === 'sqrt')
    return { words: `the square root of a negative number, ${short(x)}`, advice: 'Keep its argument positive: x.maximum(0).sqrt().' };
  if (op === 'exp' || op === 'expm1')
    return {
      words: `exp(${short(x)}), which is more than ${elementType} holds`,
      advice: 'Subtract the largest value first, as softmax and logSumExp do, or clip the argument.',
    };
  if ((op === 'div' || op === 'mod') && y === 0)
    return {
      words: x === 0 ? 'a division of 0 by 0' : `a division by 0, ${short(x)} / 0`,
      advice: 'Add a small number to the divisor (an epsilon). The derivatives of roots and norms divide by 0, too, at 0.',
    };
  if (op === 'pow') return { words: `${short(x)} to the power of ${short(y)}`, advice: 'Keep the base positive, and powers small.' };
  if (op === 'div')
    return { words: `a division by a number near 0, ${short(x)} / ${short(y)}`, advice: 'Add a small number to the divisor (an epsilon).' };
  const symbol = { mul: '*', add: '+', sub: '-' }[op as string];
  if (symbol !== undefined) return { words: `${short(x)} ${symbol} ${short(y)}, which is more than ${elementType} holds`, ...overflow };
  return { words: `a sum or product (${op}) beyond what ${elementType} holds`, ...overflow };
};

/** What is computed on the way to some tensors, from those that are known. */
const between = (roots: readonly Tensor[], known: readonly Tensor[]): { readonly node: Node; readonly inputs: readonly Node[] }[] => {
  const stops = new Set(known.map(nodeOf));
  return topological(roots.map(nodeOf), stops)
    .filter(({ symbolic, parts }) => !symbolic && parts.length === 0)
    .map(node => ({ node, inputs: stops.has(node) ? [] : [...node.inputs] })); // a computed node forgets its inputs
};

/**
 * Which operation made the first number that is not finite, on the way to some tensors, although its inputs are finite. Every value in
 * between is computed and looked at. Undefined where none did.
 */
export const originOf = async (roots: readonly Tensor[], known: readonly Tensor[]): Promise<Origin | undefined> => {
  const steps = between(roots, known);
  const tensors = new Map(steps.map(({ node }) => [node, wrap(node)]));
  await ready([...tensors.values()]);
  const values = new Map<Node, TypedArray>();
  for (const [node, one] of tensors) values.set(node, await one.data());
  const isSound = (node: Node): boolean => {
    const data = values.get(node);
    return data === undefined || !isFloat(node.dtype) || firstNonFinite(data) < 0;
  };
  for (const { node, inputs } of steps) {
    if (inputs.length === 0 || isSound(node) || !inputs.every(isSound)) continue;
    const at = firstNonFinite(values.get(node) as TypedArray);
    const size = (values.get(node) as TypedArray).length;
    const elements = inputs.map(input => {
      const data = values.get(input);
      return data?.length === size ? (data[at] as number) : data?.length === 1 ? (data[0] as number) : Number.NaN;
    });
    return explain(node.op, elements, node.dtype);
  }
  return undefined;
};
