import { ShapeError } from '../../../core/errors.ts';
import { type Shape, sizeOf } from '../../../core/shape.ts';
import { onesLike } from '../../../tensor/create.ts';
import * as random from '../../../tensor/random.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import type { ActivationOption } from '../../activations.ts';
import type { ConstraintOption } from '../../constraints.ts';
import type { HostKey } from '../../hostRandom.ts';
import { type Initializer, type InitializerOption, initializerOf } from '../../initializers.ts';
import type { CallContext, Layer } from '../../layer.ts';
import type { RegularizerOption } from '../../regularizers.ts';
import { formatBatch } from '../../symbolic.ts';
import { type KernelOptions, kernelOptions, weightOptions } from '../common.ts';
import { dropped } from '../regularization.ts';

/** Options of cells and of the layers that repeat them. */
export interface CellOptions extends KernelOptions {
  /** Default 'tanh'. */
  readonly activation?: ActivationOption;
  /** Default 'orthogonal'. */
  readonly recurrentInitializer?: InitializerOption;
  readonly recurrentRegularizer?: RegularizerOption;
  readonly recurrentConstraint?: ConstraintOption;
  /** Share of the inputs' features that training drops, the same ones in all steps. Default 0. */
  readonly dropout?: number;
  /** Share of the state that training drops from the recurrent product, the same in all steps. Default 0. */
  readonly recurrentDropout?: number;
  readonly seed?: number;
}

/** Names of the options of cells. */
export const cellOptions: readonly string[] = [
  ...kernelOptions,
  ...weightOptions('recurrent'),
  ...['dropout', 'recurrentDropout', 'seed', 'implementation'],
];

/** Cells whose gates have an activation of their own. */
export interface GatedOptions extends CellOptions {
  /** Default 'sigmoid'. */
  readonly recurrentActivation?: ActivationOption;
}

/** The input's features in all steps, without those that training drops. (batch, steps, …): steps share the draw. */
export const dropInputs = (kind: string, x: Tensor, rate: number, context: CallContext): Tensor =>
  dropped(kind, x, rate, context, [x.shape[0] as number, 1, ...x.shape.slice(2)]);

/** What the recurrent product sees of a state; the draw is the same in each step, since the key is. */
export const dropState = (kind: string, state: Tensor, rate: number, context: CallContext): Tensor => {
  if (!context.training || rate === 0) return state;
  const key = context.key;
  const mask = dropped(kind, onesLike(state), rate, { ...context, key: key === undefined ? undefined : random.foldIn(key, 1) });
  return state.mul(mask);
};

/** A bias of gates i f c o: the second quarter begins with 1. Source: Jozefowicz, Zaremba, Sutskever 2015. */
export const forgetBias = (option: InitializerOption | undefined): Initializer => {
  const inner = initializerOf(option ?? 'zeros');
  const values = (shape: Shape, key: HostKey): Float32Array => {
    const all = inner.values(shape, key);
    const units = sizeOf(shape) / 4;
    return all.map((value, index) => (index >= units && index < 2 * units ? 1 : value));
  };
  return Object.assign((shape: Shape) => inner(shape), { kind: inner.kind, config: inner.config, values });
};

/** Shapes of a cell's states for inputs of one step's shape. */
export const stateShapesOf = ({ cell, kind }: Layer, input: Shape): readonly Shape[] => {
  if (cell === undefined)
    throw new ShapeError(`'${kind}' is no cell: a recurrent layer needs one that has stateShapes, as layers.lstmCell(8).`);
  const shapes = cell.stateShapes;
  return (typeof shapes === 'function' ? shapes(input) : shapes).map(shape => (typeof shape === 'number' ? [shape] : shape));
};

/** Inputs (batch, steps, features). */
export const checkSequence = (kind: string, shape: Shape | undefined, rank = 2): void => {
  if (shape?.length === rank) return;
  throw new ShapeError(
    `${kind} cannot take input of shape ${formatBatch(shape ?? [])}: it needs (batch, steps, ${rank === 2 ? 'features' : 'spatial…, channels'}). Add an axis first: layers.reshape([…]).`,
  );
};
