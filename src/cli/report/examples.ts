import { formatShare, formatValue } from '../../plot/index.ts';
import { clipped, escaped, paragraph, table } from './html.ts';
import { audioOf, type Budget, fullBudget, imageOf, wordsOf } from './media.ts';
import type { ExampleItem, ExampleList, RunReport, Section } from './runReport.ts';

const mostLists = 8;
const mostItems = 24;
const mostColumns = 14;

/** `is 7, taken for 9 (93.4 %)` in words, for those who do not see the picture. */
const wordsFor = ({ caption, truth, answer, confidence }: ExampleItem): string =>
  [
    caption,
    truth === undefined ? undefined : `is ${truth}`,
    answer === undefined ? undefined : `model says ${answer}${confidence === undefined ? '' : ` (${formatShare(confidence)})`}`,
  ]
    .filter(part => part !== undefined)
    .map(part => clipped(part, 200))
    .join(', ');

const verdict = ({ truth, answer }: ExampleItem): string => {
  if (truth === undefined || answer === undefined) return '';
  return truth === answer
    ? '<span class="right"><span class="hidden">right</span></span>'
    : '<span class="wrong"><span class="hidden">wrong</span></span>';
};

const lines = (item: ExampleItem): string => {
  const { caption, truth, answer, confidence } = item;
  const pair = (name: string, value: string): string => `<div><dt>${name}</dt><dd dir="auto">${value}</dd></div>`;
  const sure = confidence === undefined ? '' : ` <span class="sure">${escaped(formatShare(confidence))}</span>`;
  const facts = [
    truth === undefined ? '' : pair('is', escaped(clipped(truth))),
    answer === undefined ? '' : pair('answer', `${escaped(clipped(answer))}${sure} ${verdict(item)}`),
  ].join('');
  return `${caption === undefined ? '' : `<p class="name">${escaped(clipped(caption))}</p>`}${facts === '' ? '' : `<dl>${facts}</dl>`}`;
};

const cellText = (value: string | number | undefined): string =>
  value === undefined ? '–' : typeof value === 'number' ? formatValue(value) : clipped(value, 80);

const cardOf = (item: ExampleItem, budget: Budget): string => {
  const words = wordsFor(item) || 'example';
  const cells = Object.entries(item.cells ?? {}).slice(0, mostColumns);
  const parts = [
    item.image === undefined ? '' : imageOf(item.image, words, budget),
    item.audio === undefined ? '' : audioOf(item.audio, words, budget),
    item.words === undefined ? '' : wordsOf(item.words),
    cells.length === 0
      ? ''
      : `<dl>${cells.map(([name, value]) => `<div><dt>${escaped(clipped(name, 40))}</dt><dd>${escaped(cellText(value))}</dd></div>`).join('')}</dl>`,
    lines(item),
  ];
  return `<li>${parts.join('')}</li>`;
};

const isTable = ({ items }: ExampleList): boolean =>
  items.every(({ cells, image, audio, words }) => cells !== undefined && image === undefined && audio === undefined && words === undefined);

/** Rows of a table below each other, with what the model says of them. */
const tableOf = ({ title, items }: ExampleList): string => {
  const shown = items.slice(0, mostItems);
  const columns = [...new Set(shown.flatMap(({ cells = {} }) => Object.keys(cells)))].slice(0, mostColumns);
  const has = (name: 'truth' | 'answer' | 'confidence'): boolean => shown.some(item => item[name] !== undefined);
  const head = [
    'Row',
    ...(has('truth') ? ['is'] : []),
    ...(has('answer') ? ['answer'] : []),
    ...(has('confidence') ? ['confidence'] : []),
    ...columns,
  ];
  const rows = shown.map((item, index) => [
    clipped(item.caption ?? `${index + 1}`, 40),
    ...(has('truth') ? [clipped(item.truth ?? '–', 40)] : []),
    ...(has('answer') ? [clipped(item.answer ?? '–', 40)] : []),
    ...(has('confidence') ? [item.confidence === undefined ? '–' : formatShare(item.confidence)] : []),
    ...columns.map(name => cellText(item.cells?.[name])),
  ]);
  const isWord = (column: number): boolean => rows.some(row => /^[^\d−∞–]/.test(row[column] ?? ''));
  const words = head.map((_, column) => column).filter(column => column > 0 && isWord(column));
  return table({ caption: title, isCaptionHidden: true, head: head.map(name => clipped(name, 40)), rows, words });
};

const listHtml = (list: ExampleList, budget: Budget): string => {
  const { title, note, items } = list;
  const shown = items.slice(0, mostItems);
  const kind = shown.some(({ words }) => words !== undefined)
    ? 'texts'
    : shown.some(({ audio }) => audio !== undefined)
      ? 'sounds'
      : 'images';
  const marks = shown.some(({ words }) => words !== undefined)
    ? '<p class="key">Words that speak <mark class="for" style="--share:1">for</mark> the answer, and <mark class="against" style="--share:1">against</mark> it; the stronger, the thicker.</p>'
    : '';
  const body = isTable(list) ? tableOf(list) : `<ul class="examples ${kind}">${shown.map(item => cardOf(item, budget)).join('')}</ul>`;
  const rest = items.length > mostItems ? paragraph(`The first ${mostItems} of ${formatValue(items.length)}.`) : '';
  return `<h3>${escaped(clipped(title))}</h3>${note === undefined ? '' : paragraph(note)}${marks}${body}${rest}`;
};

/** Rows to look at: images, sounds, texts with marked words, rows of a table. */
export const examplesSection = ({ examples = [] }: RunReport): Section | undefined => {
  const given = examples.filter(({ items }) => items.length > 0).slice(0, mostLists);
  if (given.length === 0) return undefined;
  const budget: Budget = { left: fullBudget };
  return { id: 'examples', title: 'Examples', html: given.map(list => listHtml(list, budget)).join('') };
};
