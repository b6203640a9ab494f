import { ShapeError, ValueError } from '../../../core/errors.ts';
import { type Shape, sizeOf } from '../../../core/shape.ts';
import { arange, where } from '../../../tensor/create.ts';
import { wholeNumber } from '../../../tensor/options.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import { type CallContext, createLayer, type Layer, type LayerParts, layerOptions, type WeightSpec } from '../../layer.ts';
import { checkNames, type KernelOptions, kernelOptions, positiveInteger, weightSpec } from '../common.ts';
import { allOf, asMask, attend, checkCall, windowMask } from './attend.ts';
import { placesOf, rotate } from './positions.ts';

/** Options of layers of several heads. */
export interface HeadsOptions extends Omit<KernelOptions, 'activation'> {
  /** Share of the weights that training drops. Default 0. */
  readonly dropout?: number;
  /** The output of each head is multiplied by σ of a projection of the query. Default false. */
  readonly useGate?: boolean;
  /** Queries see keys less than so many steps away. Default: all. */
  readonly slidingWindow?: number;
  /** Queries and keys are turned by their places: rotary positions. true stands for a longest wave of 10000. Default false. */
  readonly rotary?: boolean | number;
  /** Known for Keras' sake: long sequences never have the whole matrix of weights in memory, unless masks or dropout need it. */
  readonly flashAttention?: boolean;
  readonly seed?: number;
}

const headsNames = [...kernelOptions, 'dropout', 'useGate', 'slidingWindow', 'rotary', 'flashAttention', 'seed'];

/** How many heads, how wide. */
interface Geometry {
  readonly heads: number;
  readonly keyHeads: number;
  readonly depth: number;
  readonly valueDepth: number;
  readonly outputShape: readonly number[] | undefined;
  readonly attentionAxes: readonly number[] | undefined;
}

const callOptions = ['mask', 'attentionMask', 'queryMask', 'valueMask', 'keyMask', 'useCausalMask', 'returnAttentionScores', 'training'];

/** x (batch, …, in) with kernel (in, heads, depth) -> (batch, …, heads, depth). */
const project = (x: Tensor, kernel: Tensor, bias: Tensor | undefined): Tensor => {
  const [features, ...rest] = kernel.shape as [number, ...number[]];
  const flat = x.cast(kernel.dtype).matmul(kernel.reshape([features, sizeOf(rest)]));
  const product = flat.reshape([...x.shape.slice(0, -1), ...rest]);
  return bias === undefined ? product : product.add(bias);
};

/** Axes of x (batch, …, heads, depth) such that those that attention walks are next to the last: (batch…, heads, steps…, depth). */
const orderFor = (rank: number, axes: readonly number[]): readonly number[] => {
  const free = Array.from({ length: rank - 3 }, (_, index) => index + 1).filter(axis => !axes.includes(axis));
  return [0, ...free, rank - 2, ...axes, rank - 1];
};

const headsParts = (kind: string, options: HeadsOptions, geometry: Geometry): LayerParts => {
  const { heads, keyHeads, depth, valueDepth } = geometry;
  const { useBias = true, useGate = false, slidingWindow, rotary = false, dropout = 0 } = options;
  const wave = rotary === true ? 10_000 : rotary === false ? undefined : rotary;
  if (slidingWindow !== undefined) positiveInteger(kind, 'slidingWindow', slidingWindow);
  if (!(dropout >= 0 && dropout < 1)) throw new ValueError(`layers.${kind} needs a dropout from 0 up to but not 1, got ${dropout}.`);
  checkNames(options);
  const axesFor = (rank: number): readonly number[] =>
    geometry.attentionAxes?.map(axis => (axis < 0 ? axis + rank : axis)) ?? Array.from({ length: rank - 2 }, (_, index) => index + 1);
  const projection = (name: string, features: number, count: number, width: number): Record<string, WeightSpec> => ({
    [`${name}.kernel`]: weightSpec('kernel', [features, count, width], options, 'glorotUniform'),
    ...(useBias ? { [`${name}.bias`]: weightSpec('bias', [count, width], options, 'zeros') } : {}),
  });
  const byWeights = (weights: Readonly<Record<string, Tensor>>, name: string, x: Tensor): Tensor =>
    project(x, weights[`${name}.kernel`] as Tensor, weights[`${name}.bias`]);
  const isSelf = (a: Shape, b: Shape): boolean => a.length === b.length;
  /** (batch, steps, heads, depth) of keys or values, with as many heads as the queries. */
  const repeated = (x: Tensor): Tensor => (heads === keyHeads ? x : x.repeat(heads / keyHeads, 2));
  const finish = (weights: Readonly<Record<string, Tensor>>, attended: Tensor, query: Tensor): Tensor => {
    const gated = useGate ? attended.mul(byWeights(weights, 'gate', query).sigmoid()) : attended;
    const kernel = weights['attentionOutput.kernel'] as Tensor;
    const wide = kernel.shape.slice(2);
    const flat = gated
      .reshape([...gated.shape.slice(0, -2), heads * valueDepth])
      .matmul(kernel.reshape([heads * valueDepth, sizeOf(wide)]));
    const output = flat.reshape([...gated.shape.slice(0, -2), ...wide]);
    const bias = weights['attentionOutput.bias'];
    return bias === undefined ? output : output.add(bias);
  };
  /** One step: keys and values of the steps before are in the cache (batch, length, heads, depth). */
  const decodeStep = (weights: Readonly<Record<string, Tensor>>, query: Tensor, context: CallContext): ReturnType<LayerParts['call']> => {
    const { position, cache } = context.decode as NonNullable<CallContext['decode']>;
    const places = placesOf(1, context);
    const turn = (x: Tensor): Tensor => (wave === undefined ? x : rotate(x, places, 1, wave));
    const [q, k, v] = [
      turn(byWeights(weights, 'query', query)),
      turn(byWeights(weights, 'key', query)),
      byWeights(weights, 'value', query),
    ];
    const length = (cache[0] as Tensor).shape[1] as number;
    const steps = arange(length);
    const put = (old: Tensor, now: Tensor): Tensor => where(steps.equal(position).reshape([1, length, 1, 1]), now, old);
    const [keys, values] = [put(cache[0] as Tensor, k), put(cache[1] as Tensor, v)];
    const seen = steps.lessEqual(position);
    const near = slidingWindow === undefined ? seen : seen.and(steps.greater(position.sub(slidingWindow)));
    const toHeads = (x: Tensor): Tensor => repeated(x).swapAxes(1, 2);
    const { output } = attend(q.swapAxes(1, 2), toHeads(keys), toHeads(values), {
      ...{ kind, mask: near.reshape([1, 1, 1, length]), scale: 1 / Math.sqrt(depth), dropout, returnScores: false, context },
    });
    return { output: finish(weights, output.swapAxes(1, 2), query), cache: [keys, values] };
  };
  return {
    passesMask: true,
    build(query, value = query, key = value) {
      for (const shape of [query, value, key])
        if ((shape?.length ?? 0) < 2)
          throw new ShapeError(`${kind} needs a query and a value (batch, steps, features): layers.${kind}(…)(query, value).`);
      const [q, v, k] = [query as Shape, value as Shape, key as Shape];
      const wide = geometry.outputShape ?? [q.at(-1) as number];
      return {
        ...projection('query', q.at(-1) as number, heads, depth),
        ...projection('key', k.at(-1) as number, keyHeads, depth),
        ...(useGate ? projection('gate', q.at(-1) as number, heads, valueDepth) : {}),
        ...projection('value', v.at(-1) as number, keyHeads, valueDepth),
        'attentionOutput.kernel': weightSpec('kernel', [heads, valueDepth, ...wide], options, 'glorotUniform'),
        ...(useBias ? { 'attentionOutput.bias': weightSpec('bias', wide, options, 'zeros') } : {}),
      };
    },
    call(weights, inputs: Tensor | readonly Tensor[], context) {
      checkCall(kind, context, callOptions);
      const [query, value, key] = (Array.isArray(inputs) ? inputs : [inputs, inputs]) as [Tensor, Tensor, Tensor?];
      const { options: asked, masks } = context;
      if (context.decode !== undefined && asked.useCausalMask === true) return decodeStep(weights, query, context);
      const axes = axesFor(query.rank);
      const isPlain = query.rank === 3;
      const q0 = byWeights(weights, 'query', query);
      const k0 = byWeights(weights, 'key', key ?? value);
      const v0 = byWeights(weights, 'value', value);
      const turn = (x: Tensor): Tensor => (wave === undefined ? x : rotate(x, arange(x.shape[1] as number).cast('float32'), 1, wave));
      const [q1, k1] = [turn(q0), turn(k0)];
      const order = orderFor(q1.rank, axes);
      /** (batch…, heads, steps, depth): free axes join the batch, walked axes become one. */
      const arranged = (x: Tensor): Tensor => {
        const turned = x.permute([...order]);
        const steps = sizeOf(axes.map(axis => x.shape[axis] as number));
        const free = turned.shape.slice(0, turned.rank - axes.length - 2);
        return turned.reshape([sizeOf(free), x.shape.at(-2) as number, steps, x.shape.at(-1) as number]);
      };
      if (!isSelf(query.shape, value.shape)) throw new ShapeError(`${kind} needs query and value of equally many axes.`);
      const [q, k, v] = [arranged(q1), arranged(repeated(k1)), arranged(repeated(v0))];
      const [queries, keys] = [q.shape[2] as number, k.shape[2] as number];
      const column = (mask: Tensor | undefined): Tensor | undefined =>
        isPlain ? mask?.reshape([mask.shape[0] as number, 1, 1, keys]) : undefined;
      const queryMask = asMask(asked.queryMask ?? masks?.[0]);
      const mask = allOf([
        isPlain ? queryMask?.reshape([queryMask.shape[0] as number, 1, queries, 1]) : undefined,
        column(asMask(asked.valueMask ?? masks?.[1])),
        key === undefined ? undefined : column(asMask(asked.keyMask ?? masks?.[2])),
        spreadMask(kind, asMask(asked.attentionMask), q.shape[0] as number, queries, keys),
        slidingWindow === undefined ? undefined : windowMask(queries, keys, slidingWindow),
      ]);
      const { output, scores } = attend(q, k, v, {
        ...{ kind, mask, isCausal: asked.useCausalMask === true, scale: 1 / Math.sqrt(depth), dropout, context },
        returnScores: asked.returnAttentionScores === true,
      });
      const shape = [...q1.shape.slice(0, -2), heads, valueDepth];
      const moved = order.map(axis => (axis === q1.rank - 1 ? valueDepth : (q1.shape[axis] as number)));
      const back = order.map((_, axis) => order.indexOf(axis));
      const attended = output.reshape(moved).permute(back).reshape(shape);
      const result = finish(weights, attended, query);
      return scores === undefined ? { output: result, masks: [queryMask] } : { output: [result, scores], masks: [queryMask, undefined] };
    },
    cache: (length, query) =>
      [
        [length, keyHeads, depth],
        [length, keyHeads, valueDepth],
      ].slice(0, query === undefined ? 0 : 2),
  };
};

/** A mask (queries, keys), (batch, queries, keys) or (batch, heads, queries, keys) as the last. */
const spreadMask = (kind: string, mask: Tensor | undefined, batch: number, queries: number, keys: number): Tensor | undefined => {
  if (mask === undefined || mask.rank === 4) return mask;
  if (mask.rank === 2) return mask;
  const rows = sizeOf(mask.shape) / (queries * keys);
  if (rows === batch || rows === 1) return mask.reshape([rows, 1, queries, keys]);
  if (mask.rank === 3) return mask.expandDims(1); // broadcasts along queries or keys
  throw new ShapeError(`${kind} cannot use an attentionMask of shape (${mask.shape}) for ${queries} queries and ${keys} keys.`);
};

export interface MultiHeadAttentionOptions extends HeadsOptions {
  /** Features of a head's values. Default: keyDim. */
  readonly valueDim?: number;
  /** Features of the output. Default: the query's. */
  readonly outputShape?: number | readonly number[];
  /** Axes that attention walks, the batch being 0. Default: all between batch and features. */
  readonly attentionAxes?: number | readonly number[];
}

type MultiHeadArguments =
  | [numHeads: number, keyDim: number, options?: MultiHeadAttentionOptions]
  | [options: MultiHeadAttentionOptions & { readonly numHeads: number; readonly keyDim: number }];

/**
 * Attention of several heads: each projects query, key and value, attends with softmax(q kᵀ / √keyDim) v, and a last projection mixes the
 * heads' outputs.
 *
 * `layer(query, value, key?, { useCausalMask, attentionMask, returnAttentionScores })`: query (batch, queries, features), value and key
 * (batch, keys, …) -> (batch, queries, features). Weights: query.kernel (features, heads, keyDim), query.bias (heads, keyDim), key.…,
 * value.…, attentionOutput.kernel (heads, valueDim, features), attentionOutput.bias (features).
 *
 * Source: Vaswani et al. 2017, arXiv:1706.03762, section 3.2.2, as in Keras.
 * @example const y = layers.multiHeadAttention({ numHeads: 4, keyDim: 16 })(x, x, { useCausalMask: true });
 */
export const multiHeadAttention = (...args: MultiHeadArguments): Layer => {
  const kind = 'multiHeadAttention';
  const options = layerOptions<MultiHeadAttentionOptions & { numHeads: number; keyDim: number }>(
    kind,
    args,
    ['numHeads', 'keyDim'],
    [...headsNames, 'valueDim', 'outputShape', 'attentionAxes'],
  );
  const heads = positiveInteger(kind, 'numHeads', options.numHeads);
  const depth = positiveInteger(kind, 'keyDim', options.keyDim);
  const { outputShape, attentionAxes } = options;
  const list = (value: number | readonly number[] | undefined): readonly number[] | undefined =>
    typeof value === 'number' ? [value] : (value ?? undefined);
  return createLayer(
    kind,
    options,
    headsParts(kind, options, {
      ...{ heads, keyHeads: heads, depth, valueDepth: positiveInteger(kind, 'valueDim', options.valueDim ?? depth) },
      ...{ outputShape: list(outputShape), attentionAxes: list(attentionAxes) },
    }),
  );
};

interface GroupedRequired {
  readonly headDim: number;
  readonly numQueryHeads: number;
  readonly numKeyValueHeads: number;
}

type GroupedArguments =
  | [headDim: number, numQueryHeads: number, numKeyValueHeads: number, options?: HeadsOptions]
  | [options: HeadsOptions & GroupedRequired];

/**
 * Attention whose query heads share fewer heads of keys and values: `numQueryHeads` is a multiple of `numKeyValueHeads`; 1 of them is
 * multi-query attention. Called as `multiHeadAttention`.
 *
 * Source: Ainslie et al. 2023, arXiv:2305.13245, as Keras' GroupQueryAttention.
 */
export const groupedQueryAttention = (...args: GroupedArguments): Layer => {
  const kind = 'groupedQueryAttention';
  const places = ['headDim', 'numQueryHeads', 'numKeyValueHeads'];
  const options = layerOptions<HeadsOptions & GroupedRequired>(kind, args, places, headsNames);
  const depth = positiveInteger(kind, 'headDim', options.headDim);
  const heads = positiveInteger(kind, 'numQueryHeads', options.numQueryHeads);
  const keyHeads = wholeNumber(`layers.${kind}`, 'numKeyValueHeads', options.numKeyValueHeads, 1);
  if (heads % keyHeads !== 0)
    throw new ValueError(`layers.${kind} needs numQueryHeads to be a multiple of numKeyValueHeads, got ${heads} and ${keyHeads}.`);
  return createLayer(
    kind,
    options,
    headsParts(kind, options, { heads, keyHeads, depth, valueDepth: depth, outputShape: undefined, attentionAxes: undefined }),
  );
};
