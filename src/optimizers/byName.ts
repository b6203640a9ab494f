import type { Config } from '../core/config.ts';
import { unknownName } from '../core/errors.ts';
import { adam, adamW } from './adam.ts';
import type { Optimizer } from './optimizer.ts';
import { sgd } from './sgd.ts';

/** Optimizers by name. */
export const optimizersByName: Readonly<Record<string, (options?: never) => Optimizer>> = { sgd, adam, adamW };

export type OptimizerOption = string | Optimizer | { readonly kind: string; readonly config: Config };

/** @throws ValueError for an unknown name, with the nearest known one. */
export const optimizerOf = (option: OptimizerOption): Optimizer => {
  if (typeof option === 'object' && option !== null && 'update' in option) return option;
  const kind = typeof option === 'string' ? option : option?.kind;
  const make = Object.hasOwn(optimizersByName, kind) ? optimizersByName[kind] : undefined;
  if (make === undefined) throw unknownName('optimizer', String(kind), Object.keys(optimizersByName));
  return make((typeof option === 'string' ? undefined : option.config) as never);
};
