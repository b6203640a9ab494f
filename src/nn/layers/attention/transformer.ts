import { ShapeError, ValueError } from '../../../core/errors.ts';
import type { Shape } from '../../../core/shape.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import type { ActivationOption } from '../../activations.ts';
import { partSpecs, runPart } from '../../compose.ts';
import type { InitializerOption } from '../../initializers.ts';
import { type CallContext, createLayer, type Layer, type LayerOptions, layerOptions, type WeightSpec } from '../../layer.ts';
import { checkRank, fraction, positiveInteger } from '../common.ts';
import { dense } from '../dense.ts';
import { layerNormalization } from '../normalization.ts';
import { dropout as dropoutLayer } from '../regularization.ts';
import { multiHeadAttention } from './multiHeadAttention.ts';

export interface TransformerOptions extends LayerOptions {
  /** Share that training drops, of attention weights and of both branches' outputs. Default 0. */
  readonly dropout?: number;
  /** Of the feed-forward part. Default 'relu'. */
  readonly activation?: ActivationOption;
  /** Default 1e-5. */
  readonly layerNormEpsilon?: number;
  /** Default 'glorotUniform'. */
  readonly kernelInitializer?: InitializerOption;
  /** Default 'zeros'. */
  readonly biasInitializer?: InitializerOption;
  /** Normalizes before each branch rather than behind it (as GPT-2 does). Default false. */
  readonly normalizeFirst?: boolean;
  /** Rotary positions in self-attention. Default false. */
  readonly rotary?: boolean | number;
}

interface TransformerRequired {
  readonly intermediateDim: number;
  readonly numHeads: number;
}

type Arguments =
  | [intermediateDim: number, numHeads: number, options?: TransformerOptions]
  | [options: TransformerOptions & TransformerRequired];

const names = ['dropout', 'activation', 'layerNormEpsilon', 'kernelInitializer', 'biasInitializer', 'normalizeFirst', 'rotary'];

type Weights = Readonly<Record<string, Tensor>>;

/** The parts of a block for inputs of so many features. */
interface Parts {
  readonly attention: Layer;
  readonly cross: Layer;
  readonly norm: Layer;
  readonly up: Layer;
  readonly down: Layer;
  readonly drop: Layer;
}

const partsFor = (kind: string, options: TransformerOptions & TransformerRequired, features: number): Parts => {
  const { dropout = 0, activation = 'relu', layerNormEpsilon = 1e-5, kernelInitializer, biasInitializer, rotary = false } = options;
  const { numHeads, intermediateDim } = options;
  if (features % numHeads !== 0)
    throw new ShapeError(`${kind} cannot share ${features} features between ${numHeads} heads: features must be a multiple.`);
  const starts = {
    ...(kernelInitializer === undefined ? {} : { kernelInitializer }),
    ...(biasInitializer === undefined ? {} : { biasInitializer }),
  };
  const heads = { numHeads, keyDim: features / numHeads, dropout, ...starts };
  return {
    attention: multiHeadAttention({ ...heads, rotary }),
    cross: multiHeadAttention(heads),
    norm: layerNormalization({ epsilon: layerNormEpsilon }),
    up: dense(intermediateDim, { activation, ...starts }),
    down: dense(features, starts),
    drop: dropoutLayer(dropout),
  };
};

const checkOptions = (kind: string, options: TransformerOptions & TransformerRequired): void => {
  positiveInteger(kind, 'intermediateDim', options.intermediateDim);
  positiveInteger(kind, 'numHeads', options.numHeads);
  fraction(kind, 'dropout', options.dropout ?? 0);
};

/** x + branch(norm x), or norm(x + branch x). */
const residual = (x: Tensor, isFirst: boolean, norm: (x: Tensor) => Tensor, branch: (x: Tensor) => Tensor): Tensor =>
  isFirst ? x.add(branch(norm(x))) : norm(x.add(branch(x)));

const feedForwardSpecs = ({ norm, up, down }: Parts, shape: Shape, intermediateDim: number): Record<string, WeightSpec> => ({
  ...partSpecs('feedforwardIntermediate', up, shape),
  ...partSpecs('feedforwardOutput', down, [...shape.slice(0, -1), intermediateDim]),
  ...partSpecs('feedforwardNorm', norm, shape),
});

/** What the parts compute inside of a block. */
const runner = (parts: Parts, weights: Weights, context: CallContext) => {
  const one = (prefix: string, layer: Layer, x: Tensor, index = 0): Tensor =>
    runPart(prefix, layer, weights, [x], context, { index }).outputs[0] as Tensor;
  return {
    norm: (prefix: string) => (x: Tensor) => one(prefix, parts.norm, x),
    drop: (x: Tensor, index: number) => one('drop', parts.drop, x, index),
    feedForward: (x: Tensor) => one('feedforwardOutput', parts.down, one('feedforwardIntermediate', parts.up, x)),
  };
};

/**
 * A block of the transformer that looks both ways: self-attention, then two dense layers, each with a residual and layer normalization:
 * x (batch, steps, features) -> the same shape. Called with `{ attentionMask }`; steps that a mask leaves out are not looked at.
 *
 * Source: Vaswani et al. 2017, arXiv:1706.03762, section 3.1; KerasHub's `TransformerEncoder`, PyTorch's `TransformerEncoderLayer`.
 * @example layers.transformerEncoder(256, 4, { dropout: 0.1 })
 */
export const transformerEncoder = (...args: Arguments): Layer => {
  const kind = 'transformerEncoder';
  const options = layerOptions<TransformerOptions & TransformerRequired>(kind, args, ['intermediateDim', 'numHeads'], names);
  checkOptions(kind, options);
  const { normalizeFirst = false } = options;
  return createLayer(kind, options, {
    passesMask: true,
    build(shape = []) {
      checkRank(kind, shape, ['steps', 'features']);
      const parts = partsFor(kind, options, shape[1] as number);
      return {
        ...partSpecs('selfAttention', parts.attention, shape, shape),
        ...partSpecs('selfAttentionNorm', parts.norm, shape),
        ...feedForwardSpecs(parts, shape, options.intermediateDim),
      };
    },
    call(weights, x: Tensor, context) {
      const parts = partsFor(kind, options, x.shape[2] as number);
      const run = runner(parts, weights, context);
      const mask = context.masks?.[0];
      const { attentionMask, useCausalMask } = context.options;
      const asked = {
        ...(attentionMask === undefined ? {} : { attentionMask }),
        ...(useCausalMask === undefined ? {} : { useCausalMask }),
      };
      const attended = residual(x, normalizeFirst, run.norm('selfAttentionNorm'), h => {
        const part = { options: { ...asked, ...(mask === undefined ? {} : { valueMask: mask }) }, index: 1 };
        return run.drop(runPart('selfAttention', parts.attention, weights, [h, h], context, part).outputs[0] as Tensor, 2);
      });
      return residual(attended, normalizeFirst, run.norm('feedforwardNorm'), h => run.drop(run.feedForward(h), 3));
    },
  });
};

/**
 * A block of the transformer that writes: causal self-attention, attention to an encoder's output where one is given, two dense layers,
 * each with a residual and layer normalization: `layer(x)` or `layer(x, encoded)`, x (batch, steps, features), encoded (batch, keys,
 * features) -> the shape of x. Called with `{ useCausalMask: false }` it sees later steps, too.
 *
 * Source: Vaswani et al. 2017, section 3.1; KerasHub's `TransformerDecoder`, PyTorch's `TransformerDecoderLayer`.
 * @example layers.transformerDecoder(256, 4, { normalizeFirst: true, activation: 'gelu' })
 */
export const transformerDecoder = (...args: Arguments): Layer => {
  const kind = 'transformerDecoder';
  const options = layerOptions<TransformerOptions & TransformerRequired>(kind, args, ['intermediateDim', 'numHeads'], names);
  checkOptions(kind, options);
  const { normalizeFirst = false } = options;
  return createLayer(kind, options, {
    passesMask: true,
    build(shape = [], ...[encoded]) {
      checkRank(kind, shape, ['steps', 'features']);
      const parts = partsFor(kind, options, shape[1] as number);
      return {
        ...partSpecs('selfAttention', parts.attention, shape, shape),
        ...partSpecs('selfAttentionNorm', parts.norm, shape),
        ...(encoded === undefined
          ? {}
          : { ...partSpecs('crossAttention', parts.cross, shape, encoded), ...partSpecs('crossAttentionNorm', parts.norm, shape) }),
        ...feedForwardSpecs(parts, shape, options.intermediateDim),
      };
    },
    call(weights, inputs: Tensor | readonly Tensor[], context) {
      const [x, encoded] = (Array.isArray(inputs) ? inputs : [inputs]) as [Tensor, Tensor?];
      const parts = partsFor(kind, options, x.shape[2] as number);
      const run = runner(parts, weights, context);
      const { useCausalMask = true, attentionMask } = context.options;
      if (context.decode !== undefined && useCausalMask !== true)
        throw new ValueError(`layers.${kind} can write step by step only where it is causal.`);
      const masks = context.masks ?? [];
      let cache: readonly Tensor[] = [];
      const valueMask = masks[0] === undefined ? {} : { valueMask: masks[0] };
      const seen = residual(x, normalizeFirst, run.norm('selfAttentionNorm'), h => {
        const asked = { useCausalMask, ...(attentionMask === undefined ? {} : { attentionMask }), ...valueMask };
        const result = runPart('selfAttention', parts.attention, weights, [h, h], context, {
          options: asked,
          index: 1,
          decode: context.decode,
        });
        cache = result.cache;
        return run.drop(result.outputs[0] as Tensor, 2);
      });
      const crossed =
        encoded === undefined
          ? seen
          : residual(seen, normalizeFirst, run.norm('crossAttentionNorm'), h => {
              const asked = masks[1] === undefined ? {} : { valueMask: masks[1] };
              const part = { options: asked, index: 4 };
              return run.drop(runPart('crossAttention', parts.cross, weights, [h, encoded], context, part).outputs[0] as Tensor, 5);
            });
      return {
        output: residual(crossed, normalizeFirst, run.norm('feedforwardNorm'), h => run.drop(run.feedForward(h), 3)),
        masks: [masks[0]],
        cache,
      };
    },
    cache(length, shape = []) {
      const width = (shape[1] as number) / options.numHeads;
      const one = [length, options.numHeads, width];
      return [one, one];
    },
  });
};
