import type { Callback } from '../callback.ts';
import type { Json } from '../json.ts';
import { fromJson, toJson } from '../runState.ts';

/** A callback that keeps what `fit` gives back as well. */
export interface HistoryCallback extends Callback {
  /** The epochs that were recorded, from 0. */
  readonly epoch: readonly number[];
  /** Figures by name, one number an epoch, over all trainings that it was given to. */
  readonly history: Readonly<Record<string, readonly number[]>>;
}

/**
 * Keeps the figures of each epoch. `fit` gives them back anyway: this is for code that comes from Keras, and for several trainings in a row,
 * over which `history` goes on.
 *
 * Source: Keras' History.
 * @example const record = callbacks.history(); await net.fit(x, y, { epochs: 3, callbacks: [record] }); record.history.loss;
 */
export const history = (): HistoryCallback => {
  const epochs: number[] = [];
  const figures: Record<string, number[]> = {};
  return {
    ...{ name: 'history', epoch: epochs, history: figures },
    onTrainBegin() {
      epochs.length = 0;
    },
    onEpochEnd(epoch, logs) {
      epochs.push(epoch);
      for (const [name, value] of Object.entries(logs)) {
        figures[name] ??= [];
        figures[name].push(value);
      }
    },
    state: (): Json => ({
      epochs: [...epochs],
      figures: Object.fromEntries(Object.entries(figures).map(([name, values]) => [name, values.map(toJson)])),
    }),
    restore(state) {
      const { epochs: known, figures: then } = state as { epochs: number[]; figures: Record<string, Json[]> };
      epochs.splice(0, epochs.length, ...known);
      for (const name of Object.keys(figures)) delete figures[name];
      for (const [name, values] of Object.entries(then)) figures[name] = values.map(fromJson);
    },
  };
};
