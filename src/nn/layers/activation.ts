import { where } from '../../tensor/create.ts';
import { isTensor, type Tensor } from '../../tensor/tensor.ts';
import * as functions from '../activations.ts';
import type { ConstraintOption } from '../constraints.ts';
import type { InitializerOption } from '../initializers.ts';
import { createLayer, type Layer, type LayerOptions, layerOptions } from '../layer.ts';
import type { RegularizerOption } from '../regularizers.ts';
import { axisWithoutBatch, weightOptions, weightSpec } from './common.ts';

/** A function of each element, or of each row: `layers.activation('relu')`. */
export const activation = (
  ...args:
    | [activation: functions.ActivationOption, options?: LayerOptions]
    | [options: LayerOptions & { readonly activation: functions.ActivationOption }]
): Layer => {
  const options = layerOptions<LayerOptions & { activation: functions.ActivationOption }>('activation', args, ['activation'], []);
  const f = functions.activationOf(options.activation);
  return createLayer('activation', options, { passesMask: true, call: (_, x: Tensor) => f(x) });
};

type Maker<Options> = (options?: LayerOptions & Options) => Layer;

/** A function of a tensor with options, as a layer. */
const layerFrom =
  <Options extends object>(
    kind: string,
    f: (x: Tensor, options: Options) => Tensor,
    names: readonly string[],
    defaults: Partial<Options> = {},
  ): Maker<Options> =>
  given => {
    const options = layerOptions<LayerOptions & Options>(kind, [given ?? {}], [], names);
    const own = {
      ...defaults,
      ...Object.fromEntries(Object.entries(options).filter(([name, value]) => names.includes(name) && value !== undefined)),
    };
    return createLayer(kind, options, { passesMask: true, call: (_, x: Tensor) => f(x, own as Options) });
  };

interface Axis {
  /** Default -1. */
  readonly axis?: number;
}
interface Alpha {
  /** Default 1. */
  readonly alpha?: number;
}
interface Slope {
  /** Default 0.3, as Keras has it for the layer (0.2 for the function, 0.01 in PyTorch). */
  readonly negativeSlope?: number;
}
interface ThresholdOption {
  /** Default 0.5. */
  readonly threshold?: number;
}

/** max(x, 0); options as `activations.relu`. */
export const relu: Maker<functions.ReluOptions> = layerFrom('relu', functions.relu, ['negativeSlope', 'maxValue', 'threshold']);
/** x for x > 0, else slope · x. */
export const leakyRelu: Maker<Slope> = layerFrom<Slope>('leakyRelu', functions.leakyRelu, ['negativeSlope'], { negativeSlope: 0.3 });
/** x for x > 0, else α (eˣ - 1). */
export const elu: Maker<Alpha> = layerFrom<Alpha>('elu', functions.elu, ['alpha']);
/** max(x, 0) + min(0, α (e^(x / α) - 1)). */
export const celu: Maker<Alpha> = layerFrom<Alpha>('celu', functions.celu, ['alpha']);
/** x Φ(x), exact by erf; `approximate`: by tanh. */
export const gelu: Maker<{ readonly approximate?: boolean }> = layerFrom('gelu', functions.gelu, ['approximate']);
/** a σ(b), the halves of x along an axis. */
export const glu: Maker<Axis> = layerFrom<Axis>('glu', functions.glu, ['axis']);
/** ln softmax x. */
export const logSoftmax: Maker<Axis> = layerFrom<Axis>('logSoftmax', functions.logSoftmax, ['axis']);
/** The nearest point of the simplex. */
export const sparsemax: Maker<Axis> = layerFrom<Axis>('sparsemax', functions.sparsemax, ['axis']);
/** x where |x| is above the threshold, else 0. */
export const hardShrink: Maker<ThresholdOption> = layerFrom<ThresholdOption>('hardShrink', functions.hardShrink, ['threshold']);
/** x moved towards 0 by the threshold, 0 within it. */
export const softShrink: Maker<ThresholdOption> = layerFrom<ThresholdOption>('softShrink', functions.softShrink, ['threshold']);
/** x above the threshold, else a value. */
export const threshold: Maker<{ readonly threshold?: number; readonly defaultValue?: number }> = layerFrom(
  'threshold',
  functions.threshold,
  ['threshold', 'defaultValue'],
);
/** (x + √(x² + b)) / 2. */
export const squareplus: Maker<{ readonly b?: number }> = layerFrom('squareplus', functions.squareplus, ['b']);

/** Functions without options. */
type Plain = Maker<object>;
const plain = (kind: string, f: (x: Tensor) => Tensor): Plain => layerFrom<object>(kind, x => f(x), []);

/** eˣ. */
export const exponential: Plain = plain('exponential', functions.exponential);
/** min(max(x / 6 + 1/2, 0), 1). */
export const hardSigmoid: Plain = plain('hardSigmoid', functions.hardSigmoid);
/** x hardSigmoid(x). */
export const hardSilu: Plain = plain('hardSilu', functions.hardSilu);
/** min(max(x, -1), 1). */
export const hardTanh: Plain = plain('hardTanh', functions.hardTanh);
/** ln σ(x). */
export const logSigmoid: Plain = plain('logSigmoid', functions.logSigmoid);
/** x tanh(ln(1 + eˣ)). */
export const mish: Plain = plain('mish', functions.mish);
/** min(max(x, 0), 6). */
export const relu6: Plain = plain('relu6', functions.relu6);
/** 1.0507 elu(x, α = 1.6733). */
export const selu: Plain = plain('selu', functions.selu);
/** 1 / (1 + e⁻ˣ). */
export const sigmoid: Plain = plain('sigmoid', functions.sigmoid);
/** x σ(x). */
export const silu: Plain = plain('silu', functions.silu);
/** ln(1 + eˣ). */
export const softplus: Plain = plain('softplus', functions.softplus);
/** x / (1 + |x|). */
export const softsign: Plain = plain('softsign', functions.softsign);
/** 0, (x + 1)² / 4, x. */
export const sparsePlus: Plain = plain('sparsePlus', functions.sparsePlus);
/** 0, (x + 1) / 2, 1. */
export const sparseSigmoid: Plain = plain('sparseSigmoid', functions.sparseSigmoid);
/** (eˣ - e⁻ˣ) / (eˣ + e⁻ˣ). */
export const tanh: Plain = plain('tanh', functions.tanh);
/** x - tanh x. */
export const tanhShrink: Plain = plain('tanhShrink', functions.tanhShrink);

export interface SoftmaxOptions extends LayerOptions {
  /** One axis or several. Default -1. */
  readonly axis?: number | readonly number[];
}

/** What a masked logit gets added: nothing is left of it after softmax. */
const hidden = -1e9;

/** eˣ / Σ eˣ along an axis or over several; `layer(x, { mask })` leaves out where the mask (of x's shape, or one that broadcasts) is false. */
export const softmax = (given: SoftmaxOptions = {}): Layer => {
  const options = layerOptions<SoftmaxOptions>('softmax', [given], [], ['axis']);
  const { axis = -1 } = options;
  return createLayer('softmax', options, {
    passesMask: true,
    call(_, input: Tensor, { options: { mask } }) {
      const x = isTensor(mask) ? where(mask.cast('bool'), input, hidden) : input;
      if (typeof axis === 'number') return x.softmax(axis);
      const shifted = x.sub(x.max([...axis], { keepDims: true })).exp();
      return shifted.div(shifted.sum([...axis], { keepDims: true }));
    },
  });
};

export interface PreluOptions extends LayerOptions {
  /** Default 'zeros' (PyTorch: 0.25). */
  readonly alphaInitializer?: InitializerOption;
  readonly alphaRegularizer?: RegularizerOption;
  readonly alphaConstraint?: ConstraintOption;
  /** Axes along which one slope serves, the batch being 0: [1, 2] for one a channel of an image. */
  readonly sharedAxes?: readonly number[];
}

/** x for x > 0, else α x with learned slopes α of the input's shape (1 along shared axes). Source: He et al. 2015, arXiv:1502.01852. */
export const prelu = (given: PreluOptions = {}): Layer => {
  const options = layerOptions<PreluOptions>('prelu', [given], [], [...weightOptions('alpha'), 'sharedAxes']);
  return createLayer('prelu', options, {
    passesMask: true,
    build(shape = []) {
      const shared = (options.sharedAxes ?? []).map(axis => axisWithoutBatch('prelu', axis, shape));
      return {
        alpha: weightSpec(
          'alpha',
          shape.map((size, axis) => (shared.includes(axis) ? 1 : size)),
          options,
          'zeros',
        ),
      };
    },
    call: ({ alpha }, x: Tensor) => where(x.greater(0), x, x.mul(alpha as Tensor)),
  });
};
