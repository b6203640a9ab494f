import type { Callback } from '../callback.ts';

/**
 * Nothing to do: `fit` shows its progress itself, as `verbose` says. It is here for code that comes from Keras.
 *
 * Source: Keras' ProgbarLogger, which `fit` adds there by itself.
 */
export const progbarLogger = (): Callback => ({});
