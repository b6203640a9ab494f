import {
  calibrationBins,
  calibrationChart,
  expectedCalibrationError,
  formatShare,
  formatValue,
  precisionRecallCurve,
  rocCurve,
} from '../../plot/index.ts';
import { clipped, escaped, figure, figures, paragraph, small, square } from './html.ts';
import { classColumn, type Judged } from './judged.ts';
import type { RunReport, Section } from './runReport.ts';

/** One curve against all others for so many classes; with more, the areas stand in the table. */
const mostMultiples = 10;

const curvesOf = (judged: Judged, labels: readonly number[]): { roc: string[]; recall: string[]; missing: string[] } => {
  const made = { roc: [] as string[], recall: [] as string[], missing: [] as string[] };
  const isSingle = labels.length === 1;
  for (const label of labels) {
    const name = judged.classes[label] as string;
    const { truth, scores } = classColumn(judged, label);
    const positives = truth.reduce((sum, value) => sum + value, 0);
    if (positives === 0 || positives === truth.length) {
      made.missing.push(name);
      continue;
    }
    const curves = [{ name: '', truth, scores }];
    const size = isSingle ? square : small;
    made.roc.push(figure(rocCurve({ ...size, title: isSingle ? `ROC of ‘${clipped(name, 60)}’` : name, curves })));
    made.recall.push(
      figure(precisionRecallCurve({ ...size, title: isSingle ? `Precision and recall of ‘${clipped(name, 60)}’` : name, curves })),
    );
  }
  return made;
};

/** ROC and precision-recall curves: how well the probabilities put rows in order. */
export const rankingSection = ({ task }: RunReport, judged: Judged | undefined): Section | undefined => {
  if (judged?.probabilities === undefined || judged.rows === 0 || judged.classes.length > mostMultiples) return undefined;
  const isBinary = task === 'classification' && judged.classes.length === 2;
  const { roc, recall, missing } = curvesOf(judged, isBinary ? [1] : judged.classes.map((_, label) => label));
  if (roc.length === 0) return undefined;
  const left =
    missing.length === 0
      ? ''
      : paragraph(`Without curves, because no row or every row is of it: ${missing.map(name => clipped(name, 40)).join(', ')}.`);
  const html = isBinary
    ? figures([...roc, ...recall])
    : `<h3>ROC, each ${task === 'multiLabel' ? 'label' : 'class against the others'}</h3>${figures(roc, 'small')}<h3>Precision and recall</h3>${figures(recall, 'small')}`;
  return { id: 'ranking', title: 'How well it ranks', html: html + left };
};

/** Reliability diagram: how far the probabilities can be taken at their word. */
export const calibrationSection = ({ task }: RunReport, judged: Judged | undefined): Section | undefined => {
  if (judged?.probabilities === undefined || judged.rows === 0) return undefined;
  const { classes, probabilities, truth, predictions } = judged;
  const isBinary = task === 'classification' && classes.length === 2;
  const what = isBinary
    ? { ...classColumn(judged, 1), label: `probability of ‘${clipped(classes[1] as string, 40)}’`, rows: 'rows', share: 'of the rows are' }
    : task === 'multiLabel'
      ? { truth, scores: probabilities, label: 'probability of a label', rows: 'rows and labels', share: 'of the labels are given' }
      : {
          truth: Uint8Array.from(predictions, (guess, row) => Number(guess === truth[row])),
          scores: Float64Array.from(predictions, (guess, row) => probabilities[row * classes.length + guess] as number),
          label: 'probability of the answer',
          rows: 'rows',
          share: 'of the answers are right',
        };
  const bins = calibrationBins(what.scores, what.truth);
  const error = expectedCalibrationError(bins);
  const chart = calibrationChart({
    title: 'Reliability',
    probabilities: what.scores,
    truth: what.truth,
    xLabel: what.label,
    yLabel: isBinary || task === 'multiLabel' ? 'share that is true' : 'share that is right',
    width: square.width,
    height: 370,
  });
  const certain = bins.filter(({ count }) => count > 0);
  const mean = certain.reduce((sum, { confidence, count }) => sum + (confidence * count) / what.scores.length, 0);
  const share = certain.reduce((sum, { frequency, count }) => sum + (frequency * count) / what.scores.length, 0);
  const caption = `On the dashed line the model is as sure as it is right. The bars count ${what.rows}.`;
  const note = `<div class="note"><p><strong>Expected calibration error ${formatValue(error, 3)}.</strong> ${escaped(
    `The mean ${what.label} is ${formatShare(mean)}; ${formatShare(share)} ${what.share}.`,
  )}</p><p>${error > 0.1 ? 'Take the probabilities as an order only: as numbers they mislead.' : error > 0.03 ? 'The probabilities are roughly right as numbers.' : 'The probabilities can be taken at their word.'}</p></div>`;
  return { id: 'calibration', title: 'How sure it may be', html: figures([figure(chart, caption), note]) };
};
