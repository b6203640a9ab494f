import { unknownName, ValueError } from '../../core/errors.ts';
import type { Logs } from '../logs.ts';

export interface MonitorOptions {
  /** A figure's name in the history. Default 'valLoss'. */
  readonly monitor?: string;
  /** Whether smaller or larger is better; 'auto': larger for accuracies and the like. Default 'auto'. */
  readonly mode?: 'auto' | 'min' | 'max';
}

export const monitorOptions: readonly string[] = ['monitor', 'mode'];

const largerIsBetter = /accuracy|auc|precision|recall|f1|score|iou/i;

/** The value of a figure, and whether it is better than another. */
export interface Monitor {
  readonly name: string;
  read(logs: Logs): number;
  /** By more than `minDelta`. */
  isBetter(value: number, than: number, minDelta?: number): boolean;
  readonly worst: number;
}

/** Watches one figure of the logs. @throws ValueError when the figure is not among them. */
export const monitorOf = (what: string, { monitor = 'valLoss', mode = 'auto' }: MonitorOptions): Monitor => {
  if (!['auto', 'min', 'max'].includes(mode)) throw unknownName(`mode of ${what}`, String(mode), ['auto', 'min', 'max']);
  const rises = mode === 'max' || (mode === 'auto' && largerIsBetter.test(monitor));
  return {
    name: monitor,
    worst: rises ? -Infinity : Infinity,
    read(logs) {
      const value = logs[monitor];
      if (value !== undefined) return value;
      const hint = monitor.startsWith('val') ? ' Give fit validationData or a validationSplit.' : '';
      throw new ValueError(`${what} watches '${monitor}', and the figures are ${Object.keys(logs).join(', ')}.${hint}`);
    },
    isBetter: (value, than, minDelta = 0) => (rises ? value - minDelta > than : value + minDelta < than),
  };
};
