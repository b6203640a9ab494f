import { ShapeError, ValueError } from '../../core/errors.ts';
import { normalizeAxis, type Shape } from '../../core/shape.ts';
import type { Tensor } from '../../tensor/tensor.ts';
import type { ConstraintOption } from '../constraints.ts';
import type { InitializerOption } from '../initializers.ts';
import { createLayer, type Layer, type LayerOptions, layerOptions, type WeightSpec } from '../layer.ts';
import type { RegularizerOption } from '../regularizers.ts';
import { formatBatch } from '../symbolic.ts';
import { axisWithoutBatch, checkNames, featuresOf, weightOptions, weightSpec } from './common.ts';

export interface NormalizationOptions extends LayerOptions {
  /** Added to the variance. Default 1e-3. */
  readonly epsilon?: number;
  /** Whether β is added. Default true. */
  readonly center?: boolean;
  /** Whether γ multiplies. Default true. */
  readonly scale?: boolean;
  /** Default 'ones'. */
  readonly gammaInitializer?: InitializerOption;
  /** Default 'zeros'. */
  readonly betaInitializer?: InitializerOption;
  readonly gammaRegularizer?: RegularizerOption;
  readonly betaRegularizer?: RegularizerOption;
  readonly gammaConstraint?: ConstraintOption;
  readonly betaConstraint?: ConstraintOption;
}

/** Names of the options of layers that normalize, scale and shift. */
export const normalizationOptions: readonly string[] = ['epsilon', 'center', 'scale', ...weightOptions('gamma'), ...weightOptions('beta')];

export const affineSpecs = (shape: Shape, options: NormalizationOptions): Record<string, WeightSpec> => ({
  ...(options.scale === false ? {} : { gamma: weightSpec('gamma', shape, options, 'ones') }),
  ...(options.center === false ? {} : { beta: weightSpec('beta', shape, options, 'zeros') }),
});

export const scaleAndShift = (x: Tensor, gamma: Tensor | undefined, beta: Tensor | undefined): Tensor => {
  const scaled = gamma === undefined ? x : x.mul(gamma);
  return beta === undefined ? scaled : scaled.add(beta);
};

export const checkEpsilon = (kind: string, epsilon: number): number => {
  if (!(epsilon > 0)) throw new ValueError(`layers.${kind} needs an epsilon > 0, got ${epsilon}.`);
  return epsilon;
};

/** A weight of some axes in a shape that broadcasts over x. */
export const alongAxes = (weight: Tensor, axes: readonly number[], rank: number): Tensor => {
  const last = axes.every((axis, index) => axis === rank - axes.length + index);
  if (last) return weight;
  const shape = new Array<number>(rank).fill(1);
  axes.forEach((axis, index) => {
    shape[axis] = weight.shape[index] as number;
  });
  return weight.reshape(shape);
};

export interface LayerNormalizationOptions extends NormalizationOptions {
  /** The axis or axes that are normalized, the batch being 0. Default -1. */
  readonly axis?: number | readonly number[];
}

/**
 * Normalizes each row over its features, then scales and shifts it.
 *
 *     y = γ (x - mean x) / √(var x + ε) + β        mean and variance over the last axis, or over `axis`
 *
 * x (batch, …, features) -> y of the same shape; γ (features) starts at 1, β (features) at 0.
 *
 * Source: Ba, Kiros, Hinton 2016, arXiv:1607.06450, eq. 4. ε = 1e-3 as in Keras (PyTorch: 1e-5).
 * @throws ShapeError for inputs without a feature axis.
 * @example sequential([layers.dense(64), layers.layerNormalization(), layers.relu()], { inputShape: [8] })
 */
export const layerNormalization = (given: LayerNormalizationOptions = {}): Layer => {
  const kind = 'layerNormalization';
  const options = layerOptions<LayerNormalizationOptions>(kind, [given], [], [...normalizationOptions, 'axis']);
  const epsilon = checkEpsilon(kind, options.epsilon ?? 1e-3);
  const { axis = -1 } = options;
  checkNames(options);
  const axesFor = (shape: Shape): number[] =>
    (typeof axis === 'number' ? [axis] : [...axis]).map(one => axisWithoutBatch(kind, one, shape)).sort((a, b) => a - b);
  return createLayer(kind, options, {
    passesMask: true,
    build(shape = []) {
      featuresOf(kind, shape);
      return affineSpecs(
        axesFor(shape).map(place => shape[place] as number),
        options,
      );
    },
    call({ gamma, beta }, x: Tensor) {
      const axes = axesFor(x.shape.slice(1)).map(place => place + 1);
      const centred = x.sub(x.mean(axes, { keepDims: true }));
      const variance = centred.square().mean(axes, { keepDims: true }); // not E x² - (E x)²: that cancels
      const along = (weight: Tensor | undefined): Tensor | undefined => weight && alongAxes(weight, axes, x.rank);
      return scaleAndShift(centred.mul(variance.add(epsilon).rsqrt()), along(gamma), along(beta));
    },
  });
};

export interface GroupNormalizationOptions extends NormalizationOptions {
  /** The axis of the channels, the batch being 0. Default -1. */
  readonly axis?: number;
  /** Number of groups; -1 makes one of each channel. Default 32. */
  readonly groups?: number;
}

const groupNormalized = (
  kind: string,
  options: NormalizationOptions & { readonly axis?: number },
  groupsFor: (channels: number) => number,
): Layer => {
  const epsilon = checkEpsilon(kind, options.epsilon ?? 1e-3);
  const { axis = -1 } = options;
  checkNames(options);
  const check = (shape: Shape): readonly [place: number, channels: number, groups: number] => {
    const place = axisWithoutBatch(kind, axis, shape);
    const channels = shape[place] as number;
    const groups = groupsFor(channels);
    if (groups < 1 || channels % groups !== 0)
      throw new ShapeError(
        `${kind} cannot split ${channels} channels of input ${formatBatch(shape)} into ${groups} groups: channels must be a multiple.`,
      );
    return [place, channels, groups];
  };
  return createLayer(kind, options, {
    passesMask: true,
    build(shape = []) {
      featuresOf(kind, shape);
      return affineSpecs([check(shape)[1]], options);
    },
    call({ gamma, beta }, x: Tensor) {
      const [place, channels, groups] = check(x.shape.slice(1));
      const at = place + 1;
      const split = x.reshape([...x.shape.slice(0, at), groups, channels / groups, ...x.shape.slice(at + 1)]);
      const axes = split.shape.map((_, index) => index).filter(index => index !== 0 && index !== at);
      const centred = split.sub(split.mean(axes, { keepDims: true }));
      const normal = centred.mul(centred.square().mean(axes, { keepDims: true }).add(epsilon).rsqrt()).reshape(x.shape);
      const along = (weight: Tensor | undefined): Tensor | undefined => weight && alongAxes(weight, [at], x.rank);
      return scaleAndShift(normal, along(gamma), along(beta));
    },
  });
};

/**
 * Normalizes each sample over groups of its channels and all other axes, then scales and shifts each channel. γ, β (channels).
 *
 * Source: Wu, He 2018, arXiv:1803.08494. ε = 1e-3 as in Keras (PyTorch: 1e-5).
 * @example layers.groupNormalization({ groups: 8 })
 */
export const groupNormalization = (given: GroupNormalizationOptions = {}): Layer => {
  const options = layerOptions<GroupNormalizationOptions>('groupNormalization', [given], [], [...normalizationOptions, 'axis', 'groups']);
  const { groups = 32 } = options;
  if (!Number.isInteger(groups) || (groups < 1 && groups !== -1))
    throw new ValueError(`layers.groupNormalization needs groups to be a whole number >= 1, or -1 for one a channel, got ${groups}.`);
  return groupNormalized('groupNormalization', options, channels => (groups === -1 ? channels : groups));
};

/** Normalizes each channel of each sample by itself: group normalization with a group a channel. Source: Ulyanov et al. 2016, arXiv:1607.08022. */
export const instanceNormalization = (given: Omit<GroupNormalizationOptions, 'groups'> = {}): Layer => {
  const options = layerOptions<GroupNormalizationOptions>('instanceNormalization', [given], [], [...normalizationOptions, 'axis']);
  return groupNormalized('instanceNormalization', options, channels => channels);
};

export interface RmsNormalizationOptions extends LayerOptions {
  /** The axis or axes that are normalized, the batch being 0. Default -1. */
  readonly axis?: number | readonly number[];
  /** Default 1e-6. */
  readonly epsilon?: number;
}

/**
 * y = x / √(mean x² + ε) · scale, the mean over the last axis or `axis`; scale (features) starts at 1.
 * Source: Zhang, Sennrich 2019, arXiv:1910.07467.
 */
export const rmsNormalization = (given: RmsNormalizationOptions = {}): Layer => {
  const kind = 'rmsNormalization';
  const options = layerOptions<RmsNormalizationOptions>(kind, [given], [], ['axis', 'epsilon']);
  const epsilon = checkEpsilon(kind, options.epsilon ?? 1e-6);
  const { axis = -1 } = options;
  const axesFor = (shape: Shape): number[] =>
    (typeof axis === 'number' ? [axis] : [...axis]).map(one => axisWithoutBatch(kind, one, shape)).sort((a, b) => a - b);
  return createLayer(kind, options, {
    passesMask: true,
    build(shape = []) {
      featuresOf(kind, shape);
      return { scale: { shape: axesFor(shape).map(place => shape[place] as number), initializer: 'ones' } };
    },
    call({ scale }, x: Tensor) {
      const axes = axesFor(x.shape.slice(1)).map(place => place + 1);
      const root = x.square().mean(axes, { keepDims: true }).add(epsilon).rsqrt();
      return x.mul(root).mul(alongAxes(scale as Tensor, axes, x.rank));
    },
  });
};

export interface UnitNormalizationOptions extends LayerOptions {
  /** Default -1. */
  readonly axis?: number | readonly number[];
}

/** x / ‖x‖ along an axis: vectors of length 1. */
export const unitNormalization = (given: UnitNormalizationOptions = {}): Layer => {
  const options = layerOptions<UnitNormalizationOptions>('unitNormalization', [given], [], ['axis']);
  const { axis = -1 } = options;
  return createLayer('unitNormalization', options, {
    passesMask: true,
    call(_, x: Tensor) {
      const axes = (typeof axis === 'number' ? [axis] : [...axis]).map(one => normalizeAxis('unitNormalization', one, x.rank));
      return x.mul(x.square().sum(axes, { keepDims: true }).maximum(1e-12).rsqrt());
    },
  });
};
