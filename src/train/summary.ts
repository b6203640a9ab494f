import { byteSize } from '../core/dtype.ts';
import { platform } from '../core/platform.ts';
import { sizeOf } from '../core/shape.ts';
import { formatBatch } from '../nn/symbolic.ts';
import { grad } from '../tensor/differentiate.ts';
import { unknownOptions, wholeNumber } from '../tensor/options.ts';
import { plannedBytes } from '../tensor/program.ts';
import type { Tensor } from '../tensor/tensor.ts';
import type { ModelCore } from './core.ts';
import { type NetworkLayer, runNetwork, type Weights } from './network.ts';
import { placeholder } from './placeholder.ts';
import { chosen, replaceChosen } from './programs.ts';
import { multiplyAdds } from './work.ts';

const whole = (value: number): string => value.toLocaleString('en-US');

/** `1.2 MB`. */
const formatBytes = (bytes: number): string => {
  const units = ['B', 'kB', 'MB', 'GB'];
  const power = bytes < 1000 ? 0 : Math.min(3, Math.floor(Math.log10(bytes) / 3));
  return `${power === 0 ? bytes : (bytes / 1000 ** power).toFixed(1)} ${units[power]}`;
};

const parametersOf = ({ weights }: NetworkLayer, trainable?: boolean): number =>
  weights.filter(weight => trainable === undefined || weight.trainable === trainable).reduce((sum, { shape }) => sum + sizeOf(shape), 0);

/** Columns padded to their widest cell; numbers at the right. */
const table = (rows: readonly (readonly string[])[]): string[] => {
  const widths = (rows[0] as readonly string[]).map((_, column) => Math.max(...rows.map(row => (row[column] as string).length)));
  const lines = rows.map(row =>
    row
      .map((cell, column) => (column < 2 ? cell.padEnd(widths[column] as number) : cell.padStart(widths[column] as number)))
      .join('  ')
      .trimEnd(),
  );
  const rule = '─'.repeat(widths.reduce((sum, width) => sum + width + 2, -2));
  return [lines[0] as string, rule, ...lines.slice(1), rule];
};

/** Bytes of a step's forward and backward pass at their peak. */
const stepBytes = ({ network, memory, residuals }: ModelCore, batchSize: number): number => {
  const inputs = network.inputs.map(({ shape, dtype }) => placeholder([batchSize, ...shape], dtype));
  const pass = (weights: Weights, x: readonly Tensor[], key: Tensor): unknown => {
    const lossOf = (moved: Readonly<Record<string, Tensor>>): Tensor => {
      const { outputs } = runNetwork(network, replaceChosen(weights, memory.trainable, moved), x, { training: true, key });
      return outputs.map(output => output.cast('float32').square().sum()).reduce((sum, loss) => sum.add(loss));
    };
    return grad(lossOf, { residuals })(chosen(weights, memory.trainable));
  };
  return plannedBytes(pass, [memory.template, inputs, placeholder([2], 'int32')]);
};

export interface SummaryOptions {
  /** Default true. */
  readonly print?: boolean;
  /** Rows of the training step whose memory is told. Default 32. */
  readonly batchSize?: number;
}

/** A table of a model's layers. */
export const summarize = (core: ModelCore, options: SummaryOptions): string => {
  unknownOptions('summary', options, ['print', 'batchSize']);
  const { network, memory } = core;
  const batchSize = wholeNumber('summary', 'batchSize', options.batchSize ?? 32);
  const rows = network.layers.map(layer => [
    layer.name === layer.layer.kind ? layer.name : `${layer.name} (${layer.layer.kind})`,
    layer.calls.map(({ outputs }) => outputs.map(({ shape }) => formatBatch(shape)).join(' ')).join(' '),
    whole(parametersOf(layer)),
    whole(layer.calls.reduce((sum, call) => sum + multiplyAdds(call), 0)),
  ]);
  const count = (trainable?: boolean): number => network.layers.reduce((sum, layer) => sum + parametersOf(layer, trainable), 0);
  const bytes = memory.placed.reduce((sum, { dtype, shape }) => sum + byteSize(dtype, sizeOf(shape)), 0);
  const work = network.calls.reduce((sum, call) => sum + multiplyAdds(call), 0);
  const peak = stepBytes(core, batchSize);
  const text = [
    ...table([['layer', 'output', 'parameters', 'multiply-adds'], ...rows]),
    `${whole(count())} parameters (${formatBytes(bytes)}), of which ${whole(count(true))} are trained; ${whole(work)} multiply-adds a sample`,
    `a training step of ${whole(batchSize)} rows needs ${formatBytes(peak)} at its peak, beside the parameters and the optimizer's state`,
  ].join('\n');
  if (options.print !== false) platform().write(`${text}\n`);
  return text;
};
