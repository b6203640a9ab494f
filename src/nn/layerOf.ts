import type { Config } from '../core/config.ts';
import { nearestName, ValueError } from '../core/errors.ts';
import { ownFunction, refuseOwnFunction } from './activations.ts';
import { definedLayers } from './define.ts';
import type { Layer } from './layer.ts';
import * as layers from './layers/index.ts';

const known = layers as unknown as Readonly<Record<string, (options: Config) => Layer>>;

/** A layer from the description that a file holds. @throws ValueError for a kind that is neither built in nor defined. */
export const layerOf = (kind: string, config: Config): Layer => {
  const make = definedLayers.get(kind) ?? (Object.hasOwn(known, kind) ? known[kind] : undefined);
  if (make === undefined) {
    const nearest = nearestName(kind, [...Object.keys(known), ...definedLayers.keys()]);
    throw new ValueError(
      `this model has a layer '${kind}', which is not known here. ${nearest === undefined ? '' : `The nearest is '${nearest}'. `}Run its defineLayer('${kind}', …) before loading.`,
    );
  }
  if (config.activation === ownFunction) refuseOwnFunction(`a layer '${kind}'`);
  return make(config as never);
};
