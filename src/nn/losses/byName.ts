import type { Config } from '../../core/config.ts';
import { unknownName, ValueError } from '../../core/errors.ts';
import { isTensor, type Tensor } from '../../tensor/tensor.ts';
import { ownFunction } from '../activations.ts';
import { binaryCrossentropy, binaryFocalCrossentropy } from './binary.ts';
import {
  categoricalCrossentropy,
  categoricalFocalCrossentropy,
  categoricalGeneralizedCrossEntropy,
  nll,
  sparseCategoricalCrossentropy,
} from './categorical.ts';
import { ctc } from './ctc.ts';
import { gaussianNll, klDivergence, poisson, poissonNll } from './divergences.ts';
import { circle, cosineEmbedding, infoNce, marginRanking, tripletMargin } from './embeddings.ts';
import { type Loss, type LossCallOptions, lossFrom } from './loss.ts';
import * as margins from './margins.ts';
import { dice, tversky } from './overlap.ts';
import * as regression from './regression.ts';

const { hinge, squaredHinge, categoricalHinge, softMargin, multiLabelSoftMargin, multiLabelMargin, multiMargin, hingeEmbedding } = margins;
const { meanSquaredError, meanAbsoluteError, meanAbsolutePercentageError, meanSquaredLogarithmicError } = regression;
const { logCosh, huber, smoothL1, cosineSimilarity } = regression;

/** Losses by name. */
export const lossesByName: Readonly<Record<string, (options?: never) => Loss>> = {
  ...{ meanSquaredError, meanAbsoluteError, meanAbsolutePercentageError, meanSquaredLogarithmicError },
  ...{ logCosh, huber, smoothL1, cosineSimilarity },
  ...{ binaryCrossentropy, binaryFocalCrossentropy },
  ...{ categoricalCrossentropy, categoricalFocalCrossentropy, categoricalGeneralizedCrossEntropy, nll, sparseCategoricalCrossentropy },
  ...{ ctc, gaussianNll, klDivergence, poisson, poissonNll },
  ...{ circle, cosineEmbedding, infoNce, marginRanking, tripletMargin },
  ...{ hinge, squaredHinge, categoricalHinge, softMargin, multiLabelSoftMargin, multiLabelMargin, multiMargin, hingeEmbedding },
  ...{ dice, tversky },
};

/** Short names of Keras, for losses and metrics. */
export const shortNames: Readonly<Record<string, string>> = {
  ...{ mse: 'meanSquaredError', mae: 'meanAbsoluteError', mape: 'meanAbsolutePercentageError', msle: 'meanSquaredLogarithmicError' },
  acc: 'accuracy',
  ...{ bce: 'binaryCrossentropy', cce: 'categoricalCrossentropy', scce: 'sparseCategoricalCrossentropy', kld: 'klDivergence' },
};

/** What stands under a name in a table, under its own name or a short one; nothing that objects inherit. */
export const named = <T>(table: Readonly<Record<string, T>>, name: unknown): T | undefined => {
  if (typeof name !== 'string') return undefined;
  const full = Object.hasOwn(shortNames, name) ? (shortNames[name] as string) : name;
  return Object.hasOwn(table, full) ? table[full] : undefined;
};

/**
 * A function of the user's own: one value, or one a sample. It is never given options: they stand here so that TypeScript infers the
 * arguments of a function where a Loss may stand as well.
 */
export type LossFunction = (target: Tensor, prediction: Tensor, options?: LossCallOptions) => Tensor;

export type LossOption = string | Loss | LossFunction | { readonly kind: string; readonly config: Config };

/** @throws ValueError for an unknown name, with the nearest known one. */
export const lossOf = (option: LossOption): Loss => {
  if (typeof option === 'function') return 'values' in option ? option : ownLoss(option);
  const kind = typeof option === 'string' ? option : option?.kind;
  const make = named(lossesByName, kind);
  if (make === undefined) throw unknownName('loss', String(kind), Object.keys(lossesByName));
  return make((typeof option === 'string' ? undefined : option.config) as never);
};

const ownLoss = (f: LossFunction): Loss =>
  lossFrom(ownFunction, {}, undefined, (target, prediction) => {
    const values: unknown = f(target, prediction);
    if (!isTensor(values)) throw new ValueError(`a loss must return a tensor at once, got a ${typeof values}.`);
    return values;
  });
