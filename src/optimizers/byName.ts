import type { Config } from '../core/config.ts';
import { unknownName, ValueError } from '../core/errors.ts';
import { adadelta } from './adadelta.ts';
import { adafactor } from './adafactor.ts';
import { adagrad } from './adagrad.ts';
import { adam, adamW } from './adam.ts';
import { adamax } from './adamax.ts';
import { adopt } from './adopt.ts';
import { asgd } from './asgd.ts';
import { ftrl } from './ftrl.ts';
import { lamb } from './lamb.ts';
import { lbfgs } from './lbfgs.ts';
import { lion } from './lion.ts';
import { lookahead } from './lookahead.ts';
import { lossScale } from './lossScale.ts';
import { multiOptimizer, type WeightGroup } from './multiOptimizer.ts';
import { muon } from './muon.ts';
import { nadam } from './nadam.ts';
import type { Optimizer } from './optimizer.ts';
import { radam } from './radam.ts';
import { rmsprop } from './rmsprop.ts';
import { rprop } from './rprop.ts';
import { scheduleFreeAdamW } from './scheduleFreeAdamW.ts';
import { sgd } from './sgd.ts';
import { swa } from './swa.ts';

interface Description {
  readonly kind: string;
  readonly config: Config;
}

/** A wrapper from its description, which holds those of the optimizers in it. */
type Wrapped = { readonly optimizer: Description };
type Groups = readonly (Omit<WeightGroup, 'optimizer'> & { readonly optimizer?: Description })[];

const unwrapped =
  (wrap: (optimizer: Optimizer, options: never) => Optimizer) =>
  ({ optimizer, ...options }: Wrapped): Optimizer =>
    wrap(optimizerOf(optimizer), options as never);

const groupsFrom = (groups: Groups): WeightGroup[] =>
  groups.map(({ optimizer, ...group }) => (optimizer === undefined ? group : { ...group, optimizer: optimizerOf(optimizer) }));

/** Optimizers by name. */
export const optimizersByName: Readonly<Record<string, (options?: never) => Optimizer>> = {
  ...{ sgd, rmsprop, adagrad, adadelta, adam, adamW, adamax, nadam, ftrl, lion, lamb, adafactor, muon, scheduleFreeAdamW },
  ...{ radam, rprop, asgd, adopt, lbfgs },
};

/** Optimizers around others, from descriptions; a name alone does not say what they hold. */
const wrappersByName: Readonly<Record<string, (config: never) => Optimizer>> = {
  lossScale: unwrapped(lossScale),
  lookahead: unwrapped(lookahead),
  swa: unwrapped(swa),
  multiOptimizer: ({ optimizer, groups }: Wrapped & { readonly groups: Groups }) =>
    multiOptimizer(optimizerOf(optimizer), groupsFrom(groups)),
};

export type OptimizerOption = string | Optimizer | Description;

/** @throws ValueError for an unknown name, with the nearest known one. */
export const optimizerOf = (option: OptimizerOption): Optimizer => {
  if (typeof option === 'object' && option !== null && 'update' in option) return option;
  const kind = typeof option === 'string' ? option : option?.kind;
  if (typeof option === 'string' && Object.hasOwn(wrappersByName, option))
    throw new ValueError(`optimizer '${option}' needs to know what it wraps: optimizers.${option}(optimizers.adam(), …).`);
  const known = typeof option === 'string' ? optimizersByName : { ...optimizersByName, ...wrappersByName };
  const make = Object.hasOwn(known, kind) ? known[kind] : undefined;
  if (make === undefined) throw unknownName('optimizer', String(kind), Object.keys(known));
  return make((typeof option === 'string' ? undefined : option.config) as never);
};
