import { ValueError } from '../../../core/errors.ts';
import type { Shape } from '../../../core/shape.ts';
import type { Tensor } from '../../../tensor/tensor.ts';
import { partSpecs, runPart } from '../../compose.ts';
import { type CallContext, createLayer, type Layer, type LayerOptions, layerOptions } from '../../layer.ts';
import { stateShapesOf } from './cell.ts';

/** What a cell gives its successor for inputs of a shape: by Keras' rule its first state, unless tracing says otherwise. */
const outputShape = (cell: Layer, input: Shape): Shape => stateShapesOf(cell, input)[0] as Shape;

/**
 * Cells one on the other as one cell: each gets what the one before gives. `layers.rnn([a, b])` makes it.
 * Weights are `cell0.kernel`, …; states those of the first cell, then those of the second, ….
 */
export const stackedRnnCells = (
  ...args: [cells: readonly Layer[], options?: LayerOptions] | [options: LayerOptions & { readonly cells: readonly Layer[] }]
): Layer => {
  const given = (Array.isArray(args[0]) ? [{ ...(args[1] as LayerOptions | undefined), cells: args[0] }] : args) as readonly unknown[];
  const kind = 'stackedRnnCells';
  const options = layerOptions<LayerOptions & { cells: readonly Layer[]; stateCounts?: unknown }>(
    kind,
    given,
    [],
    ['cells', 'stateCounts'],
  );
  const cells: readonly Layer[] = options.cells;
  if (!Array.isArray(cells) || cells.length === 0 || cells.some(cell => cell?.cell === undefined))
    throw new ValueError('layers.stackedRnnCells needs a list of cells: layers.stackedRnnCells([layers.lstmCell(8), layers.lstmCell(4)]).');
  const inputShapes = (shape: Shape): readonly Shape[] => {
    const shapes = [shape];
    for (const cell of cells.slice(0, -1)) shapes.push(outputShape(cell, shapes.at(-1) as Shape));
    return shapes;
  };
  const stateShapes = (shape: Shape): readonly Shape[] => {
    const inputs = inputShapes(shape);
    return cells.flatMap((cell, index) => stateShapesOf(cell, inputs[index] as Shape));
  };
  const countOf = (cell: Layer): number => {
    const shapes = cell.cell?.stateShapes;
    return typeof shapes === 'function' ? shapes([1, 1, 1, 1]).length : (shapes?.length ?? 0);
  };
  const counts = cells.map(countOf);
  const call = (weights: Readonly<Record<string, Tensor>>, x: Tensor, context: CallContext): { output: Tensor; states: Tensor[] } => {
    let [value, at] = [x, 0];
    const next: Tensor[] = [];
    cells.forEach((cell, index) => {
      const states = (context.states ?? []).slice(at, at + (counts[index] as number));
      at += counts[index] as number;
      const run = runPart(`cell${index}`, cell, weights, [value], context, { index, options: { states } });
      const [output, ...left] = run.outputs as [Tensor, ...Tensor[]];
      value = output;
      next.push(...left);
    });
    return { output: value, states: next };
  };
  return createLayer(
    kind,
    { ...options, stateCounts: counts },
    {
      build(shape = []) {
        const inputs = inputShapes(shape);
        return Object.assign({}, ...cells.map((cell, index) => partSpecs(`cell${index}`, cell, inputs[index] as Shape)));
      },
      call: (weights, x: Tensor, context) => call(weights, x, context),
      cell: { stateShapes },
    },
  );
};
