import type { Config, ConfigValue } from '../core/config.ts';
import { ValueError } from '../core/errors.ts';
import { activationName, ownFunction } from './activations.ts';

interface Described {
  readonly kind: string;
  readonly config: Config;
}

const isDescribed = (value: unknown): value is Described =>
  (typeof value === 'function' || typeof value === 'object') && value !== null && 'kind' in value && 'config' in value;

/** A layer inside of an option, as plain data. */
export interface NestedLayer {
  readonly layer: string;
  readonly config: Config;
}

/** An option of a layer as plain data: names of activations, kinds of initializers, descriptions of layers; undefined stays away. */
const describe = (value: unknown): ConfigValue => {
  if (isDescribed(value)) {
    if ('call' in value) return { layer: value.kind, config: value.config };
    return Object.keys(value.config).length === 0 ? value.kind : { kind: value.kind, config: value.config };
  }
  if (typeof value === 'function') return activationName(value as never) ?? ownFunction;
  if (Array.isArray(value)) return value.map(describe);
  if (ArrayBuffer.isView(value)) return Array.from(value as unknown as ArrayLike<number>);
  if (typeof value === 'object' && value !== null) return describeOptions(value as Readonly<Record<string, unknown>>);
  if (typeof value === 'bigint' || typeof value === 'symbol') throw new ValueError(`an option cannot be a ${typeof value}.`);
  return value as ConfigValue;
};

/** What a layer's maker was given, as plain data that makes it again. */
export const describeOptions = (options: object): Config =>
  Object.fromEntries(
    Object.entries(options)
      .filter(([, value]) => value !== undefined)
      .map(([name, value]) => [name, describe(value)]),
  );

/** Whether a configuration stands for what no file can hold. */
export const holdsFunction = (value: ConfigValue): boolean =>
  value === ownFunction || (typeof value === 'object' && value !== null && Object.values(value).some(holdsFunction));
