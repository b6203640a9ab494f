import { ValueError } from '../../index.ts';
import { formatValue } from '../../plot/index.ts';
import { capitalized, clipped, escaped, spoken, table } from './html.ts';
import type { RunReport, Section } from './runReport.ts';

/** So many figures of the kept model stand large at the top. */
const mostCards = 4;

const keptName = ({ scores = {}, kept }: RunReport): string | undefined => {
  const names = Object.keys(scores);
  if (kept !== undefined && names.length > 0 && !names.includes(kept))
    throw new ValueError(`reportPage: no model is called '${kept}' in scores, which has ${names.join(', ')}. Set kept to one of these.`);
  return kept ?? names.at(-1);
};

/** Figures of one kind with as many digits as each other, where three after the point say enough. */
const formatterFor = (values: readonly number[]): ((value: number) => string) =>
  values.every(value => Math.abs(value) < 10 && (value === 0 || Math.abs(value) >= 1e-3))
    ? value => value.toFixed(3).replace('-', '−')
    : value => formatValue(value);

/** The kept model's first figures in large, each beside what the first other model reaches. */
export const headline = (report: RunReport): string => {
  const { scores = {} } = report;
  const name = keptName(report);
  if (name === undefined) return '';
  const own = Object.entries(scores[name] as Readonly<Record<string, number>>).slice(0, mostCards);
  const other = Object.entries(scores).find(([model]) => model !== name);
  const cards = own.map(([figure, value]) => {
    const format = formatterFor(Object.values(scores).flatMap(one => one[figure] ?? []));
    const against = other?.[1][figure];
    const beside =
      other === undefined || against === undefined
        ? ''
        : `<span class="beside">${format(against)} ${escaped(clipped(other[0], 40))}</span>`;
    return `<div class="card"><dt>${escaped(capitalized(spoken(figure)))}</dt><dd><span class="value">${format(value)}</span>${beside}</dd></div>`;
  });
  return cards.length === 0 ? '' : `<dl class="cards">${cards.join('')}</dl>`;
};

/** Figures of all models on the rows kept for the end. */
export const scoresSection = (report: RunReport): Section | undefined => {
  const { scores = {} } = report;
  const models = Object.entries(scores);
  if (models.length === 0) return undefined;
  const kept = keptName(report);
  const names = [...new Set(models.flatMap(([, figures]) => Object.keys(figures)))];
  const formats = names.map(name => formatterFor(models.flatMap(([, figures]) => figures[name] ?? [])));
  const rows = models.map(([name, figures]) => [
    `${clipped(name)}${name === report.kept ? ' (kept)' : ''}`,
    ...names.map((figure, place) => (figures[figure] === undefined ? '–' : (formats[place] as (value: number) => string)(figures[figure]))),
  ]);
  const strong = models.findIndex(([name]) => name === kept);
  const html = table({ caption: 'Figures on rows that no model has seen', head: ['Model', ...names.map(spoken)], rows, strong });
  return { id: 'scores', title: 'Scores', html };
};
