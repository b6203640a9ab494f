import { formatValue, histogramChart, residualChart, scatterChart } from '../../plot/index.ts';
import { brokenWarning } from './classes.ts';
import { clipped, figure, figures, paragraph, square } from './html.ts';
import type { Judged } from './judged.ts';
import type { RunReport, Section } from './runReport.ts';

/** Predicted against true, and what is left over. */
export const regressionSection = ({ task, target }: RunReport, judged: Judged | undefined): Section | undefined => {
  if (task !== 'regression' || judged === undefined || judged.rows + judged.broken === 0) return undefined;
  const { truth, predictions, rows } = judged;
  if (rows === 0) return { id: 'errors', title: 'How far off it is', html: brokenWarning(judged) };
  const name = clipped(target, 40);
  const errors = Float64Array.from(truth, (value, row) => value - (predictions[row] as number));
  const sizes = errors.map(Math.abs).sort();
  const within = (share: number): string => formatValue(sizes[Math.ceil(share * rows) - 1] as number, 3);
  const bias = errors.reduce((sum, error) => sum + error / rows, 0);
  const sentence = `Half of the answers are off by at most ${within(0.5)}, nine in ten by at most ${within(0.9)}, the worst by ${within(1)}. On average the truth lies ${formatValue(Math.abs(bias), 3)} ${bias >= 0 ? 'above' : 'below'} the answer.`;
  const pictures = [
    scatterChart({
      title: 'Predicted and true',
      hasDiagonal: true,
      xLabel: `true ${name}`,
      yLabel: `predicted ${name}`,
      series: [{ name: 'rows', x: truth, y: predictions }],
      ...square,
    }),
    residualChart({ title: 'What is left over', truth, predictions, quantity: name, ...square }),
    histogramChart({ title: 'How often it is off by how much', values: errors, xLabel: 'true − predicted', ...square }),
  ];
  const html = brokenWarning(judged) + paragraph(sentence) + figures(pictures.map(one => figure(one)));
  return { id: 'errors', title: 'How far off it is', html };
};
