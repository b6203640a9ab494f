import type { ConfigValue } from '../core/config.ts';
import { ValueError } from '../core/errors.ts';
import { where } from '../tensor/create.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { mapTensors, tensorsIn } from '../tensor/trees.ts';
import { type Optimizer, type OptimizerState, type Slots, stateOf } from './optimizer.ts';

/** The optimizer in a wrapper, checked. */
export const innerOptimizer = (what: string, optimizer: Optimizer): Optimizer => {
  if (typeof optimizer === 'object' && optimizer !== null && 'update' in optimizer) return optimizer;
  throw new ValueError(`${what} wraps an optimizer, such as optimizers.adam(), got ${JSON.stringify(optimizer)}.`);
};

export const described = ({ kind, config }: Optimizer): ConfigValue => ({ kind, config });

/** A wrapper's state: the rate of the optimizer in it stands outside, where it can be set. */
export const wrapState = (step: Tensor, slots: Slots, { learningRate, ...inner }: OptimizerState): OptimizerState =>
  stateOf(step, learningRate, slots, [inner]);

/** The state of the optimizer in a wrapper, with its rate. */
export const unwrapState = ({ learningRate, inner }: OptimizerState): OptimizerState => {
  const { step, slots, inner: deeper } = (inner as readonly OptimizerState[])[0] as OptimizerState;
  return stateOf(step, learningRate, slots, deeper);
};

/** Two trees of one structure: the first where a condition holds, else the second. */
export const whereTree = <Tree>(condition: Tensor, then: Tree, otherwise: Tree): Tree => {
  const others = tensorsIn(otherwise);
  return mapTensors(then, (x, index) => where(condition, x, others[index]?.leaf as Tensor)) as Tree;
};

/** What a wrapper passes on of the optimizer in it. */
export const passedOn = (
  optimizer: Optimizer,
): Pick<Optimizer, 'learningRate' | 'currentLearningRate' | 'scaleLoss' | 'evaluationWeights'> => ({
  learningRate: optimizer.learningRate,
  currentLearningRate: state => optimizer.currentLearningRate(unwrapState(state)),
  ...(optimizer.scaleLoss === undefined
    ? {}
    : { scaleLoss: (loss: Tensor, state: OptimizerState) => optimizer.scaleLoss?.(loss, unwrapState(state)) as Tensor }),
  ...(optimizer.evaluationWeights === undefined
    ? {}
    : {
        evaluationWeights: <Weights>(weights: Weights, state: OptimizerState): Weights =>
          optimizer.evaluationWeights?.(weights, unwrapState(state)) as Weights,
      }),
});
