import { unknownName, ValueError } from '../core/errors.ts';
import { wholeNumber } from '../tensor/options.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { Callback, TrainingContext } from './callback.ts';
import type { Json } from './json.ts';
import type { Logs } from './logs.ts';

/** What a callback remembers, as a checkpoint keeps it. */
export interface CallbackState {
  readonly name: string;
  readonly state: Json;
  readonly tensors: readonly Tensor[];
}

/** What `fit` calls. */
const calls = [
  ...['onTrainBegin', 'onTrainEnd', 'onEpochBegin', 'onEpochEnd', 'onBatchBegin', 'onBatchEnd', 'onTestBegin', 'onTestEnd'],
  'onNonFinite',
];

/** @throws ValueError for what is no callback, and for a function whose name `fit` never calls. */
const check = (callbacks: readonly Callback[]): readonly Callback[] => {
  for (const callback of callbacks) {
    if (typeof callback !== 'object' || callback === null)
      throw new ValueError(`fit takes callbacks that are objects with functions such as onEpochEnd, got a ${typeof callback}.`);
    for (const name of Object.keys(callback)) {
      if (!/^on[A-Z]/.test(name) || calls.includes(name)) continue;
      const plain = name.replace('TrainBatch', 'Batch'); // as Keras has it
      if (calls.includes(plain)) throw new ValueError(`unknown function of a callback '${name}'. Did you mean '${plain}'?`);
      throw unknownName('function of a callback', name, calls);
    }
    if (callback.everySteps !== undefined) wholeNumber('a callback', 'everySteps', callback.everySteps, 1);
  }
  return callbacks;
};

/** The callbacks of a training, in the order in which they are called. */
export class CallbackList {
  readonly all: readonly Callback[];
  readonly #names: ReadonlyMap<Callback, string>;
  readonly #everySteps: readonly number[];

  /** @throws ValueError for what is no callback. */
  constructor(given: readonly Callback[]) {
    const callbacks = check(given);
    this.all = [...callbacks.filter(({ isLast }) => isLast !== true), ...callbacks.filter(({ isLast }) => isLast === true)];
    const counts = new Map<string, number>();
    this.#names = new Map(
      callbacks.map(callback => {
        const name = callback.name ?? 'callback';
        const count = counts.get(name) ?? 0;
        counts.set(name, count + 1);
        return [callback, count === 0 ? name : `${name}${count}`];
      }),
    );
    this.#everySteps = callbacks.flatMap(({ everyStep, everySteps }) =>
      everyStep === true ? [1] : everySteps === undefined ? [] : [everySteps],
    );
  }

  /** Whether nobody hears of slices, so that nothing has to be read between them. */
  get isEmpty(): boolean {
    return this.all.length === 0;
  }

  /** Steps until a callback wants to be called, after so many steps of the training. */
  stepsUntil(step: number): number {
    return this.#everySteps.reduce((least, every) => Math.min(least, every - (step % every)), Infinity);
  }

  /** Whether one of them takes a loss that is no number upon itself. */
  async takesNonFinite(steps: number, logs: Logs, context: TrainingContext): Promise<boolean> {
    let isTaken = false;
    for (const callback of this.all) if ((await callback.onNonFinite?.(steps, logs, context)) === true) isTaken = true;
    return isTaken;
  }

  states(): CallbackState[] {
    return this.all.flatMap(callback =>
      callback.state === undefined && callback.tensors === undefined
        ? []
        : [{ name: this.#names.get(callback) as string, state: callback.state?.() ?? null, tensors: callback.tensors?.() ?? [] }],
    );
  }

  /** Gives each what it remembered; one that was not there then begins anew. */
  async restore(states: readonly CallbackState[]): Promise<void> {
    for (const callback of this.all) {
      const found = states.find(({ name }) => name === this.#names.get(callback));
      if (found !== undefined) await callback.restore?.(found.state, found.tensors);
    }
  }
}
