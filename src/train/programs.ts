import type { DType } from '../core/dtype.ts';
import type { Shape } from '../core/shape.ts';
import type { Optimizer, OptimizerState } from '../optimizers/optimizer.ts';
import { arange, stack, where } from '../tensor/create.ts';
import { valueAndGrad } from '../tensor/differentiate.ts';
import { compileProgram, type Program } from '../tensor/program.ts';
import { isTensor, type Tensor } from '../tensor/tensor.ts';
import { mapTensors, tensorsIn } from '../tensor/trees.ts';
import { objectiveValues } from './batchLoss.ts';
import { type Network, type NetworkRun, type Observer, penalties, runNetwork, type Weights } from './network.ts';
import type { Objective } from './objective.ts';

/** What programs read besides the state. */
export interface Resident {
  readonly x: readonly Tensor[];
  readonly y: readonly Tensor[];
  /** A number for each row. */
  readonly sampleWeight?: Tensor;
  /** Places of rows in the order in which they are taken, int32; one epoch after the other. */
  readonly order?: Tensor;
}

/** How a program finds its batch among the rows. */
export interface Batching {
  /** Rows of a batch. */
  readonly size: number;
  /** The data are one batch: nothing is looked up. */
  readonly whole: boolean;
  /** Rows that an epoch takes, where a run goes on through several epochs. */
  readonly rowsPerEpoch: number;
  /** Epochs that one run may span: the sums of each are kept apart. */
  readonly slots: number;
}

/** What a run counts. */
export interface Tally {
  /** Rows taken since the run began. */
  readonly position: Tensor;
  readonly sums: readonly Tensor[];
}

export interface TrainState {
  readonly weights: Weights;
  readonly optimizer: OptimizerState;
  readonly tally: Tally;
  /** The first update whose loss was no finite number, or -1. */
  readonly failed: Tensor;
}

/** The shape of a sum, with an axis for the epochs of a run. */
export const sumShape = (shape: Shape, { slots }: Batching): Shape => (slots === 1 ? shape : [slots]);

/** The element type of sums: float64 for long epochs, whose sums would lose digits; short ones fit into faster vectors. */
export const sumType = ({ slots }: Batching): 'float32' | 'float64' => (slots === 1 ? 'float64' : 'float32');

/** Row numbers of the next batch, or undefined where the data are the batch. */
const batchRows = ({ size, whole }: Batching, { order }: Resident, position: Tensor): Tensor | undefined => {
  if (whole) return undefined;
  const places = position.add(arange(size));
  return order === undefined ? places : order.gather(places, 0);
};

const castTo = (x: Tensor, dtype: DType): Tensor => (x.dtype === dtype ? x : x.cast(dtype));

/** The batch: inputs in the model's element types, targets and weights as they are. */
const takeBatch = (network: Network, batching: Batching, data: Resident, position: Tensor): Omit<Resident, 'order'> => {
  const rows = batchRows(batching, data, position);
  const take = (values: Tensor): Tensor => (rows === undefined ? values : values.gather(rows, 0));
  return {
    x: data.x.map((values, index) => castTo(take(values), network.inputs[index]?.dtype as DType)),
    y: data.y.map(take),
    ...(data.sampleWeight === undefined ? {} : { sampleWeight: take(data.sampleWeight) }),
  };
};

const advance = (batching: Batching, tally: Tally, added: readonly Tensor[]): Tally => {
  const { slots, rowsPerEpoch, size } = batching;
  const position = tally.position.add(size);
  if (slots === 1) return { position, sums: tally.sums.map((sum, index) => sum.add((added[index] as Tensor).cast(sum.dtype))) };
  const starts = arange(slots).mul(rowsPerEpoch); // compared, not divided: there are no vectors of integer divisions
  const isNow = starts.lessEqual(tally.position).and(starts.add(rowsPerEpoch).greater(tally.position));
  return { position, sums: tally.sums.map((sum, index) => where(isNow, sum.add(added[index] as Tensor), sum)) };
};

/** The tensors of a tree that a mask chooses, by their paths: optimizers may treat them by name. */
export const chosen = (weights: Weights, mask: readonly boolean[]): Record<string, Tensor> =>
  Object.fromEntries(tensorsIn(weights).flatMap(({ path, leaf }, index) => (mask[index] === true ? [[path, leaf]] : [])));

/** The tree with the chosen tensors replaced. */
export const replaceChosen = (weights: Weights, mask: readonly boolean[], by: Readonly<Record<string, Tensor>>): Weights => {
  const values = Object.values(by);
  let next = 0;
  return mapTensors(weights, (leaf, index) => (mask[index] === true ? values[next++] : leaf)) as Weights;
};

export interface TrainProgramOptions {
  readonly network: Network;
  readonly objective: Objective;
  readonly trainable: readonly boolean[];
  /** Layers that training leaves as they are. */
  readonly frozen: ReadonlySet<string>;
  readonly batching: Batching;
}

interface Aux {
  readonly loss: Tensor;
  readonly sums: readonly Tensor[];
  readonly weights: Weights;
}

/** The loss of a batch as `compile` has it: by its losses, or by a `trainStep` of the user's own. */
export const batchLoss = (
  { network, objective, frozen, observe }: Pick<TrainProgramOptions, 'network' | 'objective' | 'frozen'> & { readonly observe?: Observer },
  weights: Weights,
  batch: Omit<Resident, 'order'>,
  key: Tensor,
): Aux => {
  const sampleWeight = batch.sampleWeight;
  const valuesFor = (run: NetworkRun, now: Weights): { readonly loss: Tensor; readonly sums: readonly Tensor[] } => {
    const { outputs, masks, losses } = run;
    return objectiveValues(objective, { targets: batch.y, outputs, masks, sampleWeight, penalty: penalties(network, now, losses) });
  };
  const { trainStep } = objective;
  if (trainStep === undefined) {
    const run = runNetwork(network, weights, batch.x, { training: true, key, frozen, observe });
    return { ...valuesFor(run, weights), weights: run.weights };
  }
  let last: NetworkRun | undefined;
  const result = trainStep({
    ...{ weights, x: batch.x, y: batch.y, sampleWeight, key },
    apply(x = batch.x, { weights: now = weights, training = true } = {}) {
      const run = runNetwork(network, now, isTensor(x) ? [x] : x, { training, key, frozen, observe });
      last ??= run;
      return run.outputs;
    },
    loss: outputs => valuesFor({ outputs, masks: [], losses: last?.losses ?? [], caches: [], weights }, weights).loss,
  });
  const { loss, outputs = undefined } = isTensor(result) ? { loss: result } : result;
  last ??= runNetwork(network, weights, batch.x, { training: true, key, frozen, observe });
  const shown = valuesFor({ ...last, outputs: outputs ?? last.outputs }, weights);
  const samples = (last.outputs[0] as Tensor).shape[0] as number;
  return { loss, sums: [loss.mul(samples), ...shown.sums.slice(1)], weights: last.weights };
};

/**
 * One training step as a program: batch, forward pass, loss, gradients, update, sums. All that it changes is its state, so that it can
 * run many times in one call. `seed` (int32) and the number of the update make the key of the random layers.
 */
export const trainProgram = (
  { network, objective, trainable, frozen, batching }: TrainProgramOptions,
  state: TrainState,
  data: Resident,
  seed: Tensor,
): Program<TrainState, undefined> => {
  const constraints = network.layers
    .flatMap(({ weights }) => weights.map(({ constraint }) => constraint))
    .filter((_, index) => trainable[index]);
  return compileProgram(
    ({ weights, optimizer, tally, failed }: TrainState, resident: Resident, word: Tensor) => {
      const batch = takeBatch(network, batching, resident, tally.position);
      const key = stack([word, optimizer.step]);
      const lossOf = (moved: Readonly<Record<string, Tensor>>): [Tensor, Aux] => {
        const now = replaceChosen(weights, trainable, moved);
        const { loss, sums, weights: changed } = batchLoss({ network, objective, frozen }, now, batch, key);
        return [objective.optimizer.scaleLoss?.(loss, optimizer) ?? loss, { loss, sums, weights: changed }];
      };
      const before = chosen(weights, trainable);
      const [[, after], gradients] = valueAndGrad(lossOf, { hasAux: true, residuals: objective.residuals })(before);
      const { loss } = after;
      const [updated, nextOptimizer] = objective.optimizer.update<Readonly<Record<string, Tensor>>>(before, gradients, optimizer);
      const moved = Object.fromEntries(
        Object.entries(updated).map(([path, weight], index) => [path, constraints[index]?.(weight) ?? weight]),
      );
      const isSound = failed.less(0).and(loss.isFinite());
      const next = { weights: replaceChosen(after.weights, trainable, moved), optimizer: nextOptimizer };
      const last = tensorsIn({ weights, optimizer });
      return {
        state: {
          // A loss that is no number moves nothing: what the model had before is kept.
          ...(mapTensors(next, (value, index) => where(isSound, value, (last[index] as { leaf: Tensor }).leaf)) as typeof next),
          tally: advance(batching, tally, after.sums),
          failed: where(isSound.or(failed.greaterEqual(0)), failed, optimizer.step),
        },
      };
    },
    state,
    data,
    seed,
  );
};

/** What programs that only look at the weights read: the weights, and where an optimizer keeps better ones (averages) its state. */
export interface Fixed {
  readonly weights: Weights;
  readonly optimizer: OptimizerState | undefined;
}

/** The weights to evaluate with. */
export const shownWeights = (
  { weights, optimizer: state }: Fixed,
  optimizer: Optimizer | undefined,
  trainable: readonly boolean[],
): Weights => {
  if (state === undefined || optimizer?.evaluationWeights === undefined) return weights;
  return replaceChosen(weights, trainable, optimizer.evaluationWeights(chosen(weights, trainable), state));
};

/** One batch of an evaluation as a program: it adds to the sums, and can run many times in one call. */
export const evaluateProgram = (
  { network, objective, batching, trainable }: Omit<TrainProgramOptions, 'frozen'>,
  tally: Tally,
  fixed: Fixed,
  data: Resident,
): Program<Tally, undefined> =>
  compileProgram(
    (now: Tally, known: Fixed, resident: Resident) => {
      const batch = takeBatch(network, batching, resident, now.position);
      const weights = shownWeights(known, objective.optimizer, trainable);
      const { outputs, masks, losses } = runNetwork(network, weights, batch.x, { training: false });
      const penalty = penalties(network, weights, losses);
      const { sums } = objectiveValues(objective, { targets: batch.y, outputs, masks, sampleWeight: batch.sampleWeight, penalty });
      return { state: advance(batching, now, sums) };
    },
    tally,
    fixed,
    data,
  );

export interface PredictProgramOptions {
  readonly network: Network;
  readonly batching: Batching;
  readonly optimizer: Optimizer | undefined;
  readonly trainable: readonly boolean[];
  /** Weights that are states. */
  readonly states: readonly boolean[];
}

/** The outputs for the rows from `position` on, as a program. */
export const predictProgram = (
  { network, batching, optimizer, trainable, states }: PredictProgramOptions,
  fixed: Fixed,
  x: readonly Tensor[],
  position: Tensor,
): Program<readonly Tensor[], readonly Tensor[]> =>
  compileProgram(
    (_: readonly Tensor[], known: Fixed, rows: readonly Tensor[], from: Tensor) => {
      const batch = takeBatch(network, batching, { x: rows, y: [] }, from);
      const weights = shownWeights(known, optimizer, trainable);
      const run = runNetwork(network, weights, batch.x, { training: false });
      // Behind the outputs: what stateful layers carry on to the next batch.
      return { state: [], outputs: [...run.outputs, ...Object.values(chosen(run.weights, states))] };
    },
    [],
    fixed,
    x,
    position,
  );
