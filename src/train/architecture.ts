import type { Config, ConfigValue } from '../core/config.ts';
import type { DType } from '../core/dtype.ts';
import { dtypes } from '../core/dtype.ts';
import { FormatError, ValueError } from '../core/errors.ts';
import type { Shape } from '../core/shape.ts';
import type { Layer } from '../nn/layer.ts';
import { layerOf } from '../nn/layerOf.ts';
import { input, isSymbolic, type LayerCall, type Symbolic, traceLayer } from '../nn/symbolic.ts';
import { nestedKind, nestedLayer } from './nested.ts';
import { type Network, networkOf } from './network.ts';

/** A value of the graph: output `output` of call `call`, or input `input`. */
type Place = { readonly input: number } | { readonly call: number; readonly output: number };

/** A graph of layers as plain data. */
export interface Architecture {
  readonly inputs: readonly { readonly shape: Shape; readonly dtype: DType; readonly name?: string }[];
  /** In the order in which they were created. */
  readonly layers: readonly { readonly kind: string; readonly config: Config }[];
  readonly calls: readonly {
    readonly layer: number;
    readonly inputs: readonly Place[];
    readonly own?: number;
    readonly isList: boolean;
    readonly options: Config;
  }[];
  readonly outputs: readonly Place[];
}

/** A graph of layers as plain data. */
export const describeNetwork = ({ inputs, outputs, calls, layers }: Network): Architecture => {
  const placeOf = (value: Symbolic): Place => {
    const place = inputs.indexOf(value);
    if (place >= 0) return { input: place };
    const call = calls.indexOf(value.origin as LayerCall);
    return { call, output: (calls[call] as (typeof calls)[number]).outputs.indexOf(value) };
  };
  return {
    inputs: inputs.map(({ shape, dtype, name }) => ({ shape, dtype, ...(name === undefined ? {} : { name }) })),
    layers: layers.map(({ layer: { kind, config } }) => ({ kind, config })),
    calls: calls.map(call => ({
      layer: layers.findIndex(({ layer }) => layer === call.layer),
      inputs: call.inputs.map(placeOf),
      ...(call.own === undefined || call.own === call.inputs.length ? {} : { own: call.own }),
      isList: call.isList,
      options: call.options as Config,
    })),
    outputs: outputs.map(placeOf),
  };
};

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A graph of layers from plain data, which may come from a hostile file. */
export const networkFrom = (described: ConfigValue, source: string): Network => {
  const refuse = (why: string): FormatError => new FormatError(`${source} does not describe a model: ${why}. Save it anew.`);
  if (!isRecord(described)) throw refuse('it has no architecture');
  const { inputs, layers, calls, outputs } = described as unknown as Architecture;
  for (const [name, list] of Object.entries({ inputs, layers, calls, outputs })) if (!Array.isArray(list)) throw refuse(`it lacks ${name}`);
  const begins = inputs.map(({ shape, dtype, name }) => {
    if (!Array.isArray(shape) || !Object.hasOwn(dtypes, dtype)) throw refuse('an input has no shape or no element type');
    return input(shape, { dtype, ...(typeof name === 'string' ? { name } : {}) });
  });
  const made: Layer[] = layers.map(({ kind, config }) => {
    if (typeof kind !== 'string' || !isRecord(config)) throw refuse('a layer has no kind or no configuration');
    if (kind === nestedKind && 'architecture' in config) {
      const { architecture, ...options } = config as { architecture: ConfigValue };
      return nestedLayer(networkFrom(architecture, source), { ...options, architecture });
    }
    return layerOf(kind, config);
  });
  const results: (readonly Symbolic[])[] = [];
  const valueAt = (place: Place): Symbolic => {
    const value = 'input' in place ? begins[place.input] : results[place.call]?.[place.output];
    if (!isSymbolic(value)) throw refuse(`a layer needs what is not there: ${JSON.stringify(place)}`);
    return value;
  };
  for (const { layer, inputs: places, own, isList, options } of calls) {
    const called = made[layer];
    if (called === undefined || !Array.isArray(places)) throw refuse('a call names no layer');
    const first = traceLayer(called, {
      ...{ inputs: places.map(valueAt), isList: isList === true, options: isRecord(options) ? options : {} },
      ...(typeof own === 'number' ? { own } : {}),
    });
    if (first.origin === undefined) throw new ValueError(`layer '${called.kind}' made nothing.`);
    results.push(first.origin.outputs);
  }
  return networkOf(begins, outputs.map(valueAt));
};
