import { callbacks, losses, type Model, type Optimizer, optimizers, schedules } from '../../index.ts';
import type { Output } from '../output.ts';
import type { Settings } from '../settings.ts';
import type { Plan, Prepared } from '../tasks/prepared.ts';

export interface Trained {
  readonly net: Model;
  readonly history: Readonly<Record<string, readonly number[]>>;
}

/** Everything that trainings of one run share. */
export interface Run {
  readonly prepared: Prepared;
  readonly settings: Settings;
  readonly output: Output;
  readonly signal: AbortSignal;
}

/** The learning rate falls to 0 along half a cosine. */
export const optimizerFor = (
  name: string,
  plan: Pick<Plan, 'epochs' | 'batchSize' | 'learningRate' | 'weightDecay'>,
  rows: number,
): Optimizer => {
  const learningRate = schedules.cosineDecay({
    initialLearningRate: plan.learningRate,
    decaySteps: plan.epochs * Math.ceil(rows / plan.batchSize),
  });
  if (name === 'sgd') return optimizers.sgd({ learningRate, momentum: 0.9 });
  return name === 'adam' ? optimizers.adam({ learningRate }) : optimizers.adamW({ learningRate, weightDecay: plan.weightDecay });
};

const lossOf = {
  classification: losses.sparseCategoricalCrossentropy({ fromLogits: true }),
  multiLabel: losses.binaryCrossentropy({ fromLogits: true }),
  regression: 'mse',
} as const;

/** Metrics beside the loss. */
const metricsOf = { classification: ['accuracy'], multiLabel: [], regression: [] } as const;

const patienceFor = (epochs: number): number => Math.max(6, Math.round(epochs / 5));

/** Trains a network with early stopping; with a folder its checkpoints are there, and it goes on from them. */
export const fit = async (run: Run, net: Model, plan: Plan, { checkpoints }: { readonly checkpoints?: string } = {}): Promise<Trained> => {
  const { prepared, settings, output, signal } = run;
  const { train, validation, task } = prepared;
  net.compile({
    optimizer: optimizerFor(settings.optimizer ?? 'adamW', plan, train.rows.length),
    ...{ loss: lossOf[task], metrics: [...metricsOf[task]], mixedPrecision: settings.mixedPrecision ?? 'float32' },
  });
  const isShown = checkpoints !== undefined;
  const steps = Math.ceil(train.rows.length / plan.batchSize);
  const history = await net.fit(train.x, train.y, {
    ...{ epochs: plan.epochs, batchSize: plan.batchSize, seed: settings.seed, signal },
    validationData: [validation.x, validation.y],
    validationBatchSize: 256,
    verbose: isShown && !output.json ? 'auto' : 'silent',
    callbacks: [
      callbacks.earlyStopping({ patience: patienceFor(plan.epochs), restoreBestWeights: true }),
      ...(isShown
        ? [
            callbacks.backupAndRestore({ directory: checkpoints, saveFreq: Math.max(50, steps) }),
            {
              onEpochEnd: (epoch: number, logs: Readonly<Record<string, number>>) =>
                output.event({ event: 'epoch', epoch: epoch + 1, ...logs }),
            },
          ]
        : []),
    ],
  });
  return { net, history };
};
