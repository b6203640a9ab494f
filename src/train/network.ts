import { ValueError } from '../core/errors.ts';
import * as g from '../graph/build.ts';
import { type CallContext, type Layer, type Mask, runLayer, type Weight } from '../nn/layer.ts';
import { isSymbolic, type LayerCall, type Symbolic } from '../nn/symbolic.ts';
import { nodeOf, type Tensor, wrap } from '../tensor/tensor.ts';

/** The weights of a model: by the names of its layers, then by their own. */
export type Weights = { readonly [layer: string]: { readonly [weight: string]: Tensor } };

/** A layer in a model. Called several times it stands here once. */
export interface NetworkLayer {
  readonly layer: Layer;
  readonly name: string;
  readonly weights: readonly Weight[];
  readonly calls: readonly LayerCall[];
}

/** A graph of layers. */
export interface Network {
  readonly inputs: readonly Symbolic[];
  readonly outputs: readonly Symbolic[];
  /** In an order of evaluation. */
  readonly calls: readonly LayerCall[];
  /** In the order in which they were created. */
  readonly layers: readonly NetworkLayer[];
}

/** Every call that the outputs need, each after those it needs itself. Iterative: models may be deep. */
const callsFor = (inputs: readonly Symbolic[], outputs: readonly Symbolic[]): LayerCall[] => {
  const order: LayerCall[] = [];
  const seen = new Set<LayerCall>();
  const known = new Set(inputs);
  const originOf = (value: Symbolic): LayerCall | undefined => {
    if (known.has(value)) return undefined;
    if (value.origin !== undefined) return value.origin;
    throw new ValueError(
      `the model's outputs need an input ${value.toString()}${value.name === undefined ? '' : ` '${value.name}'`} that is not among its inputs. Name it: model({ inputs: [a, b], outputs }).`,
    );
  };
  const stack: { readonly call: LayerCall; at: number }[] = [];
  const enter = (value: Symbolic): void => {
    const call = originOf(value);
    if (call === undefined || seen.has(call)) return;
    seen.add(call);
    stack.push({ call, at: 0 });
  };
  for (const output of outputs) {
    enter(output);
    while (stack.length > 0) {
      const frame = stack[stack.length - 1] as (typeof stack)[number];
      const next = frame.call.inputs[frame.at++];
      if (next !== undefined) enter(next);
      else {
        order.push(frame.call);
        stack.pop();
      }
    }
  }
  return order;
};

const describeWeights = (weights: readonly Weight[]): string => weights.map(({ name, shape }) => `${name} (${shape})`).join(', ');

/** The layers of calls, each once, named after their kinds. */
const layersOf = (calls: readonly LayerCall[]): NetworkLayer[] => {
  const grouped = new Map<Layer, LayerCall[]>();
  for (const call of calls) grouped.set(call.layer, [...(grouped.get(call.layer) ?? []), call]);
  const names = new Set<string>();
  for (const { config, kind } of grouped.keys())
    if (typeof config.name === 'string') {
      if (names.has(config.name))
        throw new ValueError(`two layers of the model are called '${config.name}': give the ${kind} another name.`);
      names.add(config.name);
    }
  const nameFor = ({ kind, config }: Layer): string => {
    if (typeof config.name === 'string') return config.name;
    let name = kind;
    for (let number = 1; names.has(name); number++) name = `${kind}${number}`;
    names.add(name);
    return name;
  };
  return [...grouped]
    .sort(([a], [b]) => a.order - b.order)
    .map(([layer, own]) => {
      const [first, ...others] = own as [LayerCall, ...LayerCall[]];
      for (const other of others)
        if (describeWeights(other.weights) !== describeWeights(first.weights))
          throw new ValueError(
            `layer '${layer.kind}' cannot share its weights between these calls: they need ${describeWeights(first.weights)} and ${describeWeights(other.weights)}. Give it inputs of one shape, or make two layers.`,
          );
      return { layer, name: nameFor(layer), weights: first.weights, calls: own };
    });
};

const listOf = (what: string, given: Symbolic | readonly Symbolic[]): readonly Symbolic[] => {
  const list = isSymbolic(given) ? [given] : given;
  if (!Array.isArray(list) || list.length === 0 || !list.every(isSymbolic))
    throw new ValueError(`a model needs ${what} that are symbolic: input(shape), or what a layer gives when it is called with one.`);
  return list;
};

/** The graph between inputs and outputs. */
export const networkOf = (inputs: Symbolic | readonly Symbolic[], outputs: Symbolic | readonly Symbolic[]): Network => {
  const [from, to] = [listOf('inputs', inputs), listOf('outputs', outputs)];
  const made = from.find(one => one.origin !== undefined);
  if (made !== undefined)
    throw new ValueError(`a model's inputs come from input(shape); this one comes from layer '${made.origin?.layer.kind}'.`);
  const calls = callsFor(from, to);
  return { inputs: from, outputs: to, calls, layers: layersOf(calls) };
};

/** `call`: the place of the call in the order of evaluation. */
export type Observer = (call: number, side: 'inputs' | 'outputs', values: readonly Tensor[]) => readonly Tensor[];

export interface RunOptions {
  readonly training: boolean;
  /** int32 (2). Needed where a layer draws random numbers. */
  readonly key?: Tensor | undefined;
  /** Layers that behave as at inference also in training. */
  readonly frozen?: ReadonlySet<string>;
  /** Sees what each call is given and what it makes, and says what to go on with: for traces, and to find where a NaN arises. */
  readonly observe?: Observer | undefined;
  /** One step of a sequence that is written step by step: its place, and for each call what it kept of the steps before. */
  readonly decode?: { readonly position: Tensor; readonly caches: readonly (readonly Tensor[])[] };
}

/** The context of a call; its key is made when the layer asks for it, so that programs without random numbers have none. */
const contextFor = (
  network: Network,
  call: LayerCall,
  index: number,
  { training, key, decode }: RunOptions,
  masks: readonly Mask[],
  isFrozen: boolean,
): CallContext => ({
  ...{ training, options: call.options, masks, isFrozen },
  ...(decode === undefined ? {} : { decode: { position: decode.position, cache: decode.caches[index] ?? [] } }),
  get key(): Tensor | undefined {
    if (key === undefined) return undefined;
    const words = g.randomBits(nodeOf(key), [2 * network.calls.length], 32);
    return wrap(g.slice(words, [2 * index], [2]));
  },
});

export interface NetworkRun {
  readonly outputs: readonly Tensor[];
  /** For each output, which of its steps count. */
  readonly masks: readonly Mask[];
  /** The weights with those that layers changed. */
  readonly weights: Weights;
  /** What layers add to the loss. */
  readonly losses: readonly Tensor[];
  /** While decoding: for each call what it keeps for the next step. */
  readonly caches: readonly (readonly Tensor[])[];
}

/** The outputs of a graph for given weights and inputs, and the weights with those that layers changed. Pure. */
export const runNetwork = (network: Network, weights: Weights, inputs: readonly Tensor[], options: RunOptions): NetworkRun => {
  const values = new Map<Symbolic, Tensor>(network.inputs.map((symbolic, index) => [symbolic, inputs[index] as Tensor]));
  const masks = new Map<Symbolic, Mask>();
  const losses: Tensor[] = [];
  const caches: (readonly Tensor[])[] = [];
  const current: Record<string, { readonly [weight: string]: Tensor }> = { ...weights };
  const names = new Map(network.layers.map(({ layer, name }) => [layer, name]));
  network.calls.forEach((call, index) => {
    const name = names.get(call.layer) as string;
    const own = current[name] ?? {};
    const found = call.inputs.map(input => values.get(input) as Tensor);
    const given = options.observe?.(index, 'inputs', found) ?? found;
    const context = contextFor(
      network,
      call,
      index,
      options,
      call.inputs.map(input => masks.get(input)),
      options.frozen?.has(name) ?? false,
    );
    const result = runLayer(call.layer, own, given, call, context);
    const made = options.observe?.(index, 'outputs', result.outputs) ?? result.outputs;
    call.outputs.forEach((symbolic, place) => {
      values.set(symbolic, made[place] as Tensor);
      masks.set(symbolic, result.masks[place]);
    });
    losses.push(...result.losses);
    caches.push(result.cache);
    if (Object.keys(result.weights).length > 0) current[name] = { ...own, ...result.weights };
  });
  return {
    ...{ outputs: network.outputs.map(output => values.get(output) as Tensor), weights: current, losses, caches },
    masks: network.outputs.map(output => masks.get(output)),
  };
};

/** What the weights cost, and what layers added to the loss: one number, or undefined where nothing costs. */
export const penalties = ({ layers }: Network, weights: Weights, losses: readonly Tensor[]): Tensor | undefined => {
  const costs = layers.flatMap(({ name, weights: specs }) =>
    specs.flatMap(({ name: weight, regularizer, trainable }) =>
      regularizer === undefined || !trainable ? [] : [regularizer(weights[name]?.[weight] as Tensor)],
    ),
  );
  const all = [...costs, ...losses].map(cost => (cost.rank === 0 ? cost : cost.sum()).cast('float32'));
  return all.length === 0 ? undefined : all.reduce((sum, cost) => sum.add(cost));
};
