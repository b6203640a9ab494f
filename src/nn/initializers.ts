import type { Config } from '../core/config.ts';
import type { DType } from '../core/dtype.ts';
import { formatShape, ShapeError, unknownName, ValueError } from '../core/errors.ts';
import { type Shape, sizeOf } from '../core/shape.ts';
import { tensor } from '../tensor/create.ts';
import { unknownOptions } from '../tensor/options.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { foldIn, type HostKey, HostRandom, hostKey } from './hostRandom.ts';
import { orthogonalMatrix } from './orthogonal.ts';
import { type WindowName, windowOf } from './windowFunctions.ts';

/** How a weight begins: called with a shape it gives a tensor. The same seed gives the same values, on every machine. */
export interface Initializer {
  (shape: Shape, options?: { readonly dtype?: DType }): Tensor;
  readonly kind: string;
  readonly config: Config;
  /** The values on the host. The initializer's own seed goes before the key. */
  values(shape: Shape, key: HostKey): Float32Array;
}

export interface SeedOption {
  /** By default the model's seed decides; outside of a model, a new one each time. */
  readonly seed?: number;
}

/**
 * Inputs and outputs of one unit of a kernel, as Keras counts them: (in, out) for a matrix, (…window, in, out) for a convolution,
 * where the window's size counts in both; the length of a vector twice.
 */
export const fansOf = (shape: Shape): { readonly fanIn: number; readonly fanOut: number } => {
  if (shape.length === 0) return { fanIn: 1, fanOut: 1 };
  if (shape.length === 1) return { fanIn: shape[0] as number, fanOut: shape[0] as number };
  const window = sizeOf(shape.slice(0, -2));
  return { fanIn: window * (shape.at(-2) as number), fanOut: window * (shape.at(-1) as number) };
};

type Fill = (random: HostRandom, shape: Shape) => Float32Array;

let unseeded = 0;

const initializer = (kind: string, config: Config, fill: Fill): Initializer => {
  const own = typeof config.seed === 'number' ? hostKey(config.seed) : undefined;
  const values = (shape: Shape, key: HostKey): Float32Array => fill(new HostRandom(own ?? key), shape);
  const create = (shape: Shape, { dtype = 'float32' }: { readonly dtype?: DType } = {}): Tensor =>
    tensor(values(shape, own ?? foldIn(hostKey(Date.now()), unseeded++)), { shape, dtype });
  return Object.assign(create, { kind, config, values });
};

const each = (shape: Shape, next: () => number): Float32Array => Float32Array.from({ length: sizeOf(shape) }, next);

const seedConfig = ({ seed }: SeedOption): Config => {
  if (seed !== undefined && !Number.isFinite(seed)) throw new ValueError(`an initializer needs a finite number as seed, got ${seed}.`);
  return seed === undefined ? {} : { seed };
};

/** The deviation of a standard normal cut off at two deviations. */
const truncatedDeviation = 0.8796256610342398;

type Distribution = 'truncatedNormal' | 'untruncatedNormal' | 'uniform';
type Mode = 'fanIn' | 'fanOut' | 'fanAvg';

const scaled = (scale: number, mode: Mode, distribution: Distribution): Fill => {
  return (random, shape) => {
    const { fanIn, fanOut } = fansOf(shape);
    const fan = mode === 'fanIn' ? fanIn : mode === 'fanOut' ? fanOut : (fanIn + fanOut) / 2;
    const variance = scale / Math.max(1, fan);
    if (distribution === 'uniform') {
      const limit = Math.sqrt(3 * variance);
      return each(shape, () => limit * (2 * random.uniform() - 1));
    }
    if (distribution === 'untruncatedNormal') return each(shape, () => Math.sqrt(variance) * random.normal());
    const deviation = Math.sqrt(variance) / truncatedDeviation;
    return each(shape, () => deviation * random.truncatedNormal());
  };
};

const varianceScaled =
  (kind: string, scale: number, mode: Mode, distribution: Distribution) =>
  (options: SeedOption = {}): Initializer => {
    unknownOptions(`initializers.${kind}`, options, ['seed']);
    return initializer(kind, seedConfig(options), scaled(scale, mode, distribution));
  };

type Seeded = (options?: SeedOption) => Initializer;

/** Uniform in ±√(6 / (fanIn + fanOut)). Source: Glorot, Bengio 2010, eq. 16. */
export const glorotUniform: Seeded = varianceScaled('glorotUniform', 1, 'fanAvg', 'uniform');
/** Truncated normal of variance 2 / (fanIn + fanOut). Source: Glorot, Bengio 2010. */
export const glorotNormal: Seeded = varianceScaled('glorotNormal', 1, 'fanAvg', 'truncatedNormal');
/** Uniform in ±√(6 / fanIn): for relu. Source: He, Zhang, Ren, Sun 2015, arXiv:1502.01852, eq. 10. */
export const heUniform: Seeded = varianceScaled('heUniform', 2, 'fanIn', 'uniform');
/** Truncated normal of variance 2 / fanIn: for relu. Source: He et al. 2015, eq. 10. */
export const heNormal: Seeded = varianceScaled('heNormal', 2, 'fanIn', 'truncatedNormal');
/** Uniform in ±√(3 / fanIn): for selu. Source: LeCun, Bottou, Orr, Müller 1998, "Efficient BackProp", eq. 16. */
export const lecunUniform: Seeded = varianceScaled('lecunUniform', 1, 'fanIn', 'uniform');
/** Truncated normal of variance 1 / fanIn: for selu. Source: LeCun et al. 1998, eq. 16. */
export const lecunNormal: Seeded = varianceScaled('lecunNormal', 1, 'fanIn', 'truncatedNormal');

export interface VarianceScalingOptions extends SeedOption {
  /** Default 1. */
  readonly scale?: number;
  /** By what the variance is divided. Default 'fanIn'. */
  readonly mode?: Mode;
  /** Default 'truncatedNormal' ('normal' is the same). */
  readonly distribution?: Distribution | 'normal';
}

const modes: readonly Mode[] = ['fanIn', 'fanOut', 'fanAvg'];
const distributions: readonly Distribution[] = ['truncatedNormal', 'untruncatedNormal', 'uniform'];

/** Variance scale / fan: what the initializers of Glorot, He and LeCun have in common. */
export const varianceScaling = (options: VarianceScalingOptions = {}): Initializer => {
  unknownOptions('initializers.varianceScaling', options, ['scale', 'mode', 'distribution', 'seed']);
  const { scale = 1, mode = 'fanIn' } = options;
  const distribution = options.distribution === 'normal' ? 'truncatedNormal' : (options.distribution ?? 'truncatedNormal');
  if (!(scale > 0)) throw new ValueError(`initializers.varianceScaling needs a scale > 0, got ${scale}.`);
  if (!modes.includes(mode)) throw unknownName('mode of varianceScaling', String(mode), modes);
  if (!distributions.includes(distribution)) throw unknownName('distribution of varianceScaling', distribution, distributions);
  const config = { scale, mode, distribution, ...seedConfig(options) };
  return initializer('varianceScaling', config, scaled(scale, mode, distribution));
};

export const zeros = (): Initializer => initializer('zeros', {}, (_, shape) => new Float32Array(sizeOf(shape)));

export const ones = (): Initializer => initializer('ones', {}, (_, shape) => new Float32Array(sizeOf(shape)).fill(1));

/** One value everywhere; 0 unless told otherwise. */
export const constant = (options: { readonly value?: number } | number = {}): Initializer => {
  const given = typeof options === 'number' ? { value: options } : options;
  unknownOptions('initializers.constant', given, ['value']);
  const { value = 0 } = given;
  return initializer('constant', { value }, (_, shape) => new Float32Array(sizeOf(shape)).fill(value));
};

/** gain on the diagonal of a matrix, 0 elsewhere. */
export const identity = (options: { readonly gain?: number } = {}): Initializer => {
  unknownOptions('initializers.identity', options, ['gain']);
  const { gain = 1 } = options;
  return initializer('identity', { gain }, (_, shape) => {
    if (shape.length !== 2) throw new ShapeError(`initializers.identity needs a matrix, got shape ${formatShape(shape)}.`);
    const [rows, columns] = shape as readonly [number, number];
    return Float32Array.from({ length: rows * columns }, (__, index) => (Math.floor(index / columns) === index % columns ? gain : 0));
  });
};

export interface NormalOptions extends SeedOption {
  /** Default 0. */
  readonly mean?: number;
  /** Default 0.05. */
  readonly standardDeviation?: number;
}

const normalOf =
  (kind: 'randomNormal' | 'truncatedNormal', draw: (random: HostRandom) => number) =>
  (options: NormalOptions = {}): Initializer => {
    unknownOptions(`initializers.${kind}`, options, ['mean', 'standardDeviation', 'seed']);
    const { mean = 0, standardDeviation = 0.05 } = options;
    return initializer(kind, { mean, standardDeviation, ...seedConfig(options) }, (random, shape) =>
      each(shape, () => mean + standardDeviation * draw(random)),
    );
  };

/** Normal. */
export const randomNormal: (options?: NormalOptions) => Initializer = normalOf('randomNormal', random => random.normal());
/** Normal; what lies more than two deviations from the mean is drawn again. */
export const truncatedNormal: (options?: NormalOptions) => Initializer = normalOf('truncatedNormal', random => random.truncatedNormal());

export interface UniformOptions extends SeedOption {
  /** Default -0.05. */
  readonly minimum?: number;
  /** Default 0.05. */
  readonly maximum?: number;
}

/** Uniform between `minimum` and `maximum`. */
export const randomUniform = (options: UniformOptions = {}): Initializer => {
  unknownOptions('initializers.randomUniform', options, ['minimum', 'maximum', 'seed']);
  const { minimum = -0.05, maximum = 0.05 } = options;
  return initializer('randomUniform', { minimum, maximum, ...seedConfig(options) }, (random, shape) =>
    each(shape, () => minimum + (maximum - minimum) * random.uniform()),
  );
};

export interface OrthogonalOptions extends SeedOption {
  /** The matrix is multiplied by it. Default 1. */
  readonly gain?: number;
}

/**
 * Rows or columns (the fewer of them) orthonormal: (…, out) is seen as a matrix (rows, out).
 * Source: Saxe, McClelland, Ganguli 2014, arXiv:1312.6120.
 */
export const orthogonal = (options: OrthogonalOptions = {}): Initializer => {
  unknownOptions('initializers.orthogonal', options, ['gain', 'seed']);
  const { gain = 1 } = options;
  return initializer('orthogonal', { gain, ...seedConfig(options) }, (random, shape) => {
    if (shape.length < 2) throw new ShapeError(`initializers.orthogonal needs a shape of two axes or more, got ${formatShape(shape)}.`);
    const columns = shape.at(-1) as number;
    return orthogonalMatrix(sizeOf(shape.slice(0, -1)), columns, () => random.normal()).map(value => value * gain);
  });
};

export interface StftOptions {
  /** The cosines or the sines. Default 'real'. */
  readonly side?: 'real' | 'imag';
  /** Default 'hann'; null: none. */
  readonly window?: WindowName | null;
  /** What the window is divided by: √Σ w², Σ |w|, or nothing (null). Default 'density'. */
  readonly scaling?: 'density' | 'spectrum' | null;
  /** Whether the window is one period or symmetric. Default false. */
  readonly periodic?: boolean;
}

/** Fourier coefficients of a window as the kernel (frameLength, 1, bins) of a convolution: cos or sin of -2π t k / (2 (bins - 1)). */
export const stft = (options: StftOptions = {}): Initializer => {
  unknownOptions('initializers.stft', options, ['side', 'window', 'scaling', 'periodic']);
  const { side = 'real', window = 'hann', scaling = 'density', periodic = false } = options;
  return initializer('stft', { side, window, scaling, periodic }, (_, shape) => {
    if (shape.length !== 3) throw new ShapeError(`initializers.stft needs a shape (frameLength, 1, bins), got ${formatShape(shape)}.`);
    const [frame, , bins] = shape as readonly [number, number, number];
    const weights = window === null ? new Float64Array(frame).fill(1) : windowOf(window, frame, periodic);
    const power =
      scaling === 'density' ? Math.sqrt(weights.reduce((sum, w) => sum + w * w, 0)) : weights.reduce((sum, w) => sum + Math.abs(w), 0);
    const scale = window === null || scaling === null ? 1 : power;
    const wave = side === 'real' ? Math.cos : Math.sin;
    return Float32Array.from({ length: sizeOf(shape) }, (__, index) => {
      const [time, bin] = [Math.floor(index / (bins * (shape[1] as number))), index % bins];
      return (wave((-2 * Math.PI * time * bin) / (2 * (bins - 1))) * (weights[time] as number)) / scale;
    });
  });
};

/** Initializers by name. */
export const initializersByName: Readonly<Record<string, (options?: never) => Initializer>> = {
  ...{ zeros, ones, constant, glorotUniform, glorotNormal, heUniform, heNormal, lecunUniform, lecunNormal },
  ...{ randomNormal, truncatedNormal, randomUniform, orthogonal, varianceScaling, identity, stft },
  ...{ normal: randomNormal, uniform: randomUniform },
};

/** What a layer's option says: an initializer, its name, or (from a file) its kind and configuration. */
export type InitializerOption = Initializer | string | { readonly kind: string; readonly config: Config };

/** @throws ValueError for an unknown name, with the nearest known one. */
export const initializerOf = (option: InitializerOption): Initializer => {
  if (typeof option === 'function') return option;
  const kind = typeof option === 'string' ? option : option.kind;
  const make = Object.hasOwn(initializersByName, kind) ? initializersByName[kind] : undefined;
  if (make === undefined) throw unknownName('initializer', String(kind), Object.keys(initializersByName));
  return make((typeof option === 'string' ? undefined : option.config) as never);
};

/** An initializer as plain data: its name where it has no options. */
export const describeInitializer = ({ kind, config }: Initializer): Config | string =>
  Object.keys(config).length === 0 ? kind : { kind, config };
