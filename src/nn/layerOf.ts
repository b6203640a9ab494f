import type { Config, ConfigValue } from '../core/config.ts';
import { nearestName, ValueError } from '../core/errors.ts';
import { refuseOwnFunction } from './activations.ts';
import { definedLayers } from './define.ts';
import { holdsFunction, type NestedLayer } from './describe.ts';
import type { Layer } from './layer.ts';
import * as layers from './layers/index.ts';

const known = layers as unknown as Readonly<Record<string, (options: Config) => Layer>>;

const isNested = (value: ConfigValue): value is ConfigValue & NestedLayer =>
  typeof value === 'object' &&
  value !== null &&
  !Array.isArray(value) &&
  'layer' in value &&
  typeof value.layer === 'string' &&
  'config' in value;

/** Layers for their descriptions inside of a configuration. */
const withLayers = (value: ConfigValue): unknown => {
  if (isNested(value)) return layerOf(value.layer, value.config);
  if (Array.isArray(value)) return value.map(withLayers);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([name, part]) => [name, withLayers(part)]));
  return value;
};

/** A layer from the description that a file holds. @throws ValueError for a kind that is neither built in nor defined. */
export const layerOf = (kind: string, config: Config): Layer => {
  const make = definedLayers.get(kind) ?? (Object.hasOwn(known, kind) ? known[kind] : undefined);
  if (make === undefined) {
    const nearest = nearestName(kind, [...Object.keys(known), ...definedLayers.keys()]);
    throw new ValueError(
      `this model has a layer '${kind}', which is not known here. ${nearest === undefined ? '' : `The nearest is '${nearest}'. `}Run its defineLayer('${kind}', …) before loading.`,
    );
  }
  if (holdsFunction(config)) refuseOwnFunction(`a layer '${kind}'`);
  return make(withLayers(config) as never);
};
