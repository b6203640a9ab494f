import { isHeld, realize } from './realize.ts';
import { Tensor } from './tensor.ts';
import { tensorsAmong } from './trees.ts';

/** Computes what arguments wait for, all together, so that every step of an eager loop meets the same programs. */
export const settleArguments = (args: readonly unknown[]): void => {
  if (isHeld()) return;
  const waiting = tensorsAmong(args)
    .map(({ leaf }) => Tensor.peek(leaf))
    .filter(node => node.value === undefined && !node.symbolic);
  if (waiting.length > 0) realize(waiting);
};
