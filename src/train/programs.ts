import type { DType } from '../core/dtype.ts';
import type { Shape } from '../core/shape.ts';
import type { OptimizerState } from '../optimizers/optimizer.ts';
import { arange, stack, where } from '../tensor/create.ts';
import { valueAndGrad } from '../tensor/differentiate.ts';
import { compileProgram, type Program } from '../tensor/program.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { mapTensors, tensorsIn } from '../tensor/trees.ts';
import { type Network, penalties, runNetwork, type Weights } from './network.ts';
import { type Objective, objectiveValues } from './objective.ts';

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

/** The tensors of a tree that a mask chooses, flat. */
export const chosen = (weights: Weights, mask: readonly boolean[]): Tensor[] =>
  tensorsIn(weights).flatMap(({ leaf }, index) => (mask[index] === true ? [leaf] : []));

/** The tree with the chosen tensors replaced. */
export const replaceChosen = (weights: Weights, mask: readonly boolean[], by: readonly Tensor[]): Weights => {
  let next = 0;
  return mapTensors(weights, (leaf, index) => (mask[index] === true ? by[next++] : leaf)) as Weights;
};

export interface TrainProgramOptions {
  readonly network: Network;
  readonly objective: Objective;
  readonly trainable: readonly boolean[];
  readonly batching: Batching;
}

/**
 * One training step as a program: batch, forward pass, loss, gradients, update, sums. All that it changes is its state, so that it can
 * run many times in one call. `seed` (int32) and the number of the update make the key of the random layers.
 */
export const trainProgram = (
  { network, objective, trainable, batching }: TrainProgramOptions,
  state: TrainState,
  data: Resident,
  seed: Tensor,
): Program<TrainState, undefined> => {
  const constraints = network.layers.flatMap(({ weights }) => weights.flatMap(one => (one.trainable ? [one.constraint] : [])));
  return compileProgram(
    ({ weights, optimizer, tally, failed }: TrainState, resident: Resident, word: Tensor) => {
      const batch = takeBatch(network, batching, resident, tally.position);
      const key = stack([word, optimizer.step]);
      const lossOf = (moved: readonly Tensor[]): [Tensor, { sums: readonly Tensor[]; weights: Weights }] => {
        const now = replaceChosen(weights, trainable, moved);
        const run = runNetwork(network, now, batch.x, { training: true, key });
        const penalty = penalties(network, now, run.losses);
        const { outputs, masks } = run;
        const { loss, sums } = objectiveValues(objective, { targets: batch.y, outputs, masks, sampleWeight: batch.sampleWeight, penalty });
        return [loss, { sums, weights: run.weights }];
      };
      const before = chosen(weights, trainable);
      const [[loss, after], gradients] = valueAndGrad(lossOf, { hasAux: true })(before);
      const [updated, nextOptimizer] = objective.optimizer.update<readonly Tensor[]>(before, gradients, optimizer);
      const moved = updated.map((weight, index) => constraints[index]?.(weight) ?? weight);
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

/** One batch of an evaluation as a program: it adds to the sums, and can run many times in one call. */
export const evaluateProgram = (
  { network, objective, batching }: Omit<TrainProgramOptions, 'trainable'>,
  tally: Tally,
  weights: Weights,
  data: Resident,
): Program<Tally, undefined> =>
  compileProgram(
    (now: Tally, fixed: Weights, resident: Resident) => {
      const batch = takeBatch(network, batching, resident, now.position);
      const { outputs, masks, losses } = runNetwork(network, fixed, batch.x, { training: false });
      const penalty = penalties(network, fixed, losses);
      const { sums } = objectiveValues(objective, { targets: batch.y, outputs, masks, sampleWeight: batch.sampleWeight, penalty });
      return { state: advance(batching, now, sums) };
    },
    tally,
    weights,
    data,
  );

/** The outputs for the rows from `position` on, as a program. */
export const predictProgram = (
  network: Network,
  batching: Batching,
  weights: Weights,
  x: readonly Tensor[],
  position: Tensor,
): Program<readonly Tensor[], readonly Tensor[]> =>
  compileProgram(
    (_: readonly Tensor[], fixed: Weights, rows: readonly Tensor[], from: Tensor) => {
      const batch = takeBatch(network, batching, { x: rows, y: [] }, from);
      return { state: [], outputs: runNetwork(network, fixed, batch.x, { training: false }).outputs };
    },
    [],
    weights,
    x,
    position,
  );
