import type { Config } from '../../core/config.ts';
import { unknownName } from '../../core/errors.ts';
import { chain, linear, of, sequential, warmup } from './combine.ts';
import { cosineDecay, cosineDecayRestarts } from './cosine.ts';
import { cyclic, oneCycle } from './cycles.ts';
import { constant, exponentialDecay, inverseTimeDecay, polynomialDecay } from './decays.ts';
import type { Schedule } from './schedule.ts';
import { multiStep, piecewiseConstantDecay, step } from './steps.ts';

interface Description {
  readonly kind: string;
  readonly config: Config;
}

type Inner = { readonly schedule: Description; readonly schedules: readonly Description[] };

/** The options with the schedules in them made from their descriptions. */
const withInner = (options: Inner): never =>
  ({
    ...options,
    ...(options.schedule === undefined ? {} : { schedule: scheduleOf(options.schedule) }),
    ...(options.schedules === undefined ? {} : { schedules: options.schedules.map(scheduleOf) }),
  }) as never;

/** Schedules by name. */
export const schedulesByName: Readonly<Record<string, (options: never) => Schedule>> = {
  ...{ constant, exponentialDecay, inverseTimeDecay, polynomialDecay, piecewiseConstantDecay, cosineDecay, cosineDecayRestarts },
  ...{ step, multiStep, linear, cyclic, oneCycle, of },
  warmup: options => warmup(withInner(options)),
  sequential: options => sequential(withInner(options)),
  chain: options => chain(withInner(options)),
};

/** A schedule from the description that a file holds. */
export const scheduleOf = ({ kind, config }: Description): Schedule => {
  const make = Object.hasOwn(schedulesByName, kind) ? schedulesByName[kind] : undefined;
  if (make === undefined) throw unknownName('schedule', String(kind), Object.keys(schedulesByName));
  return make(config as never);
};
