import { unknownName, ValueError } from '../core/errors.ts';
import type { Tensor } from '../tensor/tensor.ts';

/** t, the number of the update from 1 on, as a float. */
export const updateNumber = (step: Tensor): Tensor => step.cast('float32').add(1);

/** 1 - βᵗ by expm1: for β near 1 the subtraction would cancel. 1 for β = 0. */
export const biasCorrection = (beta: number, t: Tensor): Tensor => (beta === 0 ? t.mul(0).add(1) : t.mul(Math.log(beta)).expm1().neg());

/** A running mean, a little towards x: mean + (1 - β)(x - mean). */
export const towards = (mean: Tensor, x: Tensor, beta: number): Tensor => mean.add(x.sub(mean).mul(1 - beta));

/** What an option stands for, in messages: `optimizers.adam`. */
type Numbers = Readonly<Record<string, number>>;

/** Decays of running means. */
export const checkBetas = (what: string, betas: Numbers): void => {
  for (const [name, beta] of Object.entries(betas))
    if (!(beta >= 0 && beta < 1)) throw new ValueError(`${what} needs ${name} from 0 up to but not 1, got ${beta}.`);
};

export const checkNotNegative = (what: string, values: Numbers): void => {
  for (const [name, value] of Object.entries(values))
    if (!(value >= 0)) throw new ValueError(`${what} needs ${/^[aeiou]/.test(name) ? 'an' : 'a'} ${name} >= 0, got ${value}.`);
};

const placements = ['keras', 'pytorch'] as const;

/** Whose form of an equation is used, where Keras and PyTorch differ. */
export type Placement = (typeof placements)[number];

export const checkPlacement = (name: string, placement: Placement): void => {
  if (!placements.includes(placement)) throw unknownName(name, String(placement), placements);
};
