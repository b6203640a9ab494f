import type { Config } from '../core/config.ts';
import type { DType } from '../core/dtype.ts';
import { formatShape, ShapeError, unknownName, ValueError } from '../core/errors.ts';
import { type Shape, sizeOf } from '../core/shape.ts';
import { tensor } from '../tensor/create.ts';
import { unknownOptions } from '../tensor/options.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { foldIn, type HostKey, HostRandom, hostKey } from './hostRandom.ts';
import { orthogonalMatrix } from './orthogonal.ts';

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

type Distribution = 'truncatedNormal' | 'uniform';
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

export const zeros = (): Initializer => initializer('zeros', {}, (_, shape) => new Float32Array(sizeOf(shape)));

export const ones = (): Initializer => initializer('ones', {}, (_, shape) => new Float32Array(sizeOf(shape)).fill(1));

/** One value everywhere; 0 unless told otherwise. */
export const constant = (options: { readonly value?: number } | number = {}): Initializer => {
  const given = typeof options === 'number' ? { value: options } : options;
  unknownOptions('initializers.constant', given, ['value']);
  const { value = 0 } = given;
  return initializer('constant', { value }, (_, shape) => new Float32Array(sizeOf(shape)).fill(value));
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

/** Initializers by name. */
export const initializersByName: Readonly<Record<string, (options?: never) => Initializer>> = {
  ...{ zeros, ones, constant, glorotUniform, glorotNormal, heUniform, heNormal, lecunUniform, lecunNormal },
  ...{ randomNormal, truncatedNormal, randomUniform, orthogonal },
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
