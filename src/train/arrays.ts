import { isFloat, type TypedArray } from '../core/dtype.ts';
import { formatShape, ShapeError, ValueError } from '../core/errors.ts';
import { type Shape, sameShape, sizeOf } from '../core/shape.ts';
import { formatBatch, type Symbolic } from '../nn/symbolic.ts';
import type { Nested } from '../tensor/convert.ts';
import { tensor } from '../tensor/create.ts';
import { isTensor, type Tensor } from '../tensor/tensor.ts';
import type { Network } from './network.ts';
import type { Objective } from './objective.ts';

/** Values of a model's input or target: a tensor, or nested arrays of numbers; for several inputs or outputs a list of tensors. */
export type Values = Tensor | Nested | readonly Tensor[];

/** The tensors of what was given, one for each input or output. */
export const tensorsOf = (what: string, values: Values, count: number): readonly Tensor[] => {
  const isList = Array.isArray(values) && values.length > 0 && values.every(isTensor);
  const list = isList ? (values as readonly Tensor[]) : isTensor(values) ? [values] : [asTensor(what, values)];
  if (list.length !== count)
    throw new ValueError(`${what} are ${list.length} tensors, and the model takes ${count}: give a list of them, [a, b].`);
  return list;
};

const asTensor = (what: string, values: unknown): Tensor => {
  if (values === undefined || values === null) throw new ValueError(`${what} are missing: give a tensor.`);
  return tensor(values as Nested);
};

/** How many rows there are: the same in each, and not none. */
export const rowsOf = (method: string, parts: readonly (readonly [what: string, tensors: readonly Tensor[]])[]): number => {
  let first: { readonly what: string; readonly rows: number } | undefined;
  for (const [what, tensors] of parts)
    for (const { shape } of tensors) {
      const rows = shape[0];
      if (rows === undefined) throw new ShapeError(`${method} needs ${what} with a batch axis, got a scalar.`);
      first ??= { what, rows };
      if (rows !== first.rows)
        throw new ShapeError(`${method} needs one row of each, got ${first.rows} rows of ${first.what} and ${rows} of ${what}.`);
    }
  if (first === undefined || first.rows === 0) throw new ValueError(`${method} got an empty data set: it needs at least one row.`);
  return first.rows;
};

/** Inputs have the shapes that the model was made for. */
export const checkInputs = (method: string, { inputs }: Network, x: readonly Tensor[]): void => {
  inputs.forEach(({ shape }, index) => {
    const given = x[index] as Tensor;
    if (sameShape(given.shape.slice(1), shape) && given.rank > 0) return;
    const same = sizeOf(given.shape.slice(1)) === sizeOf(shape);
    throw new ShapeError(
      `${method} cannot take x of shape ${formatShape(given.shape)}: the model's input is ${formatBatch(shape)}. ${same ? `Reshape it first: x.reshape([-1, ${shape.join(', ')}]).` : 'The first axis counts the rows.'}`,
    );
  });
};

/** Index of the first element that is no finite number, or -1. */
const firstBad = (values: TypedArray): number => {
  for (let index = 0; index < values.length; index++) if (!Number.isFinite(values[index])) return index;
  return -1;
};

const manyElements = 1_000_000;

/** Looks for NaN and infinities. @throws ValueError that names the first row. */
export const checkFinite = async (method: string, what: string, tensors: readonly Tensor[]): Promise<void> => {
  for (const values of tensors) {
    if (!isFloat(values.dtype)) continue;
    // Many are looked at where they lie; few are sooner read than a program is compiled.
    if (values.size > manyElements && (await values.isFinite().all().item()) !== 0) continue;
    const data = await values.data();
    const bad = firstBad(data);
    if (bad < 0) continue;
    const row = Math.floor(bad / Math.max(1, sizeOf(values.shape.slice(1))));
    throw new ValueError(
      `${method} cannot learn from ${what}: row ${row} holds ${data[bad]} (the first such row of ${values.shape[0]}). Remove or fill it.`,
    );
  }
};

/** Inputs that an embedding looks up are rows of its table. @throws ValueError that names the first row and its number. */
export const checkLookups = async (method: string, { inputs, calls }: Network, x: readonly Tensor[]): Promise<void> => {
  for (const { layer, inputs: given } of calls) {
    const values = x[inputs.indexOf(given[0] as Symbolic)];
    const limit = layer.config.inputDim;
    if (layer.kind !== 'embedding' || values === undefined || typeof limit !== 'number') continue;
    const numbers = await values.data();
    const bad = numbers.findIndex(value => !(value >= 0 && value < limit));
    if (bad < 0) continue;
    const row = Math.floor(bad / Math.max(1, sizeOf(values.shape.slice(1))));
    throw new ValueError(
      `${method} cannot look up ${numbers[bad]} of row ${row}: the embedding has ${limit} rows, so inputs are whole numbers from 0 to ${limit - 1}.`,
    );
  }
};

/** Losses whose targets are class numbers. */
const ofClassNumbers = new Set(['sparseCategoricalCrossentropy', 'nll', 'categoricalGeneralizedCrossEntropy', 'multiMargin']);

/** Targets of sparse losses are classes that the model has. @throws ValueError that names the first row and its label. */
export const checkLabels = async (
  method: string,
  { losses }: Objective,
  outputShapes: readonly Shape[],
  y: readonly Tensor[],
): Promise<void> => {
  for (const [index, loss] of losses.entries()) {
    if (loss === undefined || !ofClassNumbers.has(loss.kind) || typeof loss.config.axis === 'number') continue;
    const values = y[index] as Tensor;
    const classes = outputShapes[index]?.at(-1) as number;
    const labels = await values.data();
    const bad = labels.findIndex(label => !(label >= 0 && label < classes && Number.isInteger(label)) && label !== loss.config.ignoreClass);
    if (bad < 0) continue;
    const row = Math.floor(bad / Math.max(1, sizeOf(values.shape.slice(1))));
    throw new ValueError(
      `${method} cannot use label ${labels[bad]} of row ${row}: the model has ${classes} classes, so labels are whole numbers from 0 to ${classes - 1}.`,
    );
  }
};

/** Rows from one to another, without the latter. */
export const rowRange = (values: Tensor, from: number, to: number): Tensor => values.slice([from], [to - from]);
