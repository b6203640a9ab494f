import { unknownName, ValueError } from '../../core/errors.ts';
import { lossesByName, named } from '../../nn/losses/byName.ts';
import { metricsByName } from '../../nn/metrics/byName.ts';
import type { TrainingContext } from '../callback.ts';
import type { Logs } from '../logs.ts';
import { Model } from '../model.ts';
import type { Figure } from '../objective.ts';

export interface MonitorOptions {
  /** A figure's name in the history. Default 'valLoss'. */
  readonly monitor?: string;
  /** Whether smaller or larger is better; 'auto': as the loss or metric has it. Default 'auto'. */
  readonly mode?: 'auto' | 'min' | 'max';
}

export const monitorOptions: readonly string[] = ['monitor', 'mode'];

/** Kinds of metrics of which more is better. */
const rising = new Set([
  ...['accuracy', 'binaryAccuracy', 'categoricalAccuracy', 'sparseCategoricalAccuracy', 'topKCategoricalAccuracy', 'balancedAccuracy'],
  ...['sparseTopKCategoricalAccuracy', 'auc', 'precision', 'recall', 'precisionAtRecall', 'recallAtPrecision', 'specificity'],
  ...['sensitivityAtSpecificity', 'specificityAtSensitivity', 'truePositives', 'trueNegatives', 'f1Score', 'fBetaScore'],
  ...['binaryIou', 'iou', 'meanIou', 'oneHotIou', 'oneHotMeanIou', 'cohenKappa', 'matthewsCorrelation'],
  ...['cosineSimilarity', 'r2Score', 'pearsonCorrelation', 'concordanceCorrelation'],
]);

/** Of these neither more nor less is better in itself. */
const neither = new Set(['mean', 'sum', 'confusionMatrix']);

/** Whether more of a figure is better; undefined where nobody knows. */
const risesOf = ({ metric, name }: Figure): boolean | undefined => {
  if (metric === undefined) return false;
  if (rising.has(metric.kind)) return true;
  if (neither.has(metric.kind)) return undefined;
  const isKnown = named(metricsByName, metric.kind) !== undefined || named(lossesByName, name) !== undefined;
  return isKnown || metric.kind === 'meanMetricWrapper' ? false : undefined;
};

/** The value of a figure, and whether it is better than another. */
export interface Monitor {
  readonly name: string;
  /** At the beginning of a training: finds out which way is better. @throws ValueError where nobody can know. */
  begin(context: TrainingContext): void;
  /** Undefined after an epoch that was not validated. @throws ValueError when there is no such figure. */
  read(logs: Logs, context: TrainingContext): number | undefined;
  /** By more than `minDelta`; anything is better than nothing. */
  isBetter(value: number, than: number | undefined, minDelta?: number): boolean;
}

/** Watches one figure of the logs. */
export const monitorOf = (what: string, { monitor = 'valLoss', mode = 'auto' }: MonitorOptions): Monitor => {
  if (!['auto', 'min', 'max'].includes(mode)) throw unknownName(`mode of ${what}`, String(mode), ['auto', 'min', 'max']);
  const plain = monitor.replace(/^val([A-Z])/, (_, first: string) => first.toLowerCase());
  let rises = mode === 'max';
  return {
    name: monitor,
    begin({ model }) {
      if (mode !== 'auto') return;
      const figures = Model.core(model).objective(what).figures;
      const figure = figures.find(({ name }) => name === plain);
      const found = figure === undefined ? (plain === 'loss' ? false : undefined) : risesOf(figure);
      if (figure === undefined && plain !== 'loss') return; // `read` says which figures there are
      if (found === undefined)
        throw new ValueError(`${what} cannot know whether more or less of '${monitor}' is better: give mode: 'min' or mode: 'max'.`);
      rises = found;
    },
    read(logs, { params }) {
      const value = logs[monitor];
      if (value !== undefined) return value;
      const isOfValidation = plain !== monitor;
      if (isOfValidation && params.hasValidation && !Object.keys(logs).some(name => /^val[A-Z]/.test(name))) return undefined;
      const hint = isOfValidation && !params.hasValidation ? ' Give fit validationData or a validationSplit.' : '';
      throw new ValueError(`${what} watches '${monitor}', and the figures are ${Object.keys(logs).join(', ')}.${hint}`);
    },
    isBetter: (value, than, minDelta = 0) => {
      if (than === undefined) return true;
      return rises ? value - Math.abs(minDelta) > than : value + Math.abs(minDelta) < than;
    },
  };
};
