import { isHeld, realize } from './realize.ts';
import { Tensor } from './tensor.ts';
import { tensorsAmong } from './trees.ts';

/** Computes what tensors wait for, all together, so that every step of an eager loop meets the same programs. */
export const settleTensors = (tensors: readonly Tensor[]): void => {
  const isWaiting = (tensor: Tensor): boolean => {
    const node = Tensor.peek(tensor);
    return node.value === undefined && !node.symbolic;
  };
  if (tensors.some(isWaiting)) realize(tensors.filter(isWaiting).map(Tensor.peek));
};

/** The same for the tensors of arguments. */
export const settleArguments = (args: readonly unknown[]): void => {
  if (!isHeld()) settleTensors(tensorsAmong(args).map(({ leaf }) => leaf));
};
