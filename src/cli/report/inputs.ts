import { ValueError } from '../../index.ts';
import { barChart, formatValue } from '../../plot/index.ts';
import { clipped, figure, figures, folded, spoken, table } from './html.ts';
import type { RunReport, Section } from './runReport.ts';

const mostBars = 25;
const mostColumns = 60;

const importanceChart = ({ names, means, deviations, figure: judged = 'score', repeats }: NonNullable<RunReport['importance']>): string => {
  if (means.length !== names.length || (deviations !== undefined && deviations.length !== names.length))
    throw new ValueError(
      `reportPage: importance has ${names.length} names, ${means.length} means and ${deviations?.length ?? 'no'} deviations. Give one of each for each column.`,
    );
  const bars = names
    .map((name, index) => ({
      name,
      value: means[index] as number,
      ...(deviations === undefined ? {} : { deviation: deviations[index] as number }),
    }))
    .sort((a, b) => (Number.isNaN(a.value) ? 1 : Number.isNaN(b.value) ? -1 : b.value - a.value));
  const shown = bars.slice(0, mostBars);
  const chart = barChart({
    title: 'Importance of the columns',
    bars: shown,
    xLabel: `how much the ${/^[A-Z]/.test(judged) ? judged : spoken(judged)} falls`,
    deviationLabel:
      deviations === undefined ? '' : `Error bars: standard deviation${repeats === undefined ? '' : ` over ${repeats} shuffles`}.`,
    width: 480,
  });
  const rest = bars.length > shown.length ? ` The ${mostBars} largest of ${formatValue(bars.length)}.` : '';
  return figure(
    chart,
    `A column’s values are shuffled among the rows; what the model loses by that is what the column was worth to it.${rest}`,
  );
};

/** Which columns matter, and what each was taken for. */
export const inputsSection = ({ importance, columns = [] }: RunReport): Section | undefined => {
  const parts: string[] = [];
  if (importance !== undefined && importance.names.length > 0) parts.push(figures([importanceChart(importance)], 'wide'));
  if (columns.length > 0) {
    const rows = columns.map(({ name, use }) => [clipped(name, 60), clipped(use, 300)]);
    const tableOf = (some: typeof rows, caption: string): string =>
      table({ caption, head: ['Column', 'taken for'], rows: some, words: [1] });
    parts.push(tableOf(rows.slice(0, mostColumns), 'What was inferred of each column'));
    if (rows.length > mostColumns)
      parts.push(folded(`${formatValue(rows.length - mostColumns)} more columns`, tableOf(rows.slice(mostColumns, 3000), 'More columns')));
  }
  return parts.length === 0 ? undefined : { id: 'inputs', title: 'What it looks at', html: parts.join('') };
};
