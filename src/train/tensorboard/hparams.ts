import { pluginEvent } from './events.ts';
import { bytes, double, entry, integer, message, text } from './protobuf.ts';

/** A hyperparameter's value. */
export type HyperparameterValue = number | string | boolean;

const plugin = 'hparams';

/** google.protobuf.Value. */
const valueProto = (value: HyperparameterValue): Uint8Array => {
  if (typeof value === 'number') return double(2, value);
  return typeof value === 'string' ? text(3, value) : integer(4, value ? 1 : 0);
};

/** What TensorBoard calls the types. */
const types = { string: 1, boolean: 2, number: 3 } as const;

/** The records that begin a session: which hyperparameters there are, which figures are looked at, and the values of this training. */
export const hparamsEvents = (values: Readonly<Record<string, HyperparameterValue>>, figures: readonly string[]): Uint8Array[] => {
  const now = Date.now() / 1000;
  const infos = Object.entries(values).map(([name, value]) =>
    bytes(4, message(text(1, name), integer(4, types[typeof value as keyof typeof types]))),
  );
  const metrics = figures.map(figure => {
    const isOfValidation = /^val[A-Z]/.test(figure);
    const plain = isOfValidation ? figure.charAt(3).toLowerCase() + figure.slice(4) : figure;
    return bytes(5, bytes(1, message(text(1, isOfValidation ? 'validation' : 'train'), text(2, `epoch_${plain}`))));
  });
  const start = message(
    ...Object.entries(values).map(([name, value]) => entry(1, name, valueProto(value))),
    text(4, JSON.stringify(values)), // trainings with the same values are one group
    double(5, now),
  );
  return [
    pluginEvent('_hparams_/experiment', plugin, bytes(2, message(double(3, now), ...infos, ...metrics))),
    pluginEvent('_hparams_/session_start_info', plugin, bytes(3, start)),
  ];
};

/** The record that ends a session. */
export const hparamsEnd = (): Uint8Array =>
  pluginEvent('_hparams_/session_end_info', plugin, bytes(4, message(integer(1, 1), double(2, Date.now() / 1000))));
