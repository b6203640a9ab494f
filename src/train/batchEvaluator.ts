import { ValueError } from '../core/errors.ts';
import { concat, tensor } from '../tensor/create.ts';
import { isTensor, type Tensor } from '../tensor/tensor.ts';
import { checkInputs, checkLabels, tensorsOf, type Values } from './arrays.ts';
import { type Batch, type BatchSource, BatchWalk, rowsOfBatch } from './batchSource.ts';
import type { ModelCore } from './core.ts';
import { predictRows, sumsOfRows } from './evaluator.ts';
import type { Logs } from './logs.ts';
import { figuresFrom } from './objective.ts';
import { rowData } from './rows.ts';

export interface BatchEvaluation {
  /** Batches to look at; the first ones. Default: all. */
  readonly steps?: number | undefined;
  readonly onSlice?: () => void;
}

/** Adds sums to sums, which are empty at first. */
export const addTotals = (to: Float64Array[], more: readonly Float64Array[]): void => {
  for (const [index, values] of more.entries()) {
    to[index] ??= new Float64Array(values.length);
    const sum = to[index];
    for (let place = 0; place < values.length; place++) sum[place] = (sum[place] as number) + (values[place] as number);
  }
};

/** Loss and metrics over batches, as they come. Their sums are added, so that figures such as an area under a curve are those of all rows. */
export const evaluateBatches = async (
  method: string,
  core: ModelCore,
  batches: BatchSource,
  { steps = Infinity, onSlice = () => {} }: BatchEvaluation = {},
): Promise<Logs> => {
  const objective = core.objective(method);
  const shapes = core.network.outputs.map(({ shape }) => shape);
  const walk = new BatchWalk(batches);
  const totals: Float64Array[] = [];
  let [step, samples] = [0, 0];
  for (; step < steps; step++) {
    const batch = await walk.next();
    if (batch === undefined) break;
    const rows = rowsOfBatch(method, core, batch);
    checkInputs(method, core.network, rows.x);
    await checkLabels(method, objective, shapes, rows.y);
    addTotals(totals, (await sumsOfRows(core, rowData(rows), rows.count, rows.count, onSlice)).totals);
    samples += rows.count;
  }
  await walk.leave();
  if (step === 0)
    throw new ValueError(
      `${method} got no batch to evaluate: the iterable is empty, or can be walked only once. Give one that begins anew, such as a dataset.`,
    );
  return figuresFrom(objective, totals, samples, (values, shape) => tensor(values, { shape }));
};

/** The inputs of a batch: of [x, y] and { x, y } the x, a tensor alone, or a list of as many tensors as there are inputs. */
const inputsOf = (core: ModelCore, batch: Batch | Values): readonly Tensor[] => {
  const count = core.network.inputs.length;
  const of = (values: unknown): readonly Tensor[] => tensorsOf('x', values as Values, count);
  if (isTensor(batch)) return of(batch);
  if (!Array.isArray(batch)) return of(typeof batch === 'object' && batch !== null && 'x' in batch ? batch.x : batch);
  const isInputs = count > 1 && batch.length === count && batch.every(isTensor);
  const isPair = isTensor(batch[0]) || (Array.isArray(batch[0]) && isTensor(batch[0][0]));
  return of(isInputs || !isPair ? batch : batch[0]);
};

/** All outputs for batches, put together. */
export const predictBatches = async (core: ModelCore, batches: BatchSource | AsyncIterable<Values>): Promise<readonly Tensor[]> => {
  const walk = new BatchWalk(batches as BatchSource);
  const parts: (readonly Tensor[])[] = [];
  for (let batch = await walk.next(); batch !== undefined; batch = await walk.next()) {
    const xs = inputsOf(core, batch);
    checkInputs('predict', core.network, xs);
    const rows = (xs[0] as Tensor).shape[0] as number;
    parts.push(await predictRows(core, xs, rows, rows));
  }
  if (parts.length === 0) throw new ValueError('predict got no batch: the iterable is empty, or can be walked only once.');
  return core.network.outputs.map((_, output) =>
    concat(
      parts.map(part => part[output] as Tensor),
      0,
    ),
  );
};
