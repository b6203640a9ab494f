import type { Values } from './arrays.ts';
import { evaluateBatches } from './batchEvaluator.ts';
import { type BatchSource, isBatchSource } from './batchSource.ts';
import type { ModelCore } from './core.ts';
import { evaluateRows } from './evaluator.ts';
import { type FitOptions, type Rows, rowsFrom } from './fitOptions.ts';
import type { Logs } from './logs.ts';
import { checkRows, rowData } from './rows.ts';

/** The first rows. */
const firstRows = (rows: Rows, count: number): Rows => {
  if (count >= rows.count) return rows;
  const take = (values: Rows['x'][number]): Rows['x'][number] => values.slice([0], [count]);
  return {
    ...{ x: rows.x.map(take), y: rows.y.map(take), count },
    ...(rows.sampleWeight === undefined ? {} : { sampleWeight: take(rows.sampleWeight) }),
  };
};

/** How a training is validated, from its options; undefined where it is not. Refuses data that cannot be used before anything is trained. */
export const validation = async (
  core: ModelCore,
  options: FitOptions,
  split: Rows | undefined,
  batchSize: number,
): Promise<(() => Promise<Logs>) | undefined> => {
  const { validationData, validationSteps, signal } = options;
  const size = options.validationBatchSize ?? batchSize;
  const onSlice = (): void => signal?.throwIfAborted();
  if (validationData !== undefined && isBatchSource(validationData))
    return () => evaluateBatches('fit', core, validationData as BatchSource, { steps: validationSteps, onSlice });
  if (split === undefined && validationData === undefined) return undefined;
  const rows = split ?? rowsOfData(core, validationData as readonly [Values, Values, Values?]);
  if (split === undefined) await checkRows(core, rows);
  const used = validationSteps === undefined ? rows : firstRows(rows, validationSteps * size);
  return () => evaluateRows(core, rowData(used), used.count, size, onSlice);
};

const rowsOfData = (core: ModelCore, [x, y, weight]: readonly [Values, Values, Values?]): Rows =>
  rowsFrom('validationData', core.network.inputs.length, core.network.outputs.length, x, y, weight);
