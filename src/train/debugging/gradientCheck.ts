import { isFloat } from '../../core/dtype.ts';
import { GradusError, ValueError } from '../../core/errors.ts';
import type { Shape } from '../../core/shape.ts';
import { HostRandom, hostKey } from '../../nn/hostRandom.ts';
import { type Layer, runLayer } from '../../nn/layer.ts';
import { tensor } from '../../tensor/create.ts';
import { valueAndGrad } from '../../tensor/differentiate.ts';
import { jit } from '../../tensor/jit.ts';
import { unknownOptions } from '../../tensor/options.ts';
import * as random from '../../tensor/random.ts';
import { isTensor, type Tensor } from '../../tensor/tensor.ts';
import { mapTensors, tensorsAmong, tensorsIn } from '../../tensor/trees.ts';

export interface GradientCheckOptions {
  /** Of a layer: the shape of its input without the batch, or several. Needed there. */
  readonly inputShape?: Shape | readonly Shape[];
  /** Of a layer: whether it is called as in training. Default true. */
  readonly training?: boolean;
  /** For random inputs, weights and numbers in the layer. Default 1. */
  readonly seed?: number;
  /** Half the way between the two points of a difference. Default 1e-5. */
  readonly step?: number;
  /** How far the two may be apart, for numbers above 1 relative to them. Default 1e-5. */
  readonly tolerance?: number;
  /** Elements of each tensor that are looked at, evenly spread. Default 50. */
  readonly elements?: number;
}

/** What a check found. */
export interface GradientCheck {
  readonly isRight: boolean;
  /** The largest distance, relative to numbers above 1. */
  readonly error: number;
  /** Where: the path of the tensor and the place in it, with both numbers. */
  readonly worst: { readonly path: string; readonly index: number; readonly gradient: number; readonly difference: number } | undefined;
}

const optionNames = ['inputShape', 'training', 'seed', 'step', 'tolerance', 'elements'];
/** Rows of a layer's inputs. */
const batch = 3;

const randomTensor = (shape: Shape, numbers: HostRandom, low = -1, high = 1): Tensor =>
  tensor(
    Float64Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => low + (high - low) * numbers.uniform()),
    { shape: [...shape] },
  );

const isLayer = (value: unknown): value is Layer => typeof value === 'function' && 'kind' in value && 'weights' in value && 'call' in value;

/** A layer as a function of its weights and inputs, with random ones to begin with. */
const layerFunction = (
  layer: Layer,
  { inputShape, training = true, seed = 1 }: GradientCheckOptions,
): { f: (tree: never) => unknown; args: unknown } => {
  if (inputShape === undefined)
    throw new ValueError(`checkGradients needs the shape of a row for layer '${layer.kind}': checkGradients(layer, { inputShape: [4] }).`);
  const isList = inputShape.length > 0 && Array.isArray(inputShape[0]);
  const shapes = (isList ? inputShape : [inputShape]) as readonly Shape[];
  const numbers = new HostRandom(hostKey(seed));
  // Variances are positive.
  const weights = Object.fromEntries(
    layer
      .weights(...shapes)
      .map(({ name, shape }) => [name, /variance/i.test(name) ? randomTensor(shape, numbers, 0.5, 2) : randomTensor(shape, numbers)]),
  );
  const inputs = shapes.map(shape => randomTensor([batch, ...shape], numbers));
  const key = random.key(seed);
  const f = (tree: { weights: Readonly<Record<string, Tensor>>; inputs: readonly Tensor[] }): readonly Tensor[] =>
    runLayer(layer, tree.weights, tree.inputs, { isList }, { training, key, options: {} }).outputs;
  return { f: f as (tree: never) => unknown, args: { weights, inputs } };
};

/** Σ of all outputs, each element times a number of its own, so that errors do not cancel. */
const weightedSum = (result: unknown, seed: number): Tensor => {
  const numbers = new HostRandom(hostKey(seed + 1));
  const terms = tensorsIn(isTensor(result) ? [result] : result)
    .filter(({ leaf }) => isFloat(leaf.dtype))
    .map(({ leaf }) => leaf.cast('float64').mul(randomTensor(leaf.shape, numbers)).sum());
  if (terms.length === 0) throw new ValueError('checkGradients needs a function that gives tensors of floats.');
  return terms.reduce((sum, term) => sum.add(term));
};

/**
 * Compares the gradients of a layer or a function with central differences, (f(x + h) - f(x - h)) / 2h in float64: for layers, losses and
 * functions of one's own that use `customGradient`, or to see that nothing stops a gradient on its way.
 *
 * Of a layer all weights and inputs are looked at, in training mode, at random values; of a function all tensors of floats among its
 * arguments, as float64 (at points where it is smooth). Random numbers must come from a key that stays.
 *
 * @throws ValueError for a layer without `inputShape`, and for a function that is given nothing to differentiate.
 * @example
 * const { isRight, error } = await checkGradients(myLayer(), { inputShape: [4] });
 * await checkGradients((a, b) => a.mul(b).tanh(), [tensor([1, 2]), tensor([3, 4])]);
 */
export async function checkGradients(layer: Layer, options: GradientCheckOptions): Promise<GradientCheck>;
export async function checkGradients(
  f: (...args: never[]) => unknown,
  args: readonly unknown[],
  options?: GradientCheckOptions,
): Promise<GradientCheck>;
export async function checkGradients(
  what: Layer | ((...args: never[]) => unknown),
  second: GradientCheckOptions | readonly unknown[],
  third: GradientCheckOptions = {},
): Promise<GradientCheck> {
  const options = (isLayer(what) ? second : third) as GradientCheckOptions;
  unknownOptions('checkGradients', options ?? {}, optionNames);
  const { seed = 1, step: h = 1e-5, tolerance = 1e-5, elements = 50 } = options ?? {};
  const { f, args } = isLayer(what)
    ? layerFunction(what, options ?? {})
    : { f: (tree: never) => (what as (...all: unknown[]) => unknown)(...(tree as unknown[])), args: inFloat64(second) };
  const floats = tensorsAmong(args).filter(({ leaf }) => isFloat(leaf.dtype));
  if (floats.length === 0) throw new ValueError('checkGradients got no tensor of floats to differentiate with respect to.');
  const put = (values: readonly Tensor[]): unknown => {
    let next = 0;
    return mapTensors(args, leaf => (isFloat(leaf.dtype) ? values[next++] : leaf));
  };
  const value = (values: readonly Tensor[]): Tensor => weightedSum(f(put(values) as never), seed);
  const [, gradients] = valueAndGrad(value)(floats.map(({ leaf }) => leaf));
  const at = jit(value);
  let [error, worst] = [0, undefined as GradientCheck['worst']];
  for (const [place, { path, leaf }] of floats.entries()) {
    const data = await leaf.data();
    const gradient = await (gradients[place] as Tensor).data();
    const moved = (index: number, by: number): Promise<number> => {
      const changed = Float64Array.from(data);
      changed[index] = (changed[index] as number) + by;
      return at(floats.map(({ leaf: other }, which) => (which === place ? tensor(changed, { shape: [...leaf.shape] }) : other))).item();
    };
    const stride = Math.max(1, Math.floor(data.length / elements));
    for (let index = 0; index < data.length; index += stride) {
      const difference = ((await moved(index, h)) - (await moved(index, -h))) / (2 * h);
      const found = gradient[index] as number;
      const apart = Math.abs(found - difference) / Math.max(1, Math.abs(difference));
      if (apart > error || Number.isNaN(apart)) {
        error = Number.isNaN(apart) ? Infinity : apart;
        worst = { path, index, gradient: found, difference };
      }
    }
  }
  return { isRight: error <= tolerance, error, worst };
}

/** Arguments with their floats as float64. @throws GradusError where there is no list. */
const inFloat64 = (args: unknown): unknown => {
  if (!Array.isArray(args))
    throw new GradusError('checkGradients takes a function and the list of its arguments: checkGradients(f, [a, b]).');
  return mapTensors(args, leaf => (isFloat(leaf.dtype) ? leaf.cast('float64') : leaf));
};
