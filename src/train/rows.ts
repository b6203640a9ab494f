import { ValueError } from '../core/errors.ts';
import { tensor } from '../tensor/create.ts';
import type { Tensor } from '../tensor/tensor.ts';
import { checkFinite, checkInputs, checkLabels, checkLookups } from './arrays.ts';
import type { ModelCore } from './core.ts';
import type { Rows } from './fitOptions.ts';

/** Refuses what would spoil the training, before anything is changed. */
export const checkRows = async (core: ModelCore, rows: Rows): Promise<void> => {
  checkInputs('fit', core.network, rows.x);
  await checkFinite('fit', 'x', rows.x);
  await checkLookups('fit', core.network, rows.x);
  await checkFinite('fit', 'y', rows.y);
  if (rows.sampleWeight !== undefined) await checkFinite('fit', 'sampleWeight', [rows.sampleWeight]);
  const shapes = core.network.outputs.map(({ shape }) => shape);
  await checkLabels('fit', core.objective('fit'), shapes, rows.y);
};

/** The weight of each row by its class; classes that are not named count 1. */
export const withClassWeight = async (rows: Rows, classWeight: Readonly<Record<number, number>> | undefined): Promise<Rows> => {
  if (classWeight === undefined) return rows;
  const [y, ...more] = rows.y as [Tensor, ...Tensor[]];
  if (more.length > 0) throw new ValueError('fit takes classWeight for models of one output. Give sampleWeight instead.');
  const isOneHot = y.rank === 2 && (y.shape[1] as number) > 1;
  const labels = await (isOneHot ? y.argMax(-1) : y).data();
  if (labels.length !== rows.count) throw new ValueError('fit needs one class a row for classWeight. Give sampleWeight instead.');
  const weights = tensor(Float32Array.from(labels, label => classWeight[label] ?? 1));
  return { ...rows, sampleWeight: rows.sampleWeight === undefined ? weights : rows.sampleWeight.mul(weights) };
};

/** What programs read of rows. */
export const rowData = ({ x, y, sampleWeight }: Rows): Omit<Rows, 'count'> => ({
  x,
  y,
  ...(sampleWeight === undefined ? {} : { sampleWeight }),
});
