import { formatValue, lineChart } from '../../plot/index.ts';
import { capitalized, figure, figures, flat, spoken } from './html.ts';
import type { RunReport, Section } from './runReport.ts';

const partnerOf = (name: string): string => `val${capitalized(name)}`;

const mostCurves = 12;

const curveOf = (name: string, own: readonly number[], partner: readonly number[] | undefined): string => {
  const series = [
    { name: 'training', y: own },
    ...(partner === undefined || partner.length === 0 ? [] : [{ name: 'validation', y: partner }]),
  ];
  const judged = partner ?? own;
  // Only of losses and errors it is known that less is better.
  const isLoss = /loss|error|perplexity/i.test(name) && judged.some(Number.isFinite);
  const best = isLoss
    ? judged.reduce((found, value, epoch) => (value < (judged[found] as number) || Number.isNaN(judged[found]) ? epoch : found), 0)
    : 0;
  const marks =
    isLoss && judged.length > 2 ? [{ x: best + 1, label: `lowest: ${formatValue(judged[best] as number, 3)}, epoch ${best + 1}` }] : [];
  return lineChart({ title: capitalized(spoken(name)), xLabel: 'epoch', series, marks, ...flat });
};

/** Curves of the loss and of each metric, and the learning-rate finder. */
export const trainingSection = ({ history = {}, rateFinder }: RunReport): Section | undefined => {
  const names = Object.keys(history).filter(name => (history[name] as readonly number[]).length > 0);
  const partners = new Set(names.map(partnerOf));
  const own = names.filter(name => !partners.has(name)).sort((a, b) => Number(b === 'loss') - Number(a === 'loss'));
  const pictures = own
    .slice(0, mostCurves)
    .map(name => figure(curveOf(name, history[name] as readonly number[], history[partnerOf(name)])));
  if (rateFinder !== undefined) {
    const { rates, losses, chosen } = rateFinder;
    const finder = lineChart({
      title: 'Learning-rate finder',
      xLabel: 'learning rate',
      yLabel: 'loss',
      xScale: 'log',
      series: [{ name: 'loss', x: rates, y: losses }],
      marks: chosen === undefined ? [] : [{ x: chosen, label: `chosen: ${formatValue(chosen, 3)}` }],
      ...flat,
    });
    pictures.push(figure(finder, 'The loss while the rate grows from step to step: good rates lie where it falls most steeply.'));
  }
  return pictures.length === 0 ? undefined : { id: 'training', title: 'How it learned', html: figures(pictures) };
};
